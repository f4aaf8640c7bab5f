// NEXMARK on one core, from memory: queries written with the library's words over the events of
// generator.h, run by the library's Task and stores without a journal (runner.h). The block is made
// before; a figure is the median of three runs over all of its events, by the wall and by the
// thread's own CPU time, which other programs on the machine disturb less. Beside it stands what is
// published for Flink per core (nexmark/nexmark, RocksDB state, exactly once): other machines,
// other rates of event time; the order of magnitude only.
//
//   nexmark [--query qN] [--events N] [--rate EVENTS_PER_S_OF_EVENT_TIME] [--check]
//
// --check compares each query with the plain reference instead; its exit status is 1 when one
// differs.
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <string>

#include "base/env.h"
#include "bench/nexmark/queries.h"
#include "bench/nexmark/reference.h"
#include "bench/nexmark/runner.h"

using namespace vitrine;
using namespace vitrine::nexmark;

namespace {

struct Options {
  std::string query;  // empty: all
  Number events = 1'000'000;
  Number rate = 10'000;
  bool check = false;
};

bool read_options(int argc, char** argv, Options& out) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--check") {
      out.check = true;
      continue;
    }
    if (i + 1 == argc) return false;
    const char* value = argv[++i];
    if (name == "--query") {
      out.query = value;
    } else if (name == "--events") {
      out.events = std::strtoull(value, nullptr, 10);
    } else if (name == "--rate") {
      out.rate = std::strtoull(value, nullptr, 10);
    } else {
      return false;
    }
  }
  const auto known = [&](const Query& query) {
    return out.query.empty() || query.name == out.query;
  };
  return out.events > 0 && out.rate > 0 && std::ranges::any_of(queries(), known);
}

bool check(const Query& query, const Block& block) {
  Said got;
  run_query(query.make(), block,
            [&](BytesView key, BytesView value) { got.emplace_back(key, value); });
  const std::string why = difference(reference(query.name, block), got);
  std::cout << query.name << ": " << (why.empty() ? "as the reference" : why) << ", " << got.size()
            << " records\n";
  return why.empty();
}

std::int64_t cpu_nanos() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

struct Measured {
  std::array<double, 3> per_s{}, per_cpu_s{};  // sorted
  Outcome outcome;
};

Measured three_runs(const Query& query, const Block& block) {
  Measured out;
  const auto events = static_cast<double>(block.size());
  for (std::size_t i = 0; i < out.per_s.size(); ++i) {
    const App app = query.make();
    const auto start = real_env().clock.monotonic_nanos();
    const auto cpu_start = cpu_nanos();
    const Outcome now = run_query(app, block);
    out.per_cpu_s[i] = events * 1e9 / static_cast<double>(cpu_nanos() - cpu_start);
    out.per_s[i] = events * 1e9 / static_cast<double>(real_env().clock.monotonic_nanos() - start);
    VT_CHECK_MSG(i == 0 || out.outcome.hash == now.hash,
                 "nexmark: two runs over the same events said different things");
    out.outcome = now;
  }
  std::ranges::sort(out.per_s);
  std::ranges::sort(out.per_cpu_s);
  return out;
}

void measure(const Query& query, const Block& block) {
  const auto [per_s, per_cpu_s, outcome] = three_runs(query, block);
  const auto figure = [&](const char* name, double value) {
    std::cout << "figure nexmark_" << query.name << name << static_cast<Number>(value)
              << " events/s\n";
  };
  figure("_events_per_s ", per_s[1]);
  figure("_events_per_cpu_s ", per_cpu_s[1]);
  std::cout << "  " << outcome.records_out << " records out, " << outcome.deltas
            << " changes of state, hash " << std::hex << outcome.hash << std::dec;
  if (query.goal_per_s > 0)
    std::cout << "; goal " << query.goal_per_s * 1e-6 << " M: "
              << (per_s[1] >= query.goal_per_s ? "met" : "missed");
  if (!query.flink.empty()) std::cout << "; Flink, published per core: " << query.flink;
  std::cout << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!read_options(argc, argv, options)) {
    std::cerr << "usage: nexmark [--query qN] [--events N] [--rate N] [--check]\n";
    return 2;
  }
  Rules rules;
  rules.events_per_s = options.rate;
  const Block block(rules, options.events);
  std::cout << block.size() << " events, " << block.bytes() / block.size()
            << " bytes each on average, " << options.rate << " a second of event time\n";
  bool well = true;
  for (const Query& query : queries()) {
    if (!options.query.empty() && query.name != options.query) continue;
    if (options.check) {
      well = check(query, block) && well;
    } else {
      measure(query, block);
    }
  }
  return well ? 0 : 1;
}
