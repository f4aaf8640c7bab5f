// library_bench knob: the curve of EngineOptions::linger, the one knob between latency and
// throughput. A running sum per key on the embedded log, exactly once, fsync, 20,000 events a
// second from a fixed schedule; for each point the latency from the scheduled time to the commit,
// the process's CPU, and the syncs.
#include <sys/resource.h>

#include <array>
#include <cstdio>
#include <mutex>
#include <vector>

#include "base/metrics.h"
#include "bench/bench_kit.h"
#include "bench/library_benches.h"
#include "vitrine/app.h"

namespace vitrine::bench {
namespace {

constexpr std::int64_t kPeriod_ns = 1'000'000;  // twenty events each
constexpr std::uint64_t kAtOnce = 20;

double process_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void run_point(const Options& options, Duration linger) {
  const Topic<std::string, std::int64_t> ticks{"events"}, sums{"sums"};
  App app{"knob"};
  app.stream(ticks)
      .group_by_key()
      .aggregate("sum", std::int64_t{0}, [](std::int64_t& sum, std::int64_t n) { sum += n; })
      .to(sums);
  EngineOptions engine_options;
  engine_options.linger = linger;
  auto engine = open_fresh(app, options, engine_options);
  VT_CHECK(engine->start().has_value());
  const std::uint64_t total = options.or_else(100'000);
  std::vector<std::int64_t> latency(total);
  const double cpu_begun_s = process_seconds();
  const auto begin = now_ns() + 10'000'000;
  for (std::uint64_t n = 0; n < total; ++n) {
    const auto due = begin + static_cast<std::int64_t>(n / kAtOnce) * kPeriod_ns;
    if (n % kAtOnce == 0) sleep_until(due);
    const auto done = [&latency, due, n](const Result<Position>&) { latency[n] = now_ns() - due; };
    Append one{ticks.name(), {std::to_string(n % 1'000), encoded(std::int64_t{1}), {}, {}}};
    while (!engine->append(one, done)) std::this_thread::yield();
  }
  settle(*engine, ticks.name());
  const double cpu_s = process_seconds() - cpu_begun_s;
  engine->stop();
  const auto ms = static_cast<long long>(linger.count());
  const double p50 = quantile_ms(latency, 0.5), p99 = quantile_ms(latency, 0.99);
  std::printf("figure knob_%lld_ms_p50 %.2f ms\nfigure knob_%lld_ms_p99 %.2f ms\n", ms, p50, ms,
              p99);
  std::printf("figure knob_%lld_ms_cpu %.2f us/event\nfigure knob_%lld_ms_syncs %.0f syncs/s\n",
              ms, cpu_s * 1e6 / static_cast<double>(total), ms,
              static_cast<double>(engine->sync_nanos().count()) * 1e9 /
                  (static_cast<double>(total / kAtOnce) * static_cast<double>(kPeriod_ns)));
}

}  // namespace

int knob(const Options& options) {
  for (const int linger_ms : {0, 2, 5, 20, 50}) run_point(options, Duration{linger_ms});
  return 0;
}

}  // namespace vitrine::bench
