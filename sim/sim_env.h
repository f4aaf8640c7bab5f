#pragma once
// An Env from a seed: a clock that moves only when told, randomness that repeats, and whichever
// disk the test wants.
#include <atomic>

#include "base/env.h"

namespace vitrine::sim {

// SplitMix64: small, repeatable on every machine, good enough to choose faults.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override {
    std::uint64_t z = state_.fetch_add(0x9E3779B97F4A7C15ULL) + 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
  }
  // In [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

 private:
  std::atomic<std::uint64_t> state_;
};

class ManualClock final : public Clock {
 public:
  Time now() const override { return time_of_millis(nanos_.load() / 1'000'000 + jumped_.load()); }
  std::int64_t monotonic_nanos() const override { return nanos_.load(); }
  void advance(Duration by) { nanos_ += by.count() * 1'000'000; }
  // Somebody sets the wall clock, forward or back; monotonic time knows nothing of it.
  void jump(Duration by) { jumped_ += by.count(); }

 private:
  std::atomic<std::int64_t> nanos_{0};
  std::atomic<std::int64_t> jumped_{0};  // ms
};

// Shows what it was set to; its monotonic time begins with it, as on a machine that has just been
// switched on.
class SetClock final : public Clock {
 public:
  explicit SetClock(Time now = Time{}) : now_(now) {}
  Time now() const override { return now_; }
  std::int64_t monotonic_nanos() const override {
    return real_env().clock.monotonic_nanos() - begun_nanos_;
  }
  void set(Time now) { now_ = now; }

 private:
  std::atomic<Time> now_;
  const std::int64_t begun_nanos_ = real_env().clock.monotonic_nanos();
};

}  // namespace vitrine::sim
