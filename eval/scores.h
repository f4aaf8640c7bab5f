#pragma once
// The measures: exact, on whole lists, ties and all.
#include <cstdint>
#include <span>
#include <vector>

namespace vitrine::eval {

// Counts of one class.
struct Counts {
  std::int64_t right = 0;   // said and so
  std::int64_t wrong = 0;   // said, not so
  std::int64_t missed = 0;  // so, not said
  void add(bool said, bool so);
  double precision() const;  // 0 when nothing was said
  double recall() const;
  double f1() const;  // 0 when nothing was said rightly
};

// The mean of the classes' F1; `classes` of them, numbered from 0.
double macro_f1(std::span<const int> said, std::span<const int> so, int classes);

// The share of pairs (positive, negative) in which the positive has the higher score; ties half.
double auc(std::span<const double> scores, std::span<const bool> positive);

// The smallest value that at least the share q of all do not exceed; 0 of none.
double quantile(std::vector<double> values, double q);

}  // namespace vitrine::eval
