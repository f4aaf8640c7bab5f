#pragma once
// For the benches of the stream library: time, quantiles, Zipf's numbers, memory.
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/env.h"

namespace vitrine::bench {

inline std::int64_t now_ns() { return real_env().clock.monotonic_nanos(); }
inline double seconds_since(std::int64_t from_ns) {
  return static_cast<double>(now_ns() - from_ns) / 1e9;
}
inline void sleep_until(std::int64_t ns) {
  if (const auto wait = ns - now_ns(); wait > 0)
    std::this_thread::sleep_for(std::chrono::nanoseconds(wait));
}
inline double quantile_ms(std::vector<std::int64_t>& ns, double q) {
  if (ns.empty()) return 0;
  std::sort(ns.begin(), ns.end());
  return static_cast<double>(ns[static_cast<std::size_t>(q * static_cast<double>(ns.size() - 1))]) /
         1e6;
}

// SplitMix64 from a seed.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
  }
  double real() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

 private:
  std::uint64_t state_;
};

// Ranks from 0 with P(rank) ~ 1 / (rank + 1)^theta, by the method of Gray et al., "Quickly
// generating billion-record synthetic databases", SIGMOD 1994. O(n) once, O(1) a number.
class Zipf {
 public:
  Zipf(std::uint64_t n, double theta) : n_(n), theta_(theta) {
    for (std::uint64_t i = 1; i <= n; ++i) zeta_ += 1 / std::pow(static_cast<double>(i), theta);
    const double two = 1 + std::pow(0.5, theta);
    alpha_ = 1 / (1 - theta);
    eta_ = (1 - std::pow(2.0 / static_cast<double>(n), 1 - theta)) / (1 - two / zeta_);
  }
  std::uint64_t operator()(Numbers& numbers) const {
    const double u = numbers.real(), uz = u * zeta_;
    if (uz < 1) return 0;
    if (uz < 1 + std::pow(0.5, theta_)) return 1;
    return std::min(n_ - 1, static_cast<std::uint64_t>(static_cast<double>(n_) *
                                                       std::pow(eta_ * u - eta_ + 1, alpha_)));
  }

 private:
  std::uint64_t n_;
  double theta_, zeta_ = 0, alpha_ = 0, eta_ = 0;
};

// What the calling thread has had of a core until now, in seconds.
inline double own_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}
// What the threads whose name begins so have had of a core until now, in seconds. A thread that has
// ended is not counted.
inline double thread_seconds(const std::string& name) {
  double sum = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string comm;
    double nanos = 0;
    std::getline(std::ifstream(task.path() / "comm"), comm);
    if (!comm.starts_with(name)) continue;
    if (std::ifstream(task.path() / "schedstat") >> nanos) sum += nanos * 1e-9;
  }
  return sum;
}

// This process's memory: "VmRSS" now, "VmHWM" at most.
inline double memory_mib(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::stod(line.substr(field.size() + 1)) / 1024;
  }
  return 0;
}

}  // namespace vitrine::bench
