#pragma once
// Counters, gauges and histograms, printed in the Prometheus text format.
//
// A metric is made once (by name and one optional label) and lives as long as the process; the
// reference may be kept. Threads: any; updates are relaxed atomics. Names:
// vitrine_<room>_<noun>_<unit>, counters end in _total.
#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace vitrine {

class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(std::int64_t v) { value_.store(v, std::memory_order_relaxed); }
  void add(std::int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// Durations in nanoseconds, in buckets that grow by a quarter octave (about 19 %): quantiles are
// right to within 10 %.
class Histogram {
 public:
  void record(std::uint64_t nanos);
  std::uint64_t count() const;
  std::uint64_t sum_nanos() const { return sum_.load(std::memory_order_relaxed); }
  std::uint64_t quantile(double q) const;  // nanoseconds; 0 when empty; q in [0, 1]
  std::uint64_t max() const { return max_.load(std::memory_order_relaxed); }
  void reset();

 private:
  static constexpr std::size_t kBuckets = 256;
  std::array<std::atomic<std::uint64_t>, kBuckets> buckets_{};
  std::atomic<std::uint64_t> sum_{0};
  std::atomic<std::uint64_t> max_{0};
};

Counter& counter(std::string_view name, std::string_view help, std::string_view label = {},
                 std::string_view label_value = {});
Gauge& gauge(std::string_view name, std::string_view help, std::string_view label = {},
             std::string_view label_value = {});
Histogram& histogram(std::string_view name, std::string_view help, std::string_view label = {},
                     std::string_view label_value = {});

// Everything registered, sorted by name: histograms as summaries with quantiles 0.5, 0.99, 0.999 in
// seconds.
std::string prometheus_text();

}  // namespace vitrine
