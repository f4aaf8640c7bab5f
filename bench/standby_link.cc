// What a standby costs, and how fast it catches up: standby_link FOLDER [SECONDS]
//
// A running count per key on the embedded log; 2,000 appends of 200 bytes a second from a fixed
// schedule; the latency from the scheduled time to `done`. Three times: without a standby, with one
// that is not waited for, with required acks. Primary and standby are one process and one disk, so
// both syncs share it: a second machine adds a round trip and takes its sync away. Then a standby
// that begins with an empty folder, and one that was away, catch up with the log.
#include <stdlib.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>

#include "base/log.h"
#include "base/metrics.h"
#include "bench/bench_kit.h"
#include "vitrine/app.h"
#include "vitrine/standby.h"

namespace vitrine::bench {
namespace {

const Topic<std::string, std::string> g_events{"events"};
const Topic<std::string, std::string> g_counts{"counts"};

App counting() {
  App app{"standby-link"};
  app.stream(g_events)
      .group_by_key()
      .count("count")
      .map([](std::uint64_t count) { return std::to_string(count); })
      .to(g_counts);
  return app;
}

struct Pair {
  explicit Pair(const std::string& name, const std::string& in) : folder(in + "/" + name) {
    std::filesystem::create_directories(folder);
    key = folder + "/link.key";
    std::ofstream(key) << "a secret for the length of a bench";
    ::chmod(key.c_str(), S_IRUSR | S_IWUSR);
  }
  void open() {
    EngineOptions options;
    options.folder = folder + "/primary";
    engine = Engine::open(real_env(), app, options).value();
  }
  void serve(bool required) {
    StandbyServerOptions options;
    options.key_file = key;
    options.acks_required = required;
    server = StandbyServer::open(real_env(), {engine.get()}, options).value();
  }
  void follow() {
    StandbyOptions options;
    options.host = "127.0.0.1";
    options.port = server->port();
    options.key_file = key;
    EngineOptions its;
    its.folder = folder + "/standby";
    standby = Standby::open(real_env(), {{app.topology().value(), its}}, options).value();
  }
  void wait_for_standby() const {
    const auto behind = [&] {
      const auto log = server->logs().front();
      return !log.connected || log.acknowledged < log.committed;
    };
    while (behind()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  void end() {
    engine->stop();
    server.reset();
    engine.reset();
    standby.reset();
  }

  const std::string folder;
  std::string key;
  App app = counting();
  std::unique_ptr<Engine> engine;
  std::unique_ptr<StandbyServer> server;
  std::unique_ptr<Standby> standby;
};

void load(Engine& engine, const char* name, double seconds) {
  constexpr std::uint64_t kAtOnce = 2;
  constexpr std::int64_t kPeriod_ns = 1'000'000;
  const auto total = static_cast<std::uint64_t>(seconds * 1'000) * kAtOnce;
  std::vector<std::int64_t> latency(total);
  std::atomic<std::uint64_t> done{0};
  const std::string value(200, 'v');
  const std::int64_t begin = now_ns() + 10'000'000;
  for (std::uint64_t n = 0; n < total; ++n) {
    const auto due = begin + static_cast<std::int64_t>(n / kAtOnce) * kPeriod_ns;
    if (n % kAtOnce == 0) sleep_until(due);
    Append one{g_events.name(), {std::to_string(n % 1'000), value, {}, {}}};
    const auto told = [&, due, n](const Result<Position>&) {
      latency[n] = now_ns() - due;
      ++done;
    };
    while (!engine.append(one, told)) std::this_thread::yield();
  }
  while (done < total) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const double p50 = quantile_ms(latency, 0.5), p99 = quantile_ms(latency, 0.99);
  std::printf("figure %s_p50 %.2f ms\nfigure %s_p99 %.2f ms\nfigure %s_fdatasync_p50 %.2f ms\n",
              name, p50, name, p99, name,
              static_cast<double>(engine.sync_nanos().quantile(0.5)) / 1e6);
  std::fflush(stdout);
}

void latencies(const std::string& folder, double seconds) {
  for (const char* name : {"alone", "acks_none", "acks_required"}) {
    Pair pair(name, folder);
    pair.open();
    if (name != std::string("alone")) {
      pair.serve(name == std::string("acks_required"));
      pair.follow();
      pair.wait_for_standby();
    }
    VT_CHECK(pair.engine->start().has_value());
    load(*pair.engine, name, seconds);
    pair.end();
  }
}

void fill(Engine& engine, std::uint64_t records) {
  const std::string value(200, 'v');
  std::atomic<std::uint64_t> done{0};
  for (std::uint64_t n = 0; n < records; ++n) {
    Append one{g_events.name(), {std::to_string(n % 100'000), value, {}, {}}};
    while (!engine.append(one, [&](const Result<Position>&) { ++done; })) std::this_thread::yield();
  }
  while (done < records) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

std::uint64_t bytes_in(const std::string& folder) {
  std::uint64_t sum = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) sum += entry.file_size();
  }
  return sum;
}

void catching_up(const std::string& folder) {
  constexpr std::uint64_t kRecords = 400'000;
  Pair pair("catching-up", folder);
  pair.open();
  pair.serve(false);
  VT_CHECK(pair.engine->start().has_value());
  fill(*pair.engine, kRecords);
  std::int64_t begin = now_ns();
  pair.follow();
  pair.wait_for_standby();
  double seconds = seconds_since(begin);
  const auto copied = static_cast<double>(bytes_in(pair.folder + "/primary"));
  std::printf("figure first_copy %.2f s\nfigure first_copy_rate %.0f MB/s\n", seconds,
              copied / 1e6 / seconds);
  pair.standby.reset();
  fill(*pair.engine, kRecords);
  begin = now_ns();
  pair.follow();
  pair.wait_for_standby();
  seconds = seconds_since(begin);
  std::printf("figure catch_up %.2f s\nfigure catch_up_rate %.0f records/s\n", seconds,
              static_cast<double>(kRecords) / seconds);
  begin = now_ns();
  while (pair.standby->logs().front().state < pair.server->logs().front().committed)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::printf("figure state_behind_log %.2f s\n", seconds_since(begin));
  pair.end();
  begin = now_ns();
  VT_CHECK(promote(real_env(), pair.folder + "/standby").has_value());
  EngineOptions its;
  its.folder = pair.folder + "/standby";
  const auto engine = Engine::open(real_env(), pair.app, its).value();
  VT_CHECK(engine->start().has_value());
  std::printf("figure promotion %.3f s\n", seconds_since(begin));
}

}  // namespace
}  // namespace vitrine::bench

int main(int argc, char** argv) {
  using namespace vitrine;
  if (argc < 2) {
    std::fprintf(stderr, "usage: standby_link FOLDER [SECONDS]\n");
    return 2;
  }
  set_log_level(LogLevel::Off);
  std::string folder = std::string(argv[1]) + "/standby-link-XXXXXX";
  std::filesystem::create_directories(argv[1]);
  VT_CHECK(::mkdtemp(folder.data()) != nullptr);
  std::printf("file system %s\n", real_env().disk.file_system(folder).c_str());
  bench::latencies(folder, argc > 2 ? std::atof(argv[2]) : 10);
  bench::catching_up(folder);
  std::filesystem::remove_all(folder);
  return 0;
}
