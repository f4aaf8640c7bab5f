#include <doctest/doctest.h>

#include <cmath>

#include "learn/core/random.h"
#include "learn/online/ftrl.h"
#include "learn/online/ranker.h"

namespace vitrine::learn {
namespace {

TEST_CASE("one FTRL update is what the paper's algorithm gives by hand") {
  Ftrl model{{.bits = 4, .alpha = 0.5, .beta = 1, .l1 = 0.1, .l2 = 1}};
  const std::vector<std::uint32_t> features{3};
  CHECK(model.learn(features, 1, true) == 0.5);
  // g = -0.5; sigma = (0.5 - 0) / 0.5 = 1, its weight was 0: z = -0.5, n = 0.25;
  // w = 0.4 / ((1 + 0.5) / 0.5 + 1) = 0.1.
  CHECK(model.weight(3) == doctest::Approx(0.1));
  const double said = 1 / (1 + std::exp(-0.1));
  CHECK(model.learn(features, 1, true) == doctest::Approx(said));
  const double g = said - 1, n = 0.25 + g * g;
  const double z = -0.5 + g - (std::sqrt(n) - 0.5) / 0.5 * 0.1;
  CHECK(model.weight(3) == doctest::Approx((-z - 0.1) / ((1 + std::sqrt(n)) / 0.5 + 1)));
}

// Examples whose truth is whether feature 1 or 2 is there; 3 is noise.
std::vector<std::uint32_t> example(std::uint64_t i, bool& truth) {
  Draws draws{1, i};
  truth = draws.below(2) == 0;
  std::vector<std::uint32_t> features{truth ? 1U : 2U};
  if (draws.below(2) == 0) features.push_back(3);
  return features;
}

TEST_CASE("FTRL learns which feature decides, and leaves the others at zero") {
  Ftrl model{{.bits = 4, .l1 = 2}};
  bool truth = false;
  for (std::uint64_t i = 0; i < 500; ++i) {
    const auto features = example(i, truth);
    model.learn(features, Ftrl::even_value(features.size()), truth);
  }
  CHECK(model.weight(1) > 0.5);
  CHECK(model.weight(2) < -0.5);
  CHECK(std::abs(model.weight(3)) < 0.2);
  CHECK(model.weight(4) == 0);
}

TEST_CASE("a restored FTRL goes on to the bit, and damaged bytes are refused") {
  Ftrl whole{{.bits = 6, .alpha = 0.1, .l1 = 0.01}};
  bool truth = false;
  for (std::uint64_t i = 0; i < 100; ++i) whole.learn(example(i, truth), 0.7, truth);
  const Bytes bytes = whole.snapshot();
  auto restored = Ftrl::restore(bytes);
  REQUIRE(restored);
  for (std::uint64_t i = 100; i < 200; ++i) {
    const auto features = example(i, truth);
    CHECK(whole.learn(features, 0.7, truth) == restored->learn(features, 0.7, truth));
  }
  CHECK(whole.snapshot() == restored->snapshot());
  for (std::size_t size = 0; size < bytes.size(); size += 7)
    CHECK_FALSE(Ftrl::restore(BytesView{bytes}.substr(0, size)));
  CHECK_FALSE(Ftrl::restore(bytes + "x"));
}

// -log P(truth) of a linear ranker, from its scores.
double loss_of(Ranker& ranker, const std::vector<Ranker::Candidate>& all, std::size_t truth) {
  double sum = 0;
  const auto scores = ranker.scores(all);
  for (const double score : scores) sum += std::exp(score);
  return std::log(sum) - scores[truth];
}

TEST_CASE("a linear ranker's first step is its rate along the gradient, by hand") {
  Ranker ranker{{.inputs = 8, .dense = 0, .hidden = 0, .rate = 0.1}};
  const std::vector<Ranker::Candidate> all{{0}, {1}};
  const std::size_t truth[] = {1};
  ranker.learn(all, truth);
  // The gradients are 0.5 and -0.5; the rate is divided by sqrt(0.25 + 0.001).
  const double step = 0.1 * 0.5 / std::sqrt(0.251);
  CHECK(ranker.scores(all)[0] == doctest::Approx(-step));
  CHECK(ranker.scores(all)[1] == doctest::Approx(step));
}

TEST_CASE("hidden units learn what no sum of features can: two features or none, not one") {
  Ranker ranker{{.inputs = 4, .dense = 4, .hidden = 8, .rate = 0.2}};
  const std::vector<Ranker::Candidate> all{{0, 2}, {1, 2}, {0, 3}, {1, 3}};
  // Of candidates 0 and 1 the first is right, of 2 and 3 the second: 0 with 2, 1 with 3.
  const std::vector<Ranker::Candidate> upper{all[0], all[1]}, lower{all[2], all[3]};
  const std::size_t first[] = {0}, second[] = {1};
  for (int i = 0; i < 3000; ++i) {
    ranker.learn(upper, first);
    ranker.learn(lower, second);
  }
  CHECK(ranker.best(upper) == 0);
  CHECK(ranker.best(lower) == 1);
  CHECK(loss_of(ranker, upper, 0) < 0.1);
}

TEST_CASE("any of several truths will do, and nothing to choose from is the first") {
  Ranker ranker{{.inputs = 4, .dense = 0, .hidden = 0, .rate = 0.1}};
  const std::vector<Ranker::Candidate> all{{0}, {1}, {2}};
  const std::size_t truths[] = {1, 2};
  for (int i = 0; i < 50; ++i) ranker.learn(all, truths);
  CHECK(ranker.scores(all)[0] < ranker.scores(all)[1]);
  CHECK(ranker.scores(all)[1] == doctest::Approx(ranker.scores(all)[2]));
  CHECK(ranker.best({}) == 0);
}

TEST_CASE("a restored ranker goes on to the bit, and one of another size is refused") {
  const RankerOptions options{.inputs = 16, .dense = 8, .hidden = 4};
  Ranker whole{options}, resumed{options}, larger{{.inputs = 32, .dense = 8, .hidden = 4}};
  const std::vector<Ranker::Candidate> all{{0, 9}, {1, 10}, {2, 3, 11}};
  const std::size_t truth[] = {2};
  whole.learn(all, truth);
  REQUIRE(resumed.restore(whole.snapshot()));
  whole.learn(all, truth);
  resumed.learn(all, truth);
  CHECK(whole.scores(all)[0] == resumed.scores(all)[0]);
  CHECK(whole.snapshot() == resumed.snapshot());
  CHECK(larger.restore(whole.snapshot()).error().code == Code::Corrupt);
}

}  // namespace
}  // namespace vitrine::learn
