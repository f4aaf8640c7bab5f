// library_bench hops: append -> 4 hops -> committed -> subscriber at 10,000 events a second, beside
// 1 hop, and where the time of a record goes.
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "base/thread_turns.h"
#include "bench/bench_kit.h"
#include "bench/library_benches.h"
#include "vitrine/epoch_trace.h"

namespace vitrine::bench {
namespace {

const Topic<std::string, std::int64_t> events{"events"}, last{"last"};

App hops_app(const std::string& name, int hops) {
  App app{name};
  Topic<std::string, std::int64_t> from = events;
  for (int i = 1; i <= hops; ++i) {
    const Topic<std::string, std::int64_t> to{i == hops ? last.name() : "hop-" + std::to_string(i)};
    app.stream(from).rekey([i](std::int64_t n) { return std::to_string((n + i) % 97); }).to(to);
    from = to;
  }
  return app;
}

// Of one record, as its sender and its subscriber saw it.
struct Sent {
  std::int64_t due = 0, sending = 0, accepted = 0, woken = 0, seen = 0;
  Position position;
};

// What lies between being due and being seen, one after the other.
constexpr std::array kPhases{"the sender oversleeps",   "append",
                             "the commit before it",    "the shard wakes and works",
                             "the committer wakes",     "encode and write",
                             "fdatasync",               "callers and listeners are told",
                             "the subscriber wakes",    "fetch and decode"};
using Phases = std::array<std::int64_t, kPhases.size()>;

Phases phases_of(const Sent& one, const EpochTimes& epoch, const EpochTimes& before) {
  // Until the disk is free nothing goes out; what the shard does meanwhile costs no time.
  const std::int64_t free_at = std::clamp(before.synced, one.accepted, epoch.handed_over);
  // A subscriber that is at it when the commit ends needs no waking.
  const std::int64_t told = std::clamp(epoch.told, epoch.synced, std::max(one.woken, epoch.synced));
  const std::int64_t woken = std::max(one.woken, told);
  return {one.sending - one.due,
          one.accepted - one.sending,
          free_at - one.accepted,
          epoch.handed_over - free_at,
          epoch.taken - epoch.handed_over,
          epoch.written - epoch.taken,
          epoch.synced - epoch.written,
          told - epoch.synced,
          woken - told,
          one.seen - woken};
}

// Of each phase the median and p99 over all records, and the mean over those beyond p99 in all.
void print_phases(const std::vector<Sent>& sent, const EpochTrace& trace) {
  std::vector<EpochTimes> rows = trace.rows();
  std::erase_if(rows, [](const EpochTimes& row) { return row.told == 0; });
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return a.epoch < b.epoch; });
  std::vector<std::pair<std::int64_t, Phases>> all;
  for (const Sent& one : sent) {
    const auto at = std::upper_bound(
        rows.begin(), rows.end(), one.position,
        [](Position position, const EpochTimes& row) { return position < row.next; });
    if (at == rows.end() || at == rows.begin()) continue;
    all.emplace_back(one.seen - one.due, phases_of(one, *at, *(at - 1)));
  }
  if (all.empty()) return;
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  const std::size_t slow_from = all.size() - all.size() / 100;
  std::printf("%-32s %9s %9s %12s   ms\n", "phase", "p50", "p99", "slowest 1 %");
  for (std::size_t phase = 0; phase < kPhases.size(); ++phase) {
    std::vector<std::int64_t> ns;
    double slow = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      ns.push_back(all[i].second[phase]);
      if (i >= slow_from) slow += static_cast<double>(all[i].second[phase]);
    }
    const double p50 = quantile_ms(ns, 0.5), p99 = quantile_ms(ns, 0.99);
    std::printf("%-32s %9.3f %9.3f %12.3f\n", kPhases[phase], p50, p99,
                slow / 1e6 / static_cast<double>(std::max<std::size_t>(1, all.size() - slow_from)));
  }
  const auto rows_of = static_cast<double>(all.size()) / static_cast<double>(rows.size());
  std::printf("%-32s %9.1f\n", "records a commit", rows_of);
}

struct HopFigures {
  double p50_ms = 0, p99_ms = 0, p999_ms = 0, sync_p50_ms = 0, sync_p99_ms = 0;
};

void subscribe(const Engine& engine, std::atomic<std::uint64_t>& commits,
               std::vector<Sent>& sent) {
  const std::array<std::string, 1> topics{last.name()};
  Position from{1};
  for (std::size_t seen = 0; seen < sent.size();) {
    const auto before = commits.load();
    const auto woken = now_ns();
    auto batch = engine.fetch(topics, from, 4096, 1U << 20U).value();
    for (const auto& record : batch.records) {
      Sent& one = sent[static_cast<std::size_t>(*decoded<std::int64_t>(record.record.value))];
      one.woken = woken;
      one.seen = now_ns();
      one.position = record.position;
      ++seen;
    }
    from = batch.next;
    if (from >= engine.committed_end() && seen < sent.size()) commits.wait(before);
  }
}

HopFigures run_hops(const Options& options, int hops, bool traced) {
  App app = hops_app("hops", hops);
  EngineOptions engine_options;
  // The first segment is full of zeros before the clock runs, as every later one is when its turn
  // comes.
  engine_options.journal.prewrite_at_open_bytes = engine_options.journal.segment_bytes;
  if (traced) engine_options.trace = std::make_shared<EpochTrace>(1U << 20U);
  auto engine = open_fresh(app, options, engine_options);
  std::atomic<std::uint64_t> commits{0};
  const auto token = engine->on_commit([&] { ++commits, commits.notify_all(); });
  VT_CHECK(engine->start().has_value());
  constexpr std::int64_t kPeriod_ns = 100'000;  // 10,000 a second
  std::vector<Sent> sent(options.or_else(80'000));
  const auto begin = now_ns() + 50'000'000;
  std::thread subscriber([&] {
    take_short_turns();
    subscribe(*engine, commits, sent);
  });
  // The sender is to be on time: by default the kernel lets a thread sleep 50 us longer than it
  // asked for.
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  take_short_turns();
  for (std::size_t n = 0; n < sent.size(); ++n) {
    Sent& one = sent[n];
    one.due = begin + static_cast<std::int64_t>(n) * kPeriod_ns;
    sleep_until(one.due);
    one.sending = now_ns();
    append(*engine, {events.name(),
                     {std::to_string(n % 97), encoded(static_cast<std::int64_t>(n)), {}, {}}});
    one.accepted = now_ns();
  }
  subscriber.join();
  engine->remove_on_commit(token);
  engine->stop();
  if (traced) print_phases(sent, *engine_options.trace);
  std::vector<std::int64_t> latency;
  for (const Sent& one : sent) latency.push_back(one.seen - one.due);
  const auto& sync = engine->sync_nanos();
  return {quantile_ms(latency, 0.5), quantile_ms(latency, 0.99), quantile_ms(latency, 0.999),
          static_cast<double>(sync.quantile(0.5)) / 1e6,
          static_cast<double>(sync.quantile(0.99)) / 1e6};
}

}  // namespace

int hops(const Options& options) {
  const HopFigures one = run_hops(options, 1, false), four = run_hops(options, 4, options.trace);
  std::printf("figure hops4_p50_ms %.3f ms\nfigure hops4_p99_ms %.3f ms\n", four.p50_ms,
              four.p99_ms);
  std::printf("figure hops4_p999_ms %.3f ms\nfigure hops1_p50_ms %.3f ms\n", four.p999_ms,
              one.p50_ms);
  std::printf("figure fdatasync_p50_ms %.3f ms\nfigure fdatasync_p99_ms %.3f ms\n",
              four.sync_p50_ms, four.sync_p99_ms);
  std::printf("figure hops4_p50_per_fdatasync %.2f ratio\nfigure hops4_p99_per_fdatasync_p99 %.2f "
              "ratio\nfigure hops4_per_hops1_p50 %.2f ratio\n",
              four.p50_ms / four.sync_p50_ms, four.p99_ms / four.sync_p99_ms,
              four.p50_ms / one.p50_ms);
  return 0;
}

}  // namespace vitrine::bench
