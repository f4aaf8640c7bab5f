#pragma once
// Logistic regression over hashed features, learnt one example at a time by FTRL-proximal: each
// weight has its own falling rate, and weights that are not worth keeping are exactly zero.
//
// Source: McMahan et al., "Ad click prediction: a view from the trenches", KDD 2013, algorithm 1.
// Cost: predict about 3 ns a feature, learn 12 ns (two square roots). Memory: 2^bits x 24 bytes.
// Sums run in the order of the features, which are sorted: the same bits always.
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace vitrine::learn {

struct FtrlOptions {
  int bits = 18;
  double alpha = 0.3;  // the first rate
  double beta = 1;     // how long it stays
  double l1 = 0;       // weights below it are zero
  double l2 = 1;
};

class Ftrl {
 public:
  explicit Ftrl(const FtrlOptions& options);

  // Features are places below 2^bits, none twice; each has the value `value`.
  double margin(std::span<const std::uint32_t> features, double value) const;
  double predict(std::span<const std::uint32_t> features, double value) const;  // P(true)
  // Returns what predict would have said before.
  double learn(std::span<const std::uint32_t> features, double value, bool truth,
               double weight = 1);

  // 1 / sqrt(count): texts of every length weigh alike.
  static double even_value(std::size_t count);

  int bits() const { return options_.bits; }
  double weight(std::uint32_t place) const { return weights_[place]; }

  Bytes snapshot() const;
  static Result<Ftrl> restore(BytesView snapshot);

 private:
  void set_weight(std::uint32_t place);

  FtrlOptions options_;
  std::vector<double> z_, n_;    // the algorithm's sums
  std::vector<double> weights_;  // a function of both, kept because predicting is common
};

}  // namespace vitrine::learn
