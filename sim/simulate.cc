// The simulator. Usage: simulate [--seed N] [--runs N | --minutes M] [--trace]
//
// Runs seeds from --seed on until the runs or the minutes are over, or a promise is broken; then
// it prints the seed and the command that shows it again, and exits with 1.
#include <fmt/format.h>

#include <cstdlib>
#include <cstring>

#include "base/env.h"
#include "base/log.h"
#include "sim/simulation.h"

using namespace vitrine;
using namespace vitrine::sim;

int main(int argc, char** argv) {
  std::uint64_t seed = 1, runs = 0;
  double minutes = 0;
  for (int i = 1; i < argc; ++i) {
    const bool value = i + 1 < argc;
    if (value && std::strcmp(argv[i], "--seed") == 0) {
      seed = std::strtoull(argv[++i], nullptr, 10);
      if (runs == 0) runs = 1;
    } else if (value && std::strcmp(argv[i], "--runs") == 0) {
      runs = std::strtoull(argv[++i], nullptr, 10);
    } else if (value && std::strcmp(argv[i], "--minutes") == 0) {
      minutes = std::strtod(argv[++i], nullptr);
    } else {
      fmt::print(stderr, "usage: simulate [--seed N] [--runs N | --minutes M]\n");
      return 2;
    }
  }
  if (runs == 0) runs = minutes > 0 ? ~std::uint64_t{0} : 100;
  set_log_level(LogLevel::Error);
  const auto begun = real_env().clock.monotonic_nanos();
  SimulationReport all;
  std::uint64_t done = 0;
  for (; done < runs; ++done, ++seed) {
    if (minutes > 0 &&
        static_cast<double>(real_env().clock.monotonic_nanos() - begun) > minutes * 60e9)
      break;
    const SimulationReport one = simulate(seed);
    all.trace_hash = all.trace_hash * 31 + one.trace_hash;
    all.lives += one.lives;
    all.records += one.records;
    all.acknowledged += one.acknowledged;
    all.kills += one.kills;
    all.power_cuts += one.power_cuts;
    all.full_disks += one.full_disks;
    all.bit_flips += one.bit_flips;
    if (!one.violation.empty()) {
      fmt::print("seed {}: {}\nagain: simulate --seed {}\n", seed, one.violation, seed);
      fmt::print("figure broken_seed {} seed\n0 passed, 1 failed\n", seed);
      return 1;
    }
  }
  fmt::print("figure runs {} runs\nfigure lives {} lives\nfigure records {} records\n", done,
             all.lives, all.records);
  fmt::print("figure acknowledged {} records\nfigure kills {} crashes\n", all.acknowledged,
             all.kills);
  fmt::print("figure power_cuts {} crashes\nfigure full_disks {} times\n", all.power_cuts,
             all.full_disks);
  fmt::print("figure bit_flips {} flips\nfigure trace_hash {:016x} hash\n", all.bit_flips,
             all.trace_hash);
  fmt::print("1 passed, 0 failed\n");
  return 0;
}
