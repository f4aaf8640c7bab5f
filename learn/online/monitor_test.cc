#include <doctest/doctest.h>

#include <cmath>

#include "learn/core/random.h"
#include "learn/online/calibration.h"
#include "learn/online/drift.h"
#include "learn/online/ewma.h"

namespace vitrine::learn {
namespace {

TEST_CASE("Page-Hinkley adds up what lies above the mean, by hand") {
  PageHinkley test{{.slack = 0.1, .threshold = 1.5, .numbers_min = 3}};
  CHECK_FALSE(test.add(1));  // mean 1, sum -0.1, the lowest
  CHECK(test.risen() == 0);
  CHECK_FALSE(test.add(3));  // mean 2, sum 0.8
  CHECK(test.risen() == doctest::Approx(0.9));
  CHECK(test.add(4));  // mean 8/3, sum 0.8 + 4/3 - 0.1: 2.13 above the lowest
  CHECK(test.numbers() == 0);
}

TEST_CASE("a risen error rate is seen soon, a steady one is not called a change") {
  PageHinkley test{{.slack = 0.05, .threshold = 15}};
  std::uint64_t at = 0;
  for (; at < 5000; ++at) REQUIRE_FALSE(test.add(Draws{1, at}.unit() < 0.1 ? 1 : 0));
  while (!test.add(Draws{1, at}.unit() < 0.5 ? 1 : 0)) ++at;
  CHECK(at < 5100);
}

TEST_CASE("a cusum tells to which side numbers have left their target") {
  Cusum test{{.slack = 0.5, .threshold = 2}};
  CHECK(test.add(1.5) == Shift::None);
  CHECK(test.up() == 1);
  CHECK(test.down() == 0);
  CHECK(test.add(1.5) == Shift::None);
  CHECK(test.add(1.5) == Shift::Up);
  CHECK(test.up() == 0);
  CHECK(test.add(-3) == Shift::Down);
  for (int i = 0; i < 100; ++i) CHECK(test.add(i % 2 == 0 ? 0.9 : -0.9) == Shift::None);
}

TEST_CASE("a number as old as the half-life counts half") {
  Ewma mean{1000};
  CHECK(mean.mean() == 0);
  mean.add(5000, 3);
  CHECK(mean.mean() == 3);
  mean.add(6000, 0);
  CHECK(mean.mean() == doctest::Approx(1.0));  // (3 / 2 + 0) / 1.5
  CHECK(mean.weight(8000) == doctest::Approx(1.5 / 4));
  mean.add(1, 0);  // late: counts as now
  CHECK(mean.mean() == doctest::Approx(1.5 / 2.5));
}

TEST_CASE("a steady second-by-second stream has the weight that is told") {
  Ewma mean{15000};
  for (int second = 0; second < 1000; ++second) mean.add(second * 1000, 1);
  CHECK(mean.weight(999000) == doctest::Approx(mean.weight_of_one_a_second()));
}

TEST_CASE("a trend shows a turn and then calms down") {
  Trend trend{1000, 60000};
  for (int second = 0; second < 600; ++second) trend.add(second * 1000, 1);
  CHECK(std::abs(trend.change()) < 1e-9);
  for (int second = 600; second < 610; ++second) trend.add(second * 1000, -1);
  CHECK(trend.change() < -1.5);
  for (int second = 610; second < 2000; ++second) trend.add(second * 1000, -1);
  CHECK(trend.change() == doctest::Approx(0).epsilon(0.001));
}

TEST_CASE("calibration pools the bins that contradict the order, by hand") {
  Calibration scale{{.bins = 2, .keep = 1, .prior = 0}};
  for (const bool truth : {true, true, false}) scale.learn(0.2, truth);
  for (const bool truth : {true, false, false}) scale.learn(0.8, truth);
  CHECK(scale.probability(0.2) == doctest::Approx(0.5));
  CHECK(scale.probability(0.8) == doctest::Approx(0.5));
  for (int i = 0; i < 3; ++i) scale.learn(0.8, true);
  CHECK(scale.probability(0.2) == doctest::Approx(2.0 / 3));
  CHECK(scale.probability(7) == doctest::Approx(4.0 / 6));
}

TEST_CASE("a score that is twice too sure is put right, and its error told") {
  Calibration scale;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    Draws draws{2, i};
    const double score = draws.unit();
    scale.learn(score, draws.unit() < score / 2);
  }
  CHECK(scale.probability(0.8) == doctest::Approx(0.4).epsilon(0.15));
  CHECK(scale.error() == doctest::Approx(0.25).epsilon(0.1));
  for (double score = 0; score < 0.99; score += 0.01)
    CHECK(scale.probability(score) <= scale.probability(score + 0.01));
}

TEST_CASE("restored monitors go on to the bit") {
  PageHinkley test{{.threshold = 3}};
  Cusum cusum;
  Trend trend{1000, 9000};
  Calibration scale;
  const auto feed = [](auto& a, auto& b, auto& c, auto& d, std::uint64_t i) {
    const double number = Draws{4, i}.unit();
    a.add(number);
    b.add(number - 0.5);
    c.add(static_cast<std::int64_t>(i) * 100, number);
    d.learn(number, number < 0.3);
  };
  for (std::uint64_t i = 0; i < 100; ++i) feed(test, cusum, trend, scale, i);
  auto test2 = PageHinkley::restore(test.snapshot());
  auto cusum2 = Cusum::restore(cusum.snapshot());
  auto trend2 = Trend::restore(trend.snapshot());
  auto scale2 = Calibration::restore(scale.snapshot());
  REQUIRE((test2 && cusum2 && trend2 && scale2));
  for (std::uint64_t i = 100; i < 200; ++i) {
    feed(test, cusum, trend, scale, i);
    feed(*test2, *cusum2, *trend2, *scale2, i);
  }
  CHECK(test.snapshot() == test2->snapshot());
  CHECK(cusum.snapshot() == cusum2->snapshot());
  CHECK(trend.snapshot() == trend2->snapshot());
  CHECK(scale.snapshot() == scale2->snapshot());
  CHECK_FALSE(Calibration::restore(cusum.snapshot()));
}

}  // namespace
}  // namespace vitrine::learn
