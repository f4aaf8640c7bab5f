#pragma once
// What would another policy have earned? Estimated from what a policy with known propensities did.
//
// Sources: inverse propensity scoring (Horvitz, Thompson 1952); self-normalised (Swaminathan,
// Joachims: "The self-normalized estimator for counterfactual learning", NIPS 2015); doubly robust
// (Dudik, Langford, Li, ICML 2011). IPS and DR are unbiased when the logged propensities are right
// and no action of the new policy has propensity zero; DR varies less the better its model is. The
// model must not have seen the outcome it is used on (test, then train).
//
// Incremental: a handful of sums, constant cost and memory. The half widths are those of a 95 %
// interval of the normal approximation, which is rough below some dozens of rewards.
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace vitrine::learn {

struct LoggedOutcome {
  double reward;
  double propensity;        // of the action taken, under the policy that took it; > 0
  double target;            // of the same action, under the policy in question
  double model_taken = 0;   // the reward the model expected of the action taken
  double model_target = 0;  // the reward the model expected of the policy in question
};

struct ValueEstimate {
  double value = 0;
  double half_width = 0;
  double standard_error() const { return half_width / 1.959963984540054; }
  bool covers(double truth) const {
    return truth >= value - half_width && truth <= value + half_width;
  }
};

class OffPolicy {
 public:
  void add(const LoggedOutcome& outcome);
  std::uint64_t count() const { return count_; }
  // So many outcomes of the policy itself would tell as much: (sum of w)^2 / sum of w^2, Kish 1965.
  double effective_count() const { return ww_ > 0 ? w_ * w_ / ww_ : 0; }
  ValueEstimate ips() const;
  ValueEstimate snips() const;
  ValueEstimate doubly_robust() const;

  Bytes snapshot() const;
  static Result<OffPolicy> restore(BytesView snapshot);

 private:
  ValueEstimate mean_of(double sum, double squares) const;

  std::uint64_t count_ = 0;
  // Sums of w, w^2, w r, (w r)^2, w^2 r, and of DR's terms and their squares.
  double w_ = 0, ww_ = 0, wr_ = 0, wrwr_ = 0, wwr_ = 0, dr_ = 0, drdr_ = 0;
};

}  // namespace vitrine::learn
