// The stream library by its promises. Usage: library_bench NAME [--events N] [--folder DIR]
//
//   word_count    lines of the classic on the embedded log, every update emitted, exactly once
//   hops          append -> 4 hops -> committed -> subscriber at 10,000 events/s, beside 1 hop
//                 (--trace 1: where the time of a record goes)
//   replay        a bounded run over a log; its output's hash must equal the live one
//   larger_state  counts over ten times the cache's size: Zipf 0.99, then uniform keys
//   restart       kill -9 under load with 1 GiB of state, the time to the first new record, and to
//                 80 % of the former rate (--cold 1: without the kernel's cache, too)
//   guarantee     what exactly once costs against at most once, the same bytes written
//   knob          linger from 0 to 50 ms: latency against CPU and syncs, at 20,000 events/s
//
// Latency counts from the scheduled send time. Each ends with its `figure` lines.
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>

#include "base/hash.h"
#include "base/log.h"
#include "base/metrics.h"
#include "bench/bench_kit.h"
#include "bench/library_benches.h"
#include "vitrine/bounded.h"
#include "vitrine/engine.h"
#include "vitrine/text.h"

using namespace vitrine;
using namespace vitrine::bench;

namespace {

const Topic<std::string, std::string> lines{"lines"}, counted{"counted"};
const Topic<std::string, std::int64_t> events{"events"}, last{"last"};

App word_count_app() {
  App app{"word-count"};
  app.stream(lines)
      .flat_map<std::string>([](std::string_view line, Emit<std::string>& emit) {
        for (std::string_view word : split(line, ' ')) {
          if (!word.empty()) emit(word);
        }
      })
      .group_by([](std::string_view word) { return word; })
      .count("words")
      .map([](std::uint64_t count) { return std::to_string(count); })
      .to(counted);
  return app;
}

int word_count(const Options& options) {
  App app = word_count_app();
  auto engine = open_fresh(app, options);
  VT_CHECK(engine->start().has_value());
  // Figure 1's kind of line: a user's few words.
  constexpr std::array kLines{"view mug", "view mug add mug", "hello everybody",
                              "how much is the blue mug", "buy mug"};
  const std::uint64_t total = options.or_else(1'000'000);
  const auto begun = now_ns();
  for (std::uint64_t i = 0; i < total; ++i)
    append(*engine, {lines.name(), {"", kLines[i % kLines.size()], {}, {}}});
  settle(*engine, lines.name());
  const double took_s = seconds_since(begun);
  engine->stop();
  std::printf("figure word_count_lines_per_s %.0f lines/s\n", static_cast<double>(total) / took_s);
  return 0;
}

App sums_app() {
  App app{"sums"};
  app.stream(events)
      .group_by_key()
      .aggregate("sums", std::int64_t{0}, [](std::int64_t& sum, std::int64_t n) { sum += n; })
      .to(last);
  return app;
}

struct OutputHash {
  std::uint32_t crc = 0;
  void add(const RecordView& record) { crc = crc32c(record.value, crc32c(record.key, crc)); }
};

int replay(const Options& options) {
  App app = sums_app();
  auto engine = open_fresh(app, options);
  VT_CHECK(engine->start().has_value());
  const auto total = static_cast<std::int64_t>(options.or_else(3'000'000));
  Numbers numbers{7};
  for (std::int64_t n = 0; n < total; ++n)
    append(*engine,
           {events.name(), {"key " + std::to_string(numbers.next() % 10'000), encoded(n), {}, {}}});
  settle(*engine, events.name());
  engine->stop();
  OutputHash live, again;
  const std::array<std::string, 1> topics{last.name()};
  for (Position from{1}; from < engine->committed_end();) {
    auto batch = engine->fetch(topics, from, 8192, 8U << 20U).value();
    for (const auto& record : batch.records) live.add(view_of(record.record));
    from = batch.next;
  }
  const App same = sums_app();
  std::vector<std::unique_ptr<BoundedSource>> inputs;
  inputs.push_back(from_log(real_env().disk, options.folder, events).value());
  const auto begun = now_ns();
  const double cpu_begun_s = own_seconds();
  const auto done =
      run_bounded(same, std::move(inputs),
                  {.on_record = [&](const auto&, const auto& record) { again.add(record); }});
  const double took_s = seconds_since(begun);
  const double cpu_s = own_seconds() - cpu_begun_s;
  VT_CHECK(done.has_value());
  const auto count = static_cast<double>(done->records_in);
  std::printf("figure replay_events_per_s %.0f events/s\nfigure replay_events_per_cpu_s %.0f "
              "events/s\nfigure replay_equals_live %d yes/no\n",
              count / took_s, count / cpu_s, live.crc == again.crc ? 1 : 0);
  return live.crc == again.crc ? 0 : 1;
}

// Counts over `keys` keys; the rate of the second half, when the cache is full.
double wide_rate(Engine& engine, std::uint64_t total,
                 const std::function<std::uint64_t()>& key_of) {
  std::int64_t half = 0;
  for (std::uint64_t n = 0; n < total; ++n) {
    if (n == total / 2) {
      settle(engine, events.name());
      half = now_ns();
    }
    append(engine,
           {events.name(), {"key " + std::to_string(key_of()), encoded(std::int64_t{1}), {}, {}}});
  }
  settle(engine, events.name());
  return static_cast<double>(total - total / 2) / seconds_since(half);
}

int larger_state(const Options& options) {
  constexpr std::uint64_t kKeys = 1'000'000;  // about 300 MiB of entries
  EngineOptions engine_options;
  engine_options.state_cache_bytes = 32U << 20U;
  App app = wide_app();
  auto engine = open_fresh(app, options, engine_options);
  VT_CHECK(engine->start().has_value());
  std::uint64_t next = 0;
  wide_rate(*engine, kKeys, [&] { return next++; });  // every key once
  const double before_mib = memory_mib("VmRSS:");
  const std::uint64_t total = options.or_else(1'000'000);
  Numbers numbers{3};
  const Zipf zipf{kKeys, 0.99};
  const double skewed =
      wide_rate(*engine, total, [&] { return zipf(numbers) * 0x9E3779B97F4A7C15ULL % kKeys; });
  const double cpu_before_s = thread_seconds("vt-shard");
  const double uniform = wide_rate(*engine, total / 2, [&] { return numbers.next() % kKeys; });
  std::printf("figure larger_state_uniform_shard_cpu %.2f us/event\n",
              (thread_seconds("vt-shard") - cpu_before_s) / static_cast<double>(total / 2) * 1e6);
  std::printf("figure larger_state_zipf_events_per_s %.0f events/s\n", skewed);
  std::printf("figure larger_state_uniform_events_per_s %.0f events/s\n", uniform);
  std::printf(
      "figure larger_state_rss_mib %.0f MiB\nfigure larger_state_rss_after_load_mib %.0f "
      "MiB\n",
      memory_mib("VmRSS:"), before_mib);
  engine->stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr std::array<std::pair<const char*, int (*)(const Options&)>, 7> kBenches{
      {{"word_count", word_count},
       {"hops", hops},
       {"replay", replay},
       {"larger_state", larger_state},
       {"restart", restart},
       {"guarantee", guarantee},
       {"knob", knob}}};
  Options options;
  for (int i = 2; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--events") == 0)
      options.events = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--folder") == 0) options.folder = argv[i + 1];
    if (std::strcmp(argv[i], "--cold") == 0) options.cold = std::strcmp(argv[i + 1], "1") == 0;
    if (std::strcmp(argv[i], "--trace") == 0) options.trace = std::strcmp(argv[i + 1], "1") == 0;
  }
  set_log_level(LogLevel::Error);
  for (const auto& [name, run] : kBenches) {
    if (argc < 2 || std::strcmp(argv[1], name) != 0) continue;
    const int status = run(options);
    std::filesystem::remove_all(options.folder);
    return status;
  }
  std::fprintf(stderr,
               "usage: library_bench word_count|hops|replay|larger_state|restart|guarantee|knob "
               "[--events N] [--folder DIR] [--cold 1] [--trace 1]\n");
  return 2;
}
