#pragma once
// Which of a few actions fits this context best, learnt from rewards while acting. Each action has
// a linear model; the uncertain ones are tried.
//
// Sources: Li, Chu, Langford, Schapire: "A contextual-bandit approach to personalized news article
// recommendation" (LinUCB, disjoint), WWW 2010. Agrawal, Goyal: "Thompson sampling for contextual
// bandits with linear payoffs", ICML 2013. The inverse is kept by Sherman and Morrison's formula.
//
// Propensities are exact, because the action is drawn from the very distribution that is told:
// LinUCB's is its best arm; Thompson's are the shares of `samples` sampled worlds in which an arm
// was best. Of both, `floor` is spread evenly over the arms allowed, so that no propensity is so
// small that a later off-policy estimate blows up. Draws are a function of (model, position).
//
// Cost, d dimensions: choose d^2 an arm (and `samples` normal numbers an arm), learn 2 d^2.
// Memory: arms x (d^2 + d) doubles, fixed.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace vitrine::learn {

enum class BanditMethod { Thompson, LinUcb };

struct LinearBanditOptions {
  BanditMethod method = BanditMethod::Thompson;
  std::uint32_t arms = 5;        // at most 100
  std::uint32_t dimensions = 8;  // at most 32
  std::uint64_t model = 1;       // whose draws these are
  double ridge = 1;
  double width = 0.5;  // how many deviations an unsure arm is trusted
  double floor = 0.02;
  std::uint32_t samples = 64;
};

struct BanditChoice {
  std::uint32_t arm;
  double propensity;
};

class LinearBandit {
 public:
  explicit LinearBandit(const LinearBanditOptions& options);

  // None when no arm is allowed. `allowed` has one entry an arm: what is out of stock, capped or
  // not offered is masked before anything is drawn. `position` is the record's, each used once.
  std::optional<BanditChoice> choose(std::span<const double> context,
                                     std::span<const std::uint8_t> allowed,
                                     std::uint64_t position) const;

  // The probabilities from which choose() draws; 0 for arms that are not allowed.
  std::vector<double> propensities(std::span<const double> context,
                                   std::span<const std::uint8_t> allowed,
                                   std::uint64_t position) const;

  void learn(std::uint32_t arm, std::span<const double> context, double reward);

  double expected(std::uint32_t arm, std::span<const double> context) const;

  Bytes snapshot() const;
  Result<void> restore(BytesView snapshot);  // of one with the same arms and dimensions

 private:
  struct Guess {
    double mean, deviation;
  };
  Guess guess(std::uint32_t arm, std::span<const double> context) const;
  std::size_t inverse_at(std::uint32_t arm) const {
    return std::size_t{arm} * options_.dimensions * options_.dimensions;
  }

  LinearBanditOptions options_;
  std::vector<double> inverses_;  // arm after arm, row after row
  std::vector<double> sums_;      // of context * reward, arm after arm
};

}  // namespace vitrine::learn
