#include <doctest/doctest.h>

#include <cmath>

#include "learn/core/random.h"
#include "learn/online/ftrl.h"

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

}  // namespace
}  // namespace vitrine::learn
