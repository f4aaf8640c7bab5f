#pragma once
// Which of several candidates is it? A small network scores each from the features it has, and the
// scores compete in a softmax: P(candidate) = e^score / sum of all e^score.
//
// score(x) = w.x + v.s(W x + b), s(y) = y / (1 + |y|); all features have the value 1. The hidden
// part sees only the first `dense` inputs; the linear part sees all, hashed ones too. Learnt by the
// gradient of -log P(truth), with a rate of its own for each weight.
//
// Sources: softmax ranking as in Cao et al., "Learning to rank", ICML 2007; rates by Duchi, Hazan,
// Singer: "Adaptive subgradient methods", JMLR 2011 (AdaGrad). Cost: 20 features, 32 hidden units:
// 0.7 us a candidate to score, 2 us to learn. Memory: 24 bytes x (inputs + dense x hidden).
// Sums run in the order of candidates and features: the same bits always.
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace vitrine::learn {

struct RankerOptions {
  std::uint32_t inputs = 1024;  // features are below it
  std::uint32_t dense = 1024;   // those below this one feed the hidden units
  std::uint32_t hidden = 32;    // 0: linear
  double rate = 0.05;
  double decay = 0;         // part of a weight that is lost each time it is changed
  std::uint64_t model = 1;  // first weights are drawn for it
};

class Ranker {
 public:
  using Candidate = std::vector<std::uint16_t>;  // its features, in a fixed order

  explicit Ranker(const RankerOptions& options);

  // One score a candidate, of as many as there are.
  std::span<const double> scores(std::span<const Candidate> candidates);
  // The best; of equal ones the first. 0 when there is none.
  std::size_t best(std::span<const Candidate> candidates);
  // `truths`: places of the right ones, at least one. Their probability together is raised.
  void learn(std::span<const Candidate> candidates, std::span<const std::size_t> truths);

  Bytes snapshot() const;
  // Of an object with the same options.
  Result<void> restore(BytesView snapshot);

 private:
  // A weight and the sum of its squared gradients.
  struct Weight {
    double value = 0;
    double squares = 0;
    double gradient = 0;  // of the example being learnt; else 0
  };
  double score(const Candidate& candidate, double* units) const;
  void descend(Weight& weight) const;
  void add_gradients(const Candidate& candidate, double slope, const double* units);
  void descend_all();

  RankerOptions options_;
  std::vector<Weight> linear_;  // w, one an input
  std::vector<Weight> layer_;   // W, `hidden` a dense input
  std::vector<Weight> bias_;    // b
  std::vector<Weight> out_;     // v
  std::vector<double> scores_, units_;
  std::vector<std::uint16_t> touched_;  // inputs that have gradients, in the order met
  std::vector<bool> is_touched_;
};

}  // namespace vitrine::learn
