#include "commerce/recommend/action.h"

#include <doctest/doctest.h>

#include "commerce/recommend/test_shop.h"

namespace vitrine::recommend {
namespace {

using namespace std::chrono_literals;

std::int64_t chosen(const OfferFigures& figures) {
  std::int64_t sum = 0;
  for (const ActionFigures& one : figures.actions()) sum += one.chosen();
  return sum;
}
std::int64_t rewarded(const OfferFigures& figures) {
  std::int64_t sum = 0;
  for (const ActionFigures& one : figures.actions()) sum += one.rewarded();
  return sum;
}
std::uint64_t learnt(const TestShop& shop) {
  const auto rows = shop.driver->state<std::string, ActionsRow>("recommend-actions");
  return rows.empty() ? 0 : rows.at("shop_1").learnt;
}

}  // namespace

TEST_CASE("an action that sells is chosen more and more, and no propensity falls below the floor") {
  ActionsRow row;
  const std::array<std::uint8_t, kActions> all{1, 1, 1, 1};
  const std::vector<double> context{1, 0.5, 0, 0, 1, 0};
  int offers = 0;
  for (std::uint64_t i = 0; i < 400; ++i) {
    const ChosenAction one = choose_action(row, context, all, i);
    CHECK(one.propensity >= 0.005);
    if (i >= 200) offers += one.action == Action::Offer ? 1 : 0;
    learn_action(row, one.action, context, one.action == Action::Offer && i % 2 == 0 ? 1 : 0);
  }
  CHECK(offers > 150);
}

TEST_CASE("only what there is to show is chosen") {
  const Visitor nobody;
  ActionsRow row;
  for (std::uint64_t i = 0; i < 50; ++i) {
    const ViewerOffers none;
    const ChosenAction one =
        choose_action(row, context_of(nobody, none), possible(nobody, none, 0), i);
    CHECK(one.action == Action::Nothing);
    CHECK(one.propensity == doctest::Approx(1));
  }
}

TEST_CASE("a viewer gets one action in ten minutes, and an order in time is its reward") {
  TestShop shop;
  const std::string ada = shown_viewer(0);
  shop.open(ada, "cup");
  CHECK(shop.told(ada).has_action());
  CHECK(shop.told(ada).action().propensity() > 0);
  shop.open(ada, "pot");
  CHECK(!shop.told(ada).has_action());
  CHECK(chosen(shop.figures()) == 1);
  shop.buy(ada, {"tea"});
  shop.buy(ada, {"jam"});  // rewarded already
  CHECK(rewarded(shop.figures()) == 1);
  CHECK(learnt(shop) == 1);
  shop.wait(10min);
  shop.open(ada, "bag");
  CHECK(chosen(shop.figures()) == 2);
  shop.wait(11min);
  shop.buy(ada, {"bag"});  // too late: learnt as no reward
  CHECK(learnt(shop) >= 2);
  CHECK(rewarded(shop.figures()) == 1);
}

TEST_CASE("nothing is done for who is held out") {
  TestShop shop;
  shop.open(held_viewer(0), "cup");
  CHECK(!shop.told(held_viewer(0)).has_action());
  CHECK(chosen(shop.figures()) == 0);
}

}  // namespace vitrine::recommend
