#include "eval/scores.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/result.h"

namespace vitrine::eval {
namespace {

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

void Counts::add(bool said, bool so) {
  right += said && so ? 1 : 0;
  wrong += said && !so ? 1 : 0;
  missed += !said && so ? 1 : 0;
}
double Counts::precision() const { return ratio(right, right + wrong); }
double Counts::recall() const { return ratio(right, right + missed); }
double Counts::f1() const { return ratio(2 * right, 2 * right + wrong + missed); }

double macro_f1(std::span<const int> said, std::span<const int> so, int classes) {
  VT_CHECK(said.size() == so.size() && classes > 0);
  double sum = 0;
  for (int c = 0; c < classes; ++c) {
    Counts counts;
    for (std::size_t i = 0; i < said.size(); ++i) counts.add(said[i] == c, so[i] == c);
    sum += counts.f1();
  }
  return sum / classes;
}

double auc(std::span<const double> scores, std::span<const bool> positive) {
  VT_CHECK(scores.size() == positive.size());
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
  double wins = 0, negatives_below = 0, positives = 0;
  for (std::size_t from = 0; from < order.size();) {
    std::size_t to = from;
    double here_positive = 0, here_negative = 0;
    for (; to < order.size() && scores[order[to]] == scores[order[from]]; ++to)
      (positive[order[to]] ? here_positive : here_negative) += 1;
    wins += here_positive * (negatives_below + here_negative / 2);
    negatives_below += here_negative;
    positives += here_positive;
    from = to;
  }
  return positives == 0 || negatives_below == 0 ? 0.5 : wins / (positives * negatives_below);
}

double quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double rank = std::ceil(q * static_cast<double>(values.size()));
  return values[static_cast<std::size_t>(std::max(1.0, rank)) - 1];
}

}  // namespace vitrine::eval
