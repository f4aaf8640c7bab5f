#include <doctest/doctest.h>

#include "commerce/leads/profile.h"
#include "commerce/leads/topology.h"
#include "commerce/model/topics.h"
#include "vitrine/test_driver.h"

namespace vitrine::leads {
namespace {

using namespace std::chrono_literals;

struct Stage {
  App app{"leads-test"};
  std::unique_ptr<TestDriver> driver;
  Time now = at(1h);

  Stage() {
    add_leads(app);
    driver = std::make_unique<TestDriver>(app);
  }
  void open(const std::string& viewer) {
    Activity activity;
    activity.set_viewer(viewer);
    activity.mutable_opened()->set_sku("cup");
    driver->pipe(topics::viewer_activity, "show_1", activity, now += 100ms);
  }
  void shop(const std::string& viewer, const ShopEvent& what) {
    ShopEvent event = what;
    event.set_viewer(viewer);
    event.set_show("show_1");
    driver->pipe(topics::shop_events, "shop_1", event, now += 100ms);
  }
  void cart(const std::string& viewer) {
    ShopEvent event;
    event.mutable_cart_line_set()->set_added(1);
    shop(viewer, event);
  }
  void buy(const std::string& viewer) {
    ShopEvent event;
    event.mutable_order_confirmed();
    shop(viewer, event);
  }
  void contact(const std::string& lead) {
    InsightCommand command;
    command.mutable_contact()->set_lead(lead);
    driver->pipe(topics::insight_commands, "show_1", command, now);
  }
  // Who only looks does not buy; who puts things into the cart does.
  void history(int viewers) {
    for (int i = 0; i < viewers; ++i) {
      const std::string viewer = "old_" + std::to_string(i);
      open(viewer);
      if (i % 4 != 0) continue;
      cart(viewer);
      buy(viewer);
    }
    driver->advance_to(now += 3min);
  }
  std::vector<InsightEvent> told() const { return driver->values(topics::show_insights); }
};

}  // namespace

TEST_CASE("a lead is hot once, when its chance is far above everybody's, and says by what") {
  Stage stage;
  stage.history(200);
  const std::size_t before = stage.told().size();
  stage.open("ada");
  CHECK(stage.told().size() == before);
  stage.driver->restart();
  stage.cart("ada");
  REQUIRE(stage.told().size() == before + 1);
  const HotLead lead = stage.told().back().lead();
  CHECK(lead.viewer() == "ada");
  CHECK(lead.chance() >= kHotChance);
  REQUIRE(lead.signals_size() >= 1);
  CHECK(lead.signals(0) == "put 1 product into the cart");
  CHECK(lead.why().starts_with("Of viewers like this "));
  stage.driver->advance_to(stage.now += 1h);  // all has faded: her chance crosses it again
  stage.cart("ada");
  CHECK(stage.told().size() == before + 1);
}

TEST_CASE("how long a lead waited for the host, and that it bought") {
  Stage stage;
  stage.history(200);
  stage.cart("ada");
  const HotLead lead = stage.told().back().lead();
  stage.now += 7s;
  stage.contact(lead.id());
  CHECK(stage.told().back().lead().contacted_ms() - lead.at_ms() == 7'000);
  stage.now += 3s;
  stage.contact(lead.id());  // the first contact counts
  CHECK(stage.told().back().lead().contacted_ms() - lead.at_ms() == 7'000);
  stage.buy("ada");
  CHECK(stage.told().back().lead().bought_ms() > 0);
  stage.contact("l_nobody");
  CHECK(stage.told().back().refused().code() == "not-found");
}

TEST_CASE("nobody is hot before fifty outcomes are known") {
  Stage stage;
  stage.history(38);  // 48 outcomes
  stage.cart("ada");
  CHECK(stage.told().empty());
}

TEST_CASE("an outcome is learnt when its time is over, not when somebody buys") {
  Stage stage;
  for (int i = 0; i < 100; ++i) {
    stage.cart("vwr_" + std::to_string(i));
    stage.buy("vwr_" + std::to_string(i));
  }
  CHECK(stage.driver->state<std::string, Scorer>("leads-scorers").at("show_1").outcomes == 0);
  stage.driver->advance_to(stage.now += 3min);
  const Scorer scorer = stage.driver->state<std::string, Scorer>("leads-scorers").at("show_1");
  CHECK(scorer.outcomes == 100);
  CHECK(scorer.orders == 100);
}

TEST_CASE("the chance that is told comes true, where the regression alone is off") {
  // Who asks and has something in the cart buys in 18 of 20 cases, anybody else in 1 of 20: more
  // than the sum of both, which is all that a logistic regression knows.
  const auto viewer = [](bool carts, bool asks) {
    Profile profile;
    if (carts) note(profile, Act::Carted, 1'000);
    if (asks) note(profile, Act::Asked, 1'000);
    return profile;
  };
  Scorer scorer;
  for (int i = 0; i < 8'000; ++i) {
    const bool carts = i % 2 == 0, asks = i % 4 < 2;
    Profile profile = viewer(carts, asks);
    begin_example(profile, features_of(viewer(carts, asks)), 1'000);
    profile.open.front().bought = i / 4 % 20 < (carts && asks ? 18 : 1);
    learn_outcomes(scorer, profile, 1'000 + kOutcomeMs);
  }
  const auto chance = [&](bool carts, bool asks) {
    return chance_of(scorer, features_of(viewer(carts, asks)));
  };
  CHECK(std::abs(chance(true, true) - 0.9) < 0.015);
  for (const bool carts : {true, false}) CHECK(std::abs(chance(carts, !carts) - 0.05) < 0.015);
  CHECK(std::abs(chance(false, false) - 0.05) < 0.015);
}

TEST_CASE("what was done fades by half in ten minutes") {
  Profile profile;
  note(profile, Act::Opened, 1'000);
  note(profile, Act::Said, 601'000);
  CHECK(profile.counts[0] == doctest::Approx(0.5));
  CHECK(profile.counts[3] == doctest::Approx(1));
}

}  // namespace vitrine::leads
