#pragma once
// The whole library in one thread on a seeded Env: an App of counts, hops, windows and timers lives
// through crashes at any step of a commit and of recovery, torn and lost writes, flipped bits,
// failed syncs, full disks, jumping and frozen clocks, a shard or a disk that is slow. After each
// life its log is held against what was acknowledged, what readers were shown, and what a reader
// with pencil and paper expects of each operator.
//
// The same seed gives the same run, and the same trace hash, on every machine.
#include <cstdint>
#include <map>
#include <string>

#include "base/time.h"

namespace vitrine::sim {

struct SimulationReport {
  std::uint64_t trace_hash = 0;  // of every choice and every record
  // How often what happened: "lives", "kills", "bit_flips", …; "crash_at_…" counts by the step of
  // the disk that was the first to fail.
  std::map<std::string, std::uint64_t> counts;
  Duration simulated{0};  // the machine's own time
  std::string violation;  // empty: every promise was kept
};

SimulationReport simulate(std::uint64_t seed);

}  // namespace vitrine::sim
