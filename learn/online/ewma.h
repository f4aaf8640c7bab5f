#pragma once
// The mean of the recent, where recent fades: a number as old as the half-life counts half. Time is
// the records' own, so a replay sees the same trend.
//
// Source: Roberts, "Control chart tests based on geometric moving averages", Technometrics 1959;
// for numbers at uneven times, both sum and weight fade. Cost: two exponentials a number, 20 ns.
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace vitrine::learn {

class Ewma {
 public:
  explicit Ewma(std::int64_t half_life_ms);

  // Late numbers count as if they came now: time never runs backwards.
  void add(std::int64_t at_ms, double number, double weight = 1);
  double mean() const;  // 0 before the first number
  // How much has come of late, faded to `at_ms`: with weight 1, the number of recent records.
  double weight(std::int64_t at_ms) const;
  // The weight a steady stream of one number a second would have, to make rates of weights.
  double weight_of_one_a_second() const;

  Bytes snapshot() const;
  static Result<Ewma> restore(BytesView snapshot);

 private:
  double fading(std::int64_t at_ms) const;

  std::int64_t half_life_ms_;
  std::int64_t last_ms_ = 0;
  double sum_ = 0, weight_ = 0;
};

// Where a mean is going: that of the last while less that of the longer while around it.
class Trend {
 public:
  Trend(std::int64_t fast_ms, std::int64_t slow_ms) : fast_(fast_ms), slow_(slow_ms) {}
  void add(std::int64_t at_ms, double number, double weight = 1) {
    fast_.add(at_ms, number, weight);
    slow_.add(at_ms, number, weight);
  }
  double level() const { return fast_.mean(); }
  double baseline() const { return slow_.mean(); }
  double change() const { return fast_.mean() - slow_.mean(); }
  double recent(std::int64_t at_ms) const { return fast_.weight(at_ms); }

  Bytes snapshot() const;
  static Result<Trend> restore(BytesView snapshot);

 private:
  Ewma fast_, slow_;
};

}  // namespace vitrine::learn
