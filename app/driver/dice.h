#pragma once
// Chance from a seed: the same seed draws the same viewers, words and baskets in the same order.
#include <cmath>
#include <cstdint>
#include <string>

namespace vitrine::driver {

// SplitMix64. Threads: one owner.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }  // n > 0
  double unit() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }           // [0, 1)
  bool chance(double p) { return unit() < p; }

  // Milliseconds to the next of events that come `per_second` on average, each independent of the
  // others.
  double wait_ms(double per_second) { return -std::log(1.0 - unit()) * 1000.0 / per_second; }

 private:
  std::uint64_t state_;
};

}  // namespace vitrine::driver
