#pragma once
// What the evaluations of text classifiers share: learn the training rows in some passes, each in
// an order of its own, then score the test rows; and the choice of parameters on folds.
#include <functional>
#include <string>
#include <vector>

#include "eval/parameters.h"
#include "eval/task.h"
#include "eval/walk.h"
#include "learn/models/text_classifier.h"

namespace vitrine::eval {

struct Example {
  std::string text;
  int truth = 0;
  std::uint32_t fold = 0;   // for choosing
  learn::Features extra{};  // places below 2^kTextBits
};
using Examples = std::vector<Example>;
struct Split {
  Examples train, test;
};

inline constexpr int kTextBits = 18;

class TextWalk : public Walk {
 public:
  TextWalk(const Examples& train, const Examples& test, int classes, const Parameters& parameters);
  std::size_t steps() const override { return passes_ * train_.size() + test_.size(); }
  Result<void> step(std::size_t i, Bytes& scores) override;
  Bytes snapshot() const override;
  Result<void> restore(BytesView snapshot) override;

  // How long each test row took, in microseconds.
  const std::vector<double>& micros() const { return micros_; }

 private:
  const Examples& train_;
  const Examples& test_;
  std::size_t passes_;
  std::vector<learn::TextClassifier> voters_;
  std::vector<double> micros_;
};

// The margins of every test row, in the scores' order; `classes` of them, or one of two.
std::vector<double> margins_of(const Bytes& scores);

// Of two classes: the rows above the parameters' threshold are class 1. Of three: the class with
// the greatest margin, to which the parameters lean_0 and lean_2 add for the first and the last.
std::vector<int> decide(const std::vector<double>& margins, int classes, const Parameters&);

// How good decisions are, for choosing: `said` and `so` of all rows.
using Quality = std::function<double(const std::vector<int>& said, const std::vector<int>& so)>;

double f1_of_true(const std::vector<int>& said, const std::vector<int>& so);

// Tries parameters drawn at random (always the same ones) on folds 0 to `folds` - 1 of the training
// rows: each fold is scored by models that learnt the others. Sets the best, with the threshold or
// the leanings that were best. `voters`: how many models judge together.
Result<Parameters> choose_text(const Examples& train, int classes, std::uint32_t folds, int tries,
                               int voters, const Quality& quality);

}  // namespace vitrine::eval
