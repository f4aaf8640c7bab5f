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

// Place i of a voter's pass in an order that takes every row once: a step without a divisor in
// common with their number, from a start of its own.
std::size_t place_in_order(std::size_t i, std::size_t pass, std::size_t voter, std::size_t rows) {
  learn::Draws draws{kOrderModel + voter, pass};
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

// Sets what of the decision is chosen, not learnt, and returns the quality it gives.
double choose_decision(const std::vector<double>& margins, const std::vector<int>& so, int classes,
                       const Quality& quality, Parameters& parameters) {
  double best = -1;
  const auto consider = [&](const Parameters& candidate) {
    const double found = quality(decide(margins, classes, candidate), so);
    if (found > best) parameters = candidate;
    best = std::max(best, found);
  };
  Parameters candidate = parameters;
  for (int i = -20; i <= 20 && classes == 2; ++i) {
    candidate.set("threshold", i / 10.0);
    consider(candidate);
  }
  for (int i = 0; i < 121 && classes == 3; ++i) {
    candidate.set("lean_0", (i % 11 - 5) / 10.0);
    candidate.set("lean_2", (i / 11 - 5) / 10.0);
    consider(candidate);
  }
  return best;
}

}  // namespace

TextWalk::TextWalk(const Examples& train, const Examples& test, int classes,
                   const Parameters& parameters)
    : train_(train),
      test_(test),
      passes_(static_cast<std::size_t>(parameters.whole("passes"))),
      voters_(static_cast<std::size_t>(parameters.whole("voters")),
              learn::TextClassifier{options_of(classes, parameters)}) {}

Result<void> TextWalk::step(std::size_t i, Bytes& scores) {
  if (i < passes_ * train_.size()) {
    const std::size_t pass = i / train_.size();
    for (std::size_t voter = 0; voter < voters_.size(); ++voter) {
      const std::size_t place = place_in_order(i % train_.size(), pass, voter, train_.size());
      const Example& row = train_[place];
      voters_[voter].learn(row.text, row.truth, row.extra);
    }
    return {};
  }
  const Example& row = test_[i - passes_ * train_.size()];
  const std::int64_t from = real_env().clock.monotonic_nanos();
  std::vector<double> sums;
  for (learn::TextClassifier& voter : voters_) {
    const auto margins = voter.margins(row.text, row.extra);
    sums.resize(margins.size());
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += margins[k];
  }
  micros_.push_back(static_cast<double>(real_env().clock.monotonic_nanos() - from) / 1000);
  for (const double sum : sums)
    learn::put_double(scores, sum / static_cast<double>(voters_.size()));
  return {};
}

Bytes TextWalk::snapshot() const {
  Bytes out;
  for (const learn::TextClassifier& voter : voters_) put_bytes(out, voter.snapshot());
  return out;
}

Result<void> TextWalk::restore(BytesView snapshot) {
  ByteReader reader{snapshot};
  for (learn::TextClassifier& voter : voters_) VT_TRY_VOID(voter.restore(reader.bytes()));
  return learn::read_end(reader, "text walk");
}

std::vector<double> margins_of(const Bytes& scores) {
  std::vector<double> margins;
  for (ByteReader reader{scores}; !reader.at_end();) margins.push_back(learn::read_double(reader));
  return margins;
}

std::vector<int> decide(const std::vector<double>& margins, int classes, const Parameters& p) {
  std::vector<int> said;
  if (classes == 2) {
    for (const double margin : margins) said.push_back(margin > p.get("threshold") ? 1 : 0);
    return said;
  }
  VT_CHECK(classes == 3);
  for (std::size_t row = 0; row < margins.size(); row += 3) {
    const double first = margins[row] + p.get("lean_0"), last = margins[row + 2] + p.get("lean_2");
    const double middle = margins[row + 1];
    said.push_back(first >= middle && first >= last ? 0 : middle >= last ? 1 : 2);
  }
  return said;
}

double f1_of_true(const std::vector<int>& said, const std::vector<int>& so) {
  Counts counts;
  for (std::size_t i = 0; i < said.size(); ++i) counts.add(said[i] == 1, so[i] == 1);
  return counts.f1();
}

Result<Parameters> choose_text(const Examples& train, int classes, std::uint32_t folds, int tries,
                               int voters, const Quality& quality) {
  Parameters best;
  double best_quality = -1;
  for (int number = 0; number < tries; ++number) {
    Parameters parameters = drawn(static_cast<std::uint64_t>(number));
    parameters.set("voters", voters);
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
    const double found = choose_decision(margins, so, classes, quality, parameters);
    if (found > best_quality) best = parameters;
    best_quality = std::max(best_quality, found);
    std::fprintf(stderr, "try %d of %d: %.4f, best %.4f\n", number + 1, tries, found, best_quality);
  }
  return best;
}

}  // namespace vitrine::eval
