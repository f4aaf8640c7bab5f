#include "commerce/recommend/policy_value.h"

#include <doctest/doctest.h>

#include "learn/core/random.h"

namespace vitrine::recommend {
namespace {

// A shop whose viewers are eager or not. Who is eager buys often, whatever is done, and is shown
// offers most of the time: to whom an offer was shown tells little about what it does.
struct Pretended {
  bool eager = false, has_offer = false;

  double chance_after(Action action) const {
    const double own = eager ? 0.4 : 0.05;
    if (action == Action::Offer) return own + 0.1;
    return action == Action::Question ? own - 0.04 : own;
  }
  double propensity_of(Action action) const {
    if (!has_offer) return action == Action::Offer ? 0 : 1.0 / 3;
    const double offered = eager ? 0.85 : 0.1;
    return action == Action::Offer ? offered : (1 - offered) / 3;
  }
};

Pretended pretended(std::uint64_t number) {
  learn::Draws draws{1, number};
  return {draws.below(4) == 0, draws.below(5) != 0};
}

std::vector<LoggedAction> pretended_log(std::uint64_t from, std::uint64_t to) {
  std::vector<LoggedAction> log;
  for (std::uint64_t number = from; number < to; ++number) {
    const Pretended viewer = pretended(number);
    learn::Draws draws{2, number};
    double left = draws.unit();
    std::size_t taken = 0;
    while (taken + 1 < kActions && left >= viewer.propensity_of(static_cast<Action>(taken)))
      left -= viewer.propensity_of(static_cast<Action>(taken++));
    LoggedAction one{static_cast<Action>(taken), viewer.propensity_of(static_cast<Action>(taken)),
                     {1, viewer.eager ? 1.0 : 0.0, 0, 0, 0, 0}, {1, 1, viewer.has_offer, 1}};
    one.ordered = draws.unit() < viewer.chance_after(one.action);
    log.push_back(one);
  }
  return log;
}

double truth(std::uint64_t from, std::uint64_t to, Action wished) {
  double sum = 0;
  for (std::uint64_t number = from; number < to; ++number) {
    const Pretended viewer = pretended(number);
    const bool is_there = wished != Action::Offer || viewer.has_offer;
    sum += viewer.chance_after(is_there ? wished : Action::Nothing);
  }
  return sum / static_cast<double>(to - from);
}

bool all_cover(const PolicyValue& value, double truth) {
  return value.ips.covers(truth) && value.snips.covers(truth) && value.doubly_robust.covers(truth);
}

TEST_CASE("what other policies would have earned is what they do earn") {
  const auto before = pretended_log(0, 6'000), judged = pretended_log(6'000, 26'000);
  const auto values = value_policies(before, judged);
  REQUIRE(values.size() == 4);
  double ordered = 0, offers = 0, offered_orders = 0;
  for (const LoggedAction& one : judged) {
    ordered += one.ordered ? 1 : 0;
    if (one.action != Action::Offer) continue;
    ++offers;
    offered_orders += one.ordered ? 1 : 0;
  }
  CHECK(values[0].policy == "logged");
  CHECK(values[0].ips.value == doctest::Approx(ordered / 20'000));
  CHECK(values[0].effective_count == doctest::Approx(20'000));

  const double offer = truth(6'000, 26'000, Action::Offer);
  CHECK(values[1].policy == "offer");
  CHECK(all_cover(values[1], offer));
  // Who was shown an offer bought far more often than offers would make everybody.
  CHECK(offered_orders / offers > offer + 0.1);
  CHECK_FALSE(all_cover(values[1], offered_orders / offers));
  CHECK(values[1].effective_count < 20'000);
  CHECK(values[1].doubly_robust.half_width < 0.02);

  CHECK(values[2].policy == "greedy");  // and has learnt that an offer is best for everybody
  CHECK(all_cover(values[2], offer));

  CHECK(values[3].policy == "nothing");
  CHECK(all_cover(values[3], truth(6'000, 26'000, Action::Nothing)));
}

TEST_CASE("of a log that says the same the same is told, and of none nothing") {
  const auto log = pretended_log(0, 500);
  const auto one = value_policies({}, log), two = value_policies({}, log);
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK(one[i].doubly_robust.value == two[i].doubly_robust.value);
    CHECK(one[i].doubly_robust.half_width == two[i].doubly_robust.half_width);
  }
  for (const PolicyValue& value : value_policies({}, {})) {
    CHECK(value.ips.value == 0);
    CHECK(value.effective_count == 0);
  }
}

}  // namespace
}  // namespace vitrine::recommend
