#include "base/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>

#include "base/exposition.h"
#include "base/result.h"

namespace vitrine {
namespace {

// Bucket 4o+q holds [2^(o+q/4), 2^(o+(q+1)/4)): the octave o is the highest bit's place, the
// quarter q is found by holding the value, scaled to [1, 2), against the quarter powers of two.
constexpr std::array<std::uint64_t, 3> kQuarterPowers = {
    5484249825272419511ULL, 6521908912666391106ULL, 7755900482342532474ULL};  // × 2^62

std::size_t bucket_of(std::uint64_t nanos) {
  if (nanos == 0) return 0;
  const auto top = static_cast<unsigned>(63 - __builtin_clzll(nanos));
  const std::uint64_t scaled = top <= 62 ? nanos << (62U - top) : nanos >> 1U;
  std::size_t quarter = 0;
  while (quarter < 3 && scaled >= kQuarterPowers[quarter]) ++quarter;
  return top * 4U + quarter;
}

std::uint64_t middle_of(std::size_t bucket) {
  return static_cast<std::uint64_t>(
      std::llround(std::exp2((static_cast<double>(bucket) + 0.5) / 4.0)));
}

// Guards the three maps below; taken when a metric is made and when all are printed, never on
// update.
template <class Metric>
struct Family {
  std::string help;
  std::string label;
  std::map<std::string, std::unique_ptr<Metric>, std::less<>> by_label_value;
};

struct Registry {
  std::mutex mutex;
  std::map<std::string, Family<Counter>, std::less<>> counters;
  std::map<std::string, Family<Gauge>, std::less<>> gauges;
  std::map<std::string, Family<Histogram>, std::less<>> histograms;
};

Registry& registry() {
  static auto* const instance =
      new Registry;  // never destroyed: threads may count until the very end
  return *instance;
}

template <class Metric>
Metric& find_or_make(std::map<std::string, Family<Metric>, std::less<>>& families,
                     std::string_view name, std::string_view help, std::string_view label,
                     std::string_view label_value) {
  const std::lock_guard guard{registry().mutex};
  auto& family = families[std::string(name)];
  if (family.help.empty()) {
    family.help = help;
    family.label = label;
  }
  VT_CHECK_MSG(family.label == label, name);  // one name has one label
  auto& metric = family.by_label_value[std::string(label_value)];
  if (!metric) metric = std::make_unique<Metric>();
  return *metric;
}

}  // namespace

void Histogram::record(std::uint64_t nanos) {
  buckets_[bucket_of(nanos)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(nanos, std::memory_order_relaxed);
  std::uint64_t seen = max_.load(std::memory_order_relaxed);
  while (nanos > seen && !max_.compare_exchange_weak(seen, nanos, std::memory_order_relaxed)) {
  }
}

std::uint64_t Histogram::count() const {
  std::uint64_t total = 0;
  for (const auto& bucket : buckets_) total += bucket.load(std::memory_order_relaxed);
  return total;
}

std::uint64_t Histogram::quantile(double q) const {
  const std::uint64_t total = count();
  if (total == 0) return 0;
  const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(total));
  const std::uint64_t rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wanted));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += buckets_[i].load(std::memory_order_relaxed);
    if (seen >= rank) return std::min(middle_of(i), max());
  }
  return max();
}

void Histogram::reset() {
  for (auto& bucket : buckets_) bucket.store(0, std::memory_order_relaxed);
  sum_.store(0, std::memory_order_relaxed);
  max_.store(0, std::memory_order_relaxed);
}

Counter& counter(std::string_view name, std::string_view help, std::string_view label,
                 std::string_view label_value) {
  return find_or_make(registry().counters, name, help, label, label_value);
}

Gauge& gauge(std::string_view name, std::string_view help, std::string_view label,
             std::string_view label_value) {
  return find_or_make(registry().gauges, name, help, label, label_value);
}

Histogram& histogram(std::string_view name, std::string_view help, std::string_view label,
                     std::string_view label_value) {
  return find_or_make(registry().histograms, name, help, label, label_value);
}

std::string prometheus_text() {
  Exposition out;
  const std::lock_guard guard{registry().mutex};
  for (const auto& [name, family] : registry().counters) {
    for (const auto& [value, metric] : family.by_label_value)
      out.counter(name, family.help, {{family.label, value}}, metric->value());
  }
  for (const auto& [name, family] : registry().gauges) {
    for (const auto& [value, metric] : family.by_label_value)
      out.gauge(name, family.help, {{family.label, value}}, metric->value());
  }
  for (const auto& [name, family] : registry().histograms) {
    for (const auto& [value, metric] : family.by_label_value)
      out.summary(name, family.help, {{family.label, value}}, *metric);
  }
  return out.text();
}

}  // namespace vitrine
