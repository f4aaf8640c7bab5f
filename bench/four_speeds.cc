// Four ways to read one topic at once: pushed after each commit, polled, a bounded run over all of
// it, and request-response. Then the same with a fifth reader that takes one record a second: it
// must not be felt by the others.
//
//   four_speeds [--rate 5000] [--seconds 5] [--rounds 3] [--folder DIR]
//
// Rounds with and without the slow reader alternate; latency counts from the scheduled send time.
// Figures: p99 of push and of request-response without and with it, medians over the rounds.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <thread>

#include "bench/bench_kit.h"
#include "vitrine/bounded.h"
#include "vitrine/engine.h"

using namespace vitrine;
using namespace vitrine::bench;

namespace {

struct Load {
  int rate = 5'000, seconds = 5, rounds = 3;
  std::string folder = "./var/bench-four-speeds";
};

const Topic<std::string, std::int64_t> events{"events"};
const Topic<std::string, std::int64_t> sums{"sums"};

App sums_app() {
  App app{"four-speeds"};
  app.stream(events)
      .group_by_key()
      .aggregate("sums", std::int64_t{0}, [](std::int64_t& sum, std::int64_t) { ++sum; })
      .to(sums);
  return app;
}

// One round: a fresh log, a producer at a fixed rate, and the readers.
class Round {
 public:
  Round(const Load& plan, bool with_slow)
      : plan_(plan), with_slow_(with_slow), total_(plan.rate * plan.seconds) {
    std::filesystem::remove_all(plan.folder);
    EngineOptions options;
    options.folder = plan.folder;
    engine_ = std::move(Engine::open(real_env(), app_, options).value());
    token_ = engine_->on_commit([this] { ++commits_, commits_.notify_all(); });
    VT_CHECK(engine_->start().has_value());
  }

  void run() {
    begin_ns_ = now_ns() + 100'000'000;
    std::vector<std::thread> readers;
    readers.emplace_back([this] { push(); });
    readers.emplace_back([this] { poll(); });
    readers.emplace_back([this] { batch(); });
    readers.emplace_back([this] { ask(); });
    if (with_slow_) readers.emplace_back([this] { crawl(); });
    produce();
    for (auto& reader : readers) reader.join();
    engine_->remove_on_commit(token_);
    engine_->stop();
  }

  double push_p99_ms() { return quantile_ms(push_ns_, 0.99); }
  double ask_p99_ms() { return quantile_ms(ask_ns_, 0.99); }
  std::uint64_t batches = 0, polled = 0;

 private:
  std::int64_t due(std::int64_t i) const { return begin_ns_ + i * (1'000'000'000 / plan_.rate); }
  bool over() const { return now_ns() > due(total_); }

  void produce() {
    for (int i = 0; i < total_; ++i) {
      sleep_until(due(i));
      Append one{events.name(),
                 {"key " + std::to_string(i % 100), encoded(std::int64_t{i}), {}, {}}};
      while (!engine_->append(one)) std::this_thread::yield();
    }
  }

  Position take(Position from, const std::function<void(const Positioned&)>& visit,
                std::size_t records_max = 4096) {
    const std::array<std::string, 1> topics{events.name()};
    auto read = engine_->fetch(topics, from, records_max, 4U << 20U).value();
    for (const auto& record : read.records) visit(record);
    return read.next;
  }

  void push() {
    Position from{1};
    std::int64_t seen = 0;
    while (seen < total_) {
      const auto before = commits_.load();
      from = take(from, [&](const Positioned& record) {
        push_ns_.push_back(now_ns() - due(*decoded<std::int64_t>(record.record.value)));
        ++seen;
      });
      if (from >= engine_->committed_end() && seen < total_) commits_.wait(before);
    }
  }

  void poll() {
    Position from{1};
    while (!over()) {
      std::this_thread::sleep_for(std::chrono::seconds(1));
      from = take(
          from, [&](const Positioned&) { ++polled; }, 1'000'000);
    }
  }

  void batch() {
    const App app = sums_app();
    while (!over()) {
      std::vector<std::unique_ptr<BoundedSource>> inputs;
      inputs.push_back(from_log(real_env().disk, plan_.folder, events).value());
      VT_CHECK(run_bounded(app, std::move(inputs)).has_value());
      ++batches;
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
  }

  void ask() {
    const Bytes key = encoded(std::string("key 7"));
    for (int i = 0; !over(); ++i) {
      const auto scheduled = begin_ns_ + i * 10'000'000;  // 100 questions a second
      sleep_until(scheduled);
      (void)engine_->state_get("sums", key);
      ask_ns_.push_back(now_ns() - scheduled);
    }
  }

  void crawl() {
    Position from{1};
    while (!over()) {
      from = take(
          from, [](const Positioned&) {}, 1);
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
  }

  const Load& plan_;
  const bool with_slow_;
  const int total_;
  App app_ = sums_app();
  std::unique_ptr<Engine> engine_;
  std::uint64_t token_ = 0;
  std::atomic<std::uint64_t> commits_{0};
  std::int64_t begin_ns_ = 0;
  std::vector<std::int64_t> push_ns_, ask_ns_;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void figure(const char* name, const std::vector<double>& alone, const std::vector<double>& beside) {
  std::printf("figure %s_p99_ms %.3f ms\n", name, median(alone));
  std::printf("figure %s_p99_with_slow_reader_ms %.3f ms\n", name, median(beside));
  std::printf("figure %s_slow_reader_ratio %.3f ratio\n", name, median(beside) / median(alone));
}

}  // namespace

int main(int argc, char** argv) {
  Load plan;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--rate")
      plan.rate = std::max(1, std::atoi(argv[i + 1]));
    else if (name == "--seconds")
      plan.seconds = std::max(1, std::atoi(argv[i + 1]));
    else if (name == "--rounds")
      plan.rounds = std::max(1, std::atoi(argv[i + 1]));
    else if (name == "--folder")
      plan.folder = argv[i + 1];
  }
  std::vector<double> push[2], ask[2];
  for (int i = 0; i < 2 * plan.rounds; ++i) {
    const bool slow = i % 2 == 1;
    Round round{plan, slow};
    round.run();
    push[slow].push_back(round.push_p99_ms());
    ask[slow].push_back(round.ask_p99_ms());
    std::printf("%s: push p99 %.2f ms, ask p99 %.2f ms, polled %llu, bounded runs %llu\n",
                slow ? "with a slow reader" : "without", push[slow].back(), ask[slow].back(),
                static_cast<unsigned long long>(round.polled),
                static_cast<unsigned long long>(round.batches));
  }
  figure("push", push[0], push[1]);
  figure("request", ask[0], ask[1]);
  std::filesystem::remove_all(plan.folder);
  return 0;
}
