#pragma once
// The whole library in one thread on a seeded Env: an App with every kind of operator lives through
// crashes at any step of a commit, torn and lost writes, flipped bits, failed syncs, full disks and
// jumping clocks. After each life its log is held against what was acknowledged and against what a
// reader with pencil and paper expects of each operator.
//
// The same seed gives the same run, and the same trace hash, on every machine.
#include <cstdint>
#include <string>

namespace vitrine::sim {

struct SimulationReport {
  std::uint64_t trace_hash = 0;  // of every choice and every record
  std::uint64_t lives = 0, records = 0, acknowledged = 0;
  std::uint64_t kills = 0, power_cuts = 0, failed_syncs = 0, full_disks = 0, bit_flips = 0;
  std::string violation;  // empty: every promise was kept
};

SimulationReport simulate(std::uint64_t seed);

}  // namespace vitrine::sim
