#include "eval/text_walk.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "base/env.h"
#include "eval/scores.h"
#include "learn/core/random.h"
#include "learn/core/snapshot.h"

namespace vitrine::eval {
namespace {

constexpr std::uint64_t kOrderModel = 0x6F72646572ULL, kChoiceModel = 0x63686F6963ULL;

learn::TextClassifierOptions options_of(int classes, const Parameters& p) {
  learn::TextClassifierOptions options;
  options.classes = classes;
  options.features = {.bits = kTextBits,
                      .chars_min = p.whole("chars_min"),
                      .chars_max = p.whole("chars_max"),
                      .across_words = p.get("across_words") != 0,
                      .words_max = p.whole("words_max")};
  options.ftrl = {.bits = kTextBits,
                  .alpha = p.get("alpha"),
                  .beta = p.get("beta"),
                  .l1 = p.get("l1"),
                  .l2 = p.get("l2")};
  options.fold_case = p.get("fold_case") != 0;
  options.spellings = p.get("spellings") != 0;
  options.shape = p.get("shape") != 0;
  options.weight_of_true = p.get("weight_of_true");
  return options;
}

// Place i of pass `pass` in an order that takes every row once: a step without a divisor in common
// with their number, from a start of its own.
std::size_t place_in_order(std::size_t i, std::size_t pass, std::size_t rows) {
  learn::Draws draws{kOrderModel, pass};
  const std::size_t start = draws.below(rows);
  std::size_t stride = rows > 2 ? 1 + draws.below(rows - 1) : 1;
  while (std::gcd(stride, rows) != 1) ++stride;
  return (start + i * stride) % rows;
}

double one_of(learn::Draws& draws, std::initializer_list<double> values) {
  return *(values.begin() + draws.below(values.size()));
}

Parameters drawn(std::uint64_t number) {
  learn::Draws draws{kChoiceModel, number};
  Parameters p;
  p.set("chars_min", one_of(draws, {1, 2, 3}));
  p.set("chars_max", one_of(draws, {3, 4, 5, 6}));
  p.set("across_words", one_of(draws, {0, 1}));
  p.set("words_max", one_of(draws, {0, 1, 2}));
  p.set("alpha", one_of(draws, {0.1, 0.3, 1, 3}));
  p.set("beta", one_of(draws, {0.1, 1}));
  p.set("l1", one_of(draws, {0, 0.003, 0.01, 0.03}));
  p.set("l2", one_of(draws, {0, 0.01, 0.1, 1}));
  p.set("passes", one_of(draws, {2, 4, 8}));
  p.set("fold_case", one_of(draws, {0, 1}));
  p.set("spellings", one_of(draws, {0, 1}));
  p.set("shape", one_of(draws, {0, 1}));
  p.set("weight_of_true", one_of(draws, {1, 1.5, 2}));
  return p;
}

// The threshold under which the two classes are told apart best, with what it gives.
std::pair<double, double> best_threshold(const std::vector<double>& margins,
                                         const std::vector<int>& so, const Quality& quality) {
  std::pair<double, double> best{-1, 0};
  for (double threshold = -2; threshold <= 2.001; threshold += 0.1) {
    const double found = quality(decide(margins, 2, threshold), so);
    if (found > best.first) best = {found, threshold};
  }
  return best;
}

}  // namespace

TextWalk::TextWalk(const Examples& train, const Examples& test, int classes,
                   const Parameters& parameters)
    : train_(train),
      test_(test),
      passes_(static_cast<std::size_t>(parameters.whole("passes"))),
      model_(options_of(classes, parameters)) {}

Result<void> TextWalk::step(std::size_t i, Bytes& scores) {
  if (i < passes_ * train_.size()) {
    const std::size_t pass = i / train_.size();
    const Example& row = train_[place_in_order(i % train_.size(), pass, train_.size())];
    model_.learn(row.text, row.truth, row.extra);
    return {};
  }
  const Example& row = test_[i - passes_ * train_.size()];
  const std::int64_t from = real_env().clock.monotonic_nanos();
  const auto margins = model_.margins(row.text, row.extra);
  micros_.push_back(static_cast<double>(real_env().clock.monotonic_nanos() - from) / 1000);
  for (const double margin : margins) learn::put_double(scores, margin);
  return {};
}

std::vector<double> margins_of(const Bytes& scores) {
  std::vector<double> margins;
  for (ByteReader reader{scores}; !reader.at_end();) margins.push_back(learn::read_double(reader));
  return margins;
}

std::vector<int> decide(const std::vector<double>& margins, int classes, double threshold) {
  std::vector<int> said;
  if (classes == 2) {
    for (const double margin : margins) said.push_back(margin > threshold ? 1 : 0);
    return said;
  }
  for (auto row = margins.begin(); row != margins.end(); row += classes)
    said.push_back(static_cast<int>(std::max_element(row, row + classes) - row));
  return said;
}

double f1_of_true(const std::vector<int>& said, const std::vector<int>& so) {
  Counts counts;
  for (std::size_t i = 0; i < said.size(); ++i) counts.add(said[i] == 1, so[i] == 1);
  return counts.f1();
}

Result<Parameters> choose_text(const Examples& train, int classes, std::uint32_t folds, int tries,
                               const Quality& quality) {
  Parameters best;
  double best_quality = -1;
  for (int number = 0; number < tries; ++number) {
    Parameters parameters = drawn(static_cast<std::uint64_t>(number));
    std::vector<double> margins;
    std::vector<int> so;
    for (std::uint32_t fold = 0; fold < folds; ++fold) {
      Examples others, own;
      for (const Example& row : train) (row.fold == fold ? own : others).push_back(row);
      TextWalk walk{others, own, classes, parameters};
      VT_TRY(const Bytes scores, walk_once(walk));
      for (const double margin : margins_of(scores)) margins.push_back(margin);
      for (const Example& row : own) so.push_back(row.truth);
    }
    double found = 0;
    if (classes == 2) {
      const auto [value, threshold] = best_threshold(margins, so, quality);
      found = value;
      parameters.set("threshold", threshold);
    } else {
      found = quality(decide(margins, classes, 0), so);
    }
    if (found > best_quality) best = parameters;
    best_quality = std::max(best_quality, found);
    std::fprintf(stderr, "try %d of %d: %.4f, best %.4f\n", number + 1, tries, found, best_quality);
  }
  return best;
}

}  // namespace vitrine::eval
