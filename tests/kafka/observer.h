#pragma once
// A reader of committed word counts that looks at the time: how long each partition gave nothing.
#include <array>
#include <functional>
#include <mutex>
#include <optional>

#include "tests/kafka/kit.h"

namespace vitrine::kafka_test {

using Steady = std::chrono::steady_clock;

// Threads: one of its own reads; the rest may be called by any.
class Observer {
 public:
  static constexpr std::uint32_t kPartitions = 8;

  explicit Observer(const KafkaSettings& kafka)
      : consumer_(sure(kafka::Consumer::open(kafka, kafka.prefix + "observer", {}))) {
    std::vector<kafka::TopicPartition> all;
    for (std::uint32_t one = 0; one < kPartitions; ++one)
      all.push_back({kafka.prefix + "word-counts", one});
    sure(consumer_->add(all));
    thread_ = std::thread([this] {
      while (!stop_) read();
    });
  }
  ~Observer() {
    stop_ = true;
    thread_.join();
  }
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  std::uint64_t records() const { return records_; }
  // Of all partitions, since this was asked before; a gap that lasts counts as far as it has come.
  Millis longest_gap() {
    const std::lock_guard lock(mutex_);
    const auto now = Steady::now();
    Steady::duration out{};
    for (Seen& one : seen_) {
      if (one.last) out = std::max({out, one.longest, now - *one.last});
      one.longest = {};
    }
    return std::chrono::duration_cast<Millis>(out);
  }
  // Each partition has given something since then.
  bool all_moved(Steady::time_point since) const {
    const std::lock_guard lock(mutex_);
    return std::all_of(seen_.begin(), seen_.end(),
                       [&](const Seen& one) { return one.last && *one.last > since; });
  }

 private:
  struct Seen {
    std::optional<Steady::time_point> last;
    Steady::duration longest{};
  };

  void read() {
    constexpr std::size_t kRecords = 10'000;
    constexpr int kWaitMillis = 50;
    const auto messages = consumer_->fetch(kRecords, kWaitMillis);
    const auto now = Steady::now();
    const std::lock_guard lock(mutex_);
    for (const rd_kafka_message_t* message : messages) {
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      Seen& one = seen_.at(static_cast<std::size_t>(message->partition));
      if (one.last) one.longest = std::max(one.longest, now - *one.last);
      one.last = now;
      ++records_;
    }
  }

  const std::unique_ptr<kafka::Consumer> consumer_;
  std::atomic<std::uint64_t> records_{0};
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;  // guards the next
  std::array<Seen, kPartitions> seen_;
  std::thread thread_;
};

inline bool comes_true(const std::function<bool()>& what, std::chrono::seconds within) {
  for (const auto until = Steady::now() + within; !what();) {
    if (Steady::now() > until) return false;
    std::this_thread::sleep_for(Millis{20});
  }
  return true;
}

}  // namespace vitrine::kafka_test
