#pragma once
// Server time: the wall clock, held where it was whenever the clock goes back, so that timestamps
// never run backwards within a journal. One for all shards of an engine. Threads: any.
#include <atomic>
#include <cstdint>
#include <limits>

#include "base/env.h"

namespace vitrine {

// Of a monotonic clock, for what has not happened yet: its zero is when the machine was started,
// which may have been just now.
inline constexpr std::int64_t kLongAgo = std::numeric_limits<std::int64_t>::min() / 2;

class ServerClock {
 public:
  explicit ServerClock(const Clock& clock) : clock_(clock) {}

  Time now() {
    not_before(clock_.now());
    return time_of_millis(latest_.load(std::memory_order_acquire));
  }
  void not_before(Time time) {  // after a restart: the last recorded time
    const std::int64_t millis = millis_of(time);
    std::int64_t known = latest_.load(std::memory_order_relaxed);
    while (known < millis &&
           !latest_.compare_exchange_weak(known, millis, std::memory_order_acq_rel)) {
    }
  }
  std::int64_t monotonic_nanos() const { return clock_.monotonic_nanos(); }

 private:
  const Clock& clock_;
  std::atomic<std::int64_t> latest_{0};
};

}  // namespace vitrine
