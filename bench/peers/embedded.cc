// The comparison's job on the embedded log, where no broker stands between: latency at a fixed
// rate, open loop.
//
//   peers_embedded RATE WARM_S RUN_S [--folder DIR] [--shards N]
//
// Record n is due at begin + n / RATE, whatever happened before, and its first word is a marker;
// its latency is the time from when it was due to when a subscriber holds the marker's update,
// after the commit and its fsync. A stall is so charged to every record it delays. The first WARM_S
// seconds are not counted. Prints one line of JSON. (Throughput and kill -9 are measured on
// examples/word_count itself, which reads the same lines from a file.)
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include "base/log.h"
#include "base/metrics.h"
#include "bench/bench_kit.h"
#include "bench/peers/generator.h"
#include "vitrine/app.h"
#include "vitrine/engine.h"
#include "vitrine/text.h"

using namespace vitrine;
using namespace vitrine::bench;

namespace {

const Topic<std::string, std::string> user_activity{"user-activity"}, word_counts{"word-counts"};

struct Schedule {
  std::int64_t rate = 0, warm_s = 0, run_s = 0;
  std::string folder = "./var/bench-peers";
  std::uint32_t shards = 1;
  std::int64_t records() const { return rate * (warm_s + run_s); }
};

App word_count_app() {
  App app{"word-count"};
  app.stream(user_activity)
      .flat_map<std::string>([](std::string_view line, Emit<std::string>& emit) {
        for (std::string_view word : split(line, ' ')) {
          if (!word.empty()) emit(word);
        }
      })
      .group_by([](std::string_view word) { return word; })
      .count("word-counts")
      .map([](std::uint64_t count) { return std::to_string(count); })
      .to(word_counts);
  return app;
}

// Reads all updates as they are committed and notes when each marker's came.
class Subscriber {
 public:
  Subscriber(Engine& engine, const Schedule& schedule)
      : engine_(engine), arrived_(static_cast<std::size_t>(schedule.records())) {
    token_ = engine_.on_commit([this] { ++commits_, commits_.notify_all(); });
    thread_ = std::thread([this] { follow(); });
  }
  // Waits until every marker has come.
  void finish() {
    thread_.join();
    engine_.remove_on_commit(token_);
  }
  std::int64_t arrived_ns(std::size_t record) const { return arrived_[record]; }
  std::uint64_t updates() const { return updates_; }

 private:
  void follow() {
    const std::array<std::string, 1> topics{word_counts.name()};
    Position from{1};
    for (std::size_t markers = 0; markers < arrived_.size();) {
      const auto before = commits_.load();
      auto batch = engine_.fetch(topics, from, 16'384, 4U << 20U).value();
      const auto now = now_ns();
      for (const auto& entry : batch.records) {
        ++updates_;
        const auto& key = entry.record.key;
        if (key.empty() || key.front() != '@') continue;
        std::size_t record = 0;
        std::from_chars(key.data() + 1, key.data() + key.size(), record);
        arrived_[record] = now;
        ++markers;
      }
      from = batch.next;
      if (from >= engine_.committed_end() && markers < arrived_.size()) commits_.wait(before);
    }
  }

  Engine& engine_;
  std::vector<std::int64_t> arrived_;
  std::uint64_t updates_ = 0;
  std::atomic<std::uint64_t> commits_{0};
  std::uint64_t token_ = 0;
  std::thread thread_;
};

void append(Engine& engine, std::string line) {
  const Append one{user_activity.name(), {"", std::move(line), {}, {}}};
  while (true) {
    const auto accepted = engine.append(one);
    if (accepted) return;
    VT_CHECK_MSG(accepted.error().code == Code::Overloaded, accepted.error().message);
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

int run(const Schedule& schedule) {
  std::filesystem::remove_all(schedule.folder);
  App app = word_count_app();
  EngineOptions options;
  options.folder = schedule.folder;
  options.shards = schedule.shards;
  auto engine = std::move(Engine::open(real_env(), app, options).value());
  VT_CHECK(engine->start().has_value());
  Subscriber subscriber(*engine, schedule);
  peers::Generator generator;
  const auto begin = now_ns() + 100'000'000;
  const auto due_ns = [&](std::int64_t n) { return begin + n * 1'000'000'000 / schedule.rate; };
  for (std::int64_t n = 0; n < schedule.records(); ++n) {
    const auto number = static_cast<std::uint64_t>(n);
    auto line = generator.record(number, "@" + std::to_string(n));
    sleep_until(due_ns(n));
    append(*engine, std::move(line));
  }
  subscriber.finish();
  std::vector<std::int64_t> latency;
  for (std::int64_t n = schedule.rate * schedule.warm_s; n < schedule.records(); ++n)
    latency.push_back(subscriber.arrived_ns(static_cast<std::size_t>(n)) - due_ns(n));
  const auto& sync = engine->sync_nanos();
  std::printf("{\"rate\":%lld,\"measured\":%zu,\"missing\":0,\"updates\":%llu,\"p50_ms\":%.3f,"
              "\"p90_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f,\"max_ms\":%.3f,"
              "\"fdatasync_p50_ms\":%.3f,\"fdatasync_p99_ms\":%.3f}\n",
              static_cast<long long>(schedule.rate), latency.size(),
              static_cast<unsigned long long>(subscriber.updates()), quantile_ms(latency, 0.5),
              quantile_ms(latency, 0.9), quantile_ms(latency, 0.99), quantile_ms(latency, 0.999),
              quantile_ms(latency, 1), static_cast<double>(sync.quantile(0.5)) / 1e6,
              static_cast<double>(sync.quantile(0.99)) / 1e6);
  engine->stop();
  std::filesystem::remove_all(schedule.folder);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Schedule schedule;
  bool good = argc >= 4 && argc % 2 == 0;
  if (good) {
    schedule.rate = std::atoll(argv[1]);
    schedule.warm_s = std::atoll(argv[2]);
    schedule.run_s = std::atoll(argv[3]);
  }
  for (int i = 4; good && i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--folder") == 0) {
      schedule.folder = argv[i + 1];
    } else if (std::strcmp(argv[i], "--shards") == 0) {
      schedule.shards = static_cast<std::uint32_t>(std::atoi(argv[i + 1]));
    } else {
      good = false;
    }
  }
  if (!good || schedule.rate <= 0 || schedule.warm_s < 0 || schedule.run_s <= 0) {
    std::fprintf(stderr,
                 "usage: peers_embedded RATE WARM_S RUN_S [--folder DIR] [--shards N]\n");
    return 2;
  }
  set_log_level(LogLevel::Error);
  return run(schedule);
}
