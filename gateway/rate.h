#pragma once
// Token buckets: how often one identity may do one thing. Bounded: full buckets are forgotten, they
// are worth nothing.
#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/time.h"

namespace vitrine::gateway {

struct Rate {
  double per_second = 20;
  double burst = 40;
};

class RateLimiter {
 public:
  explicit RateLimiter(Rate rate, std::size_t identities_max = 50'000)
      : rate_(rate), identities_max_(identities_max) {}

  // 0 when it may go on, else after how many seconds to try again (at least 1).
  int take(const std::string& identity, Time now) {
    if (buckets_.size() >= identities_max_) forget_full(now);
    auto [found, inserted] = buckets_.try_emplace(identity, Bucket{rate_.burst, now});
    Bucket& bucket = found->second;
    refill(bucket, now);
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return 0;
    }
    return 1 + static_cast<int>((1 - bucket.tokens) / rate_.per_second);
  }

 private:
  struct Bucket {
    double tokens;
    Time at;
  };
  void refill(Bucket& bucket, Time now) const {
    if (now <= bucket.at) return;
    const double seconds = static_cast<double>((now - bucket.at).count()) / 1000;
    bucket.tokens = std::min(rate_.burst, bucket.tokens + seconds * rate_.per_second);
    bucket.at = now;
  }
  void forget_full(Time now) {
    for (auto it = buckets_.begin(); it != buckets_.end();) {
      refill(it->second, now);
      it = it->second.tokens >= rate_.burst ? buckets_.erase(it) : std::next(it);
    }
    if (buckets_.size() >= identities_max_) buckets_.clear();
  }
  Rate rate_;
  std::size_t identities_max_;
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace vitrine::gateway
