// The simulator. Usage: simulate [--seed N] [--runs N | --minutes M] [--expect-red]
//
// Runs seeds from --seed on until the runs or the minutes are over, or a promise is broken; then
// it prints the seed and the command that shows it again, and exits with 1. With --expect-red it is
// the other way round: for planted bugs.
#include <fmt/format.h>

#include <cstdlib>
#include <string_view>

#include "base/env.h"
#include "base/log.h"
#include "sim/simulation.h"

using namespace vitrine;
using namespace vitrine::sim;

namespace {

void print(const SimulationReport& all, std::uint64_t runs, std::uint64_t violations) {
  fmt::print("figure runs {} runs\nfigure violations {} runs\n", runs, violations);
  fmt::print("figure simulated_hours {:.1f} h\n",
             static_cast<double>(all.simulated.count()) / 3'600'000.0);
  for (const auto& [what, count] : all.counts) fmt::print("figure {} {} times\n", what, count);
  fmt::print("figure trace_hash {:016x} hash\n", all.trace_hash);
}

void add(SimulationReport& all, const SimulationReport& one) {
  all.trace_hash = all.trace_hash * 31 + one.trace_hash;
  all.simulated += one.simulated;
  for (const auto& [what, count] : one.counts) all.counts[what] += count;
}

struct Options {
  std::uint64_t seed = 1, runs = 0;
  double minutes = 0;
  bool expect_red = false;
};

bool parse(int argc, char** argv, Options& out) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--expect-red") {
      out.expect_red = true;
    } else if (i + 1 == argc) {
      return false;
    } else if (name == "--seed") {
      out.seed = std::strtoull(argv[++i], nullptr, 10);
      if (out.runs == 0) out.runs = 1;
    } else if (name == "--runs") {
      out.runs = std::strtoull(argv[++i], nullptr, 10);
    } else if (name == "--minutes") {
      out.minutes = std::strtod(argv[++i], nullptr);
    } else {
      return false;
    }
  }
  if (out.runs == 0) out.runs = out.minutes > 0 ? ~std::uint64_t{0} : 100;
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) {
    fmt::print(stderr,
               "usage: simulate [--seed N] [--runs N | --minutes M] [--expect-red]\n");
    return 2;
  }
  set_log_level(LogLevel::Off);  // what fails is meant to fail
  const auto begun = real_env().clock.monotonic_nanos();
  SimulationReport all;
  std::uint64_t runs = 0, seed = options.seed;
  for (; runs < options.runs; ++seed) {
    const auto took = static_cast<double>(real_env().clock.monotonic_nanos() - begun);
    if (options.minutes > 0 && took > options.minutes * 60e9) break;
    const SimulationReport one = simulate(seed);
    add(all, one);
    ++runs;
    if (one.violation.empty()) continue;
    fmt::print("seed {}: {}\nagain: simulate --seed {}\n", seed, one.violation, seed);
    print(all, runs, 1);
    fmt::print("figure broken_seed {} seed\n{}\n", seed,
               options.expect_red ? "1 passed, 0 failed" : "0 passed, 1 failed");
    return options.expect_red ? 0 : 1;
  }
  print(all, runs, 0);
  fmt::print("{}\n", options.expect_red ? "0 passed, 1 failed" : "1 passed, 0 failed");
  return options.expect_red ? 1 : 0;
}
