#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "learn/bandits/linear_bandit.h"
#include "learn/bandits/off_policy.h"
#include "learn/core/random.h"

namespace vitrine::learn {
namespace {

using Context = std::vector<double>;
const std::vector<std::uint8_t> kAll{1, 1, 1};

LinearBanditOptions three_arms(BanditMethod method) {
  LinearBanditOptions options;
  options.method = method;
  options.arms = 3;
  options.dimensions = 2;
  return options;
}

// Arm 0 pays in context {1, 0}, arm 1 in {1, 1}, arm 2 hardly ever.
double pays(std::uint32_t arm, const Context& context, Draws& draws) {
  const double chance = arm == 2 ? 0.1 : (arm == 1) == (context[1] == 1) ? 0.7 : 0.2;
  return draws.unit() < chance ? 1 : 0;
}

// Lives through `rounds` and returns the share of best choices in the last half.
double live(LinearBandit& bandit, std::uint64_t from, std::uint64_t rounds) {
  double best = 0;
  for (std::uint64_t at = from; at < from + rounds; ++at) {
    Draws draws{99, at};
    const Context context{1, draws.below(2) == 0 ? 0.0 : 1.0};
    const auto choice = bandit.choose(context, kAll, at);
    REQUIRE(choice);
    bandit.learn(choice->arm, context, pays(choice->arm, context, draws));
    if (at >= from + rounds / 2 && choice->arm == (context[1] == 1 ? 1U : 0U)) ++best;
  }
  return best / (static_cast<double>(rounds) / 2);
}

TEST_CASE("both methods find the arm that fits the context") {
  for (const auto method : {BanditMethod::Thompson, BanditMethod::LinUcb}) {
    LinearBandit bandit{three_arms(method)};
    CHECK(live(bandit, 0, 2000) > 0.85);
    CHECK(bandit.expected(0, Context{1, 0}) == doctest::Approx(0.7).epsilon(0.15));
  }
}

TEST_CASE("an arm that is not allowed is never chosen, and none of none") {
  LinearBandit bandit{three_arms(BanditMethod::Thompson)};
  const std::vector<std::uint8_t> one{0, 1, 0}, none{0, 0, 0};
  for (std::uint64_t at = 0; at < 50; ++at) {
    const auto choice = bandit.choose(Context{1, 0}, one, at);
    REQUIRE(choice);
    CHECK(choice->arm == 1);
    CHECK(choice->propensity == doctest::Approx(1));
  }
  CHECK_FALSE(bandit.choose(Context{1, 0}, none, 7));
}

TEST_CASE("propensities have a floor, add up to one, and are how often an arm is chosen") {
  for (const auto method : {BanditMethod::Thompson, BanditMethod::LinUcb}) {
    LinearBandit bandit{three_arms(method)};
    live(bandit, 0, 300);
    const Context context{1, 1};
    std::vector<double> told(3, 0), chosen(3, 0);
    for (std::uint64_t at = 1000; at < 5000; ++at) {
      const auto shares = bandit.propensities(context, kAll, at);
      double sum = 0;
      for (std::size_t arm = 0; arm < 3; ++arm) {
        CHECK(shares[arm] >= 0.02 / 3);
        sum += shares[arm];
        told[arm] += shares[arm] / 4000;
      }
      CHECK(sum == doctest::Approx(1));
      const auto choice = bandit.choose(context, kAll, at);
      CHECK(choice->propensity == shares[choice->arm]);
      chosen[choice->arm] += 1.0 / 4000;
    }
    for (std::size_t arm = 0; arm < 3; ++arm) CHECK(std::abs(told[arm] - chosen[arm]) < 0.03);
  }
}

TEST_CASE("the rank-one update keeps the inverse that solving anew would give") {
  LinearBandit bandit{three_arms(BanditMethod::LinUcb)};
  // Ridge 1, rewards r of x: weights w solve (I + sum x x') w = sum x r.
  bandit.learn(0, Context{1, 0}, 1);
  bandit.learn(0, Context{1, 1}, 0);
  bandit.learn(0, Context{0, 2}, 3);  // matrix {{3, 1}, {1, 6}}, sum {1, 6}
  CHECK(bandit.expected(0, Context{1, 0}) == doctest::Approx(0.0));
  CHECK(bandit.expected(0, Context{0, 1}) == doctest::Approx(1.0));
}

TEST_CASE("a restored bandit chooses and learns as the one it was taken from") {
  LinearBandit one{three_arms(BanditMethod::Thompson)}, two = one;
  live(one, 0, 100);
  REQUIRE(two.restore(one.snapshot()));
  CHECK(live(one, 100, 200) == live(two, 100, 200));
  CHECK(one.snapshot() == two.snapshot());
  const Bytes bytes = one.snapshot();
  for (std::size_t cut = 0; cut < bytes.size(); cut += 7)
    CHECK_FALSE(two.restore(BytesView{bytes}.substr(0, cut)));
  CHECK(two.snapshot() == bytes);
}

// Two actions, logged 0.8 : 0.2, paying 0.1 and 0.5; the policy in question takes them 0.3 : 0.7.
OffPolicy logged(std::uint64_t seed, int outcomes, bool with_model) {
  OffPolicy estimate;
  for (int i = 0; i < outcomes; ++i) {
    Draws draws{seed, static_cast<std::uint64_t>(i)};
    const bool second = draws.unit() < 0.2;
    const double pay = second ? 0.5 : 0.1;
    LoggedOutcome outcome{draws.unit() < pay ? 1.0 : 0.0, second ? 0.2 : 0.8, second ? 0.7 : 0.3};
    if (with_model) {
      outcome.model_taken = pay;
      outcome.model_target = 0.3 * 0.1 + 0.7 * 0.5;
    }
    estimate.add(outcome);
  }
  return estimate;
}

TEST_CASE("the estimates cover the truth as often as they promise") {
  const double truth = 0.3 * 0.1 + 0.7 * 0.5;
  int ips = 0, snips = 0, dr = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const OffPolicy estimate = logged(seed, 500, true);
    ips += estimate.ips().covers(truth);
    snips += estimate.snips().covers(truth);
    dr += estimate.doubly_robust().covers(truth);
    CHECK(estimate.doubly_robust().half_width < estimate.ips().half_width);
  }
  for (const int covered : {ips, snips, dr}) {
    CHECK(covered >= 180);
    CHECK(covered <= 198);
  }
}

TEST_CASE("without a model the doubly robust estimate is plain inverse propensity") {
  const OffPolicy estimate = logged(5, 300, false);
  CHECK(estimate.doubly_robust().value == estimate.ips().value);
  const auto restored = OffPolicy::restore(estimate.snapshot());
  REQUIRE(restored);
  CHECK(restored->snips().half_width == estimate.snips().half_width);
  CHECK_FALSE(OffPolicy::restore("off-policy"));
}

}  // namespace
}  // namespace vitrine::learn
