#pragma once
// What a model is seen doing, for /metrics. Told to people and deciding nothing, so it may look at
// a clock. One call in kTimedEvery is timed. Threads: one an object; objects share the figures.
#include <cstdint>
#include <string_view>

#include "base/metrics.h"

namespace vitrine::models {

std::int64_t meter_nanos();

class Meter {
 public:
  static constexpr std::uint64_t kTimedEvery = 8;
  explicit Meter(std::string_view model);

  // f(): something that has a value or not.
  template <class F>
  auto scored(F&& f) {
    const bool timed = ++calls_ % kTimedEvery == 0;
    const std::int64_t began = timed ? meter_nanos() : 0;
    auto score = f();
    if (timed) latency_->record(static_cast<std::uint64_t>(meter_nanos() - began));
    scored_->add();
    if (!score) silent_->add();
    return score;
  }
  void version(std::int64_t active, std::int64_t shadow) {
    version_->set(active);
    shadow_->set(shadow);
  }
  void apart() { apart_->add(); }
  void drifted() { drifts_->add(); }

 private:
  std::uint64_t calls_ = 0;
  Histogram* latency_;
  Counter *scored_, *silent_, *apart_, *drifts_;
  Gauge *version_, *shadow_;
};

}  // namespace vitrine::models
