#pragma once
// Has a stream of numbers changed? Two tests that forget nothing and keep a handful of numbers.
//
// Sources: Page, "Continuous inspection schemes", Biometrika 1954; Hinkley, "Inference about the
// change-point from cumulative sum tests", Biometrika 1971. Cost: a few additions a number. Memory:
// constant.
#include <cstdint>
#include <tuple>

#include "base/bytes.h"
#include "base/result.h"

namespace vitrine::learn {

struct PageHinkleyOptions {
  double slack = 0.005;   // changes of the mean that do not matter
  double threshold = 50;  // how much must add up before it is called a change
  std::uint64_t numbers_min = 30;
};

// Tells when the mean of its numbers (errors, log losses) has risen. The reference is the mean of
// all numbers since the last change, so that no target need be known.
class PageHinkley {
 public:
  explicit PageHinkley(const PageHinkleyOptions& options = {}) : options_(options) {}

  // True when the mean has risen; it then begins anew.
  bool add(double number);
  double risen() const { return sum_ - lowest_; }
  std::uint64_t numbers() const { return numbers_; }
  double mean() const { return mean_; }

  // Everything, options included: to keep it as a row of state.
  auto fields() {
    return std::tie(options_.slack, options_.threshold, options_.numbers_min, numbers_, mean_,
                    sum_, lowest_);
  }
  Bytes snapshot() const;
  static Result<PageHinkley> restore(BytesView snapshot);

 private:
  PageHinkleyOptions options_;
  std::uint64_t numbers_ = 0;
  double mean_ = 0, sum_ = 0, lowest_ = 0;
};

struct CusumOptions {
  double slack = 0.5;  // in the unit of the numbers: half the shift that should be seen
  double threshold = 5;
};

enum class Shift { None, Up, Down };

// Tells when numbers have left a target that the caller knows, and to which side.
class Cusum {
 public:
  explicit Cusum(const CusumOptions& options = {}) : options_(options) {}

  // `off`: the number less its target. After a shift both sums begin anew.
  Shift add(double off);
  double up() const { return up_; }
  double down() const { return down_; }

  Bytes snapshot() const;
  static Result<Cusum> restore(BytesView snapshot);

 private:
  CusumOptions options_;
  double up_ = 0, down_ = 0;
};

}  // namespace vitrine::learn
