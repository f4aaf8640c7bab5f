#include <doctest/doctest.h>

#include <random>
#include <set>

#include "commerce/kpi/state.h"
#include "commerce/kpi/topology.h"
#include "commerce/model/topics.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace std::chrono_literals;

namespace {

struct Running {
  App app = audience_app();
  TestDriver driver{app};
  Running() { driver.advance(1000s); }
  void beat(const std::string& viewer, const std::string& session = "s") {
    Activity activity;
    activity.set_viewer(viewer);
    activity.set_session(session);
    activity.mutable_heartbeat();
    driver.pipe(topics::viewer_activity, "show_1", activity);
  }
  void leave(const std::string& viewer, const std::string& session = "s") {
    Activity activity;
    activity.set_viewer(viewer);
    activity.set_session(session);
    activity.mutable_left();
    driver.pipe(topics::viewer_activity, "show_1", activity);
  }
  void say(const std::string& id) {
    ChatCommand command;
    command.mutable_post()->set_id(id);
    command.mutable_post()->set_author("hst_1");
    command.mutable_post()->set_role("host");
    command.mutable_post()->set_text("hi");
    driver.pipe(topics::chat_commands, "show_1", command);
  }
  void shop(const ShopEvent& event) { driver.pipe(topics::shop_events, "shop_1", event); }
  ShowKpis now() {
    driver.advance(250ms);
    auto kpis = driver.values(topics::show_kpis);
    return kpis.empty() ? ShowKpis{} : kpis.back();
  }
};

ShopEvent confirmed(const std::string& viewer, std::int64_t amount, const std::string& currency,
                    int units, int left) {
  ShopEvent event;
  event.set_viewer(viewer);
  event.set_show("show_1");
  auto& body = *event.mutable_order_confirmed();
  body.mutable_order()->mutable_total()->set_amount(amount);
  body.mutable_order()->mutable_total()->set_currency(currency);
  auto& line = *body.mutable_order()->add_lines();
  line.set_sku("mug");
  line.set_quantity(units);
  auto& stock = *body.add_stock();
  stock.set_sku("mug");
  stock.set_available(left);
  return event;
}

ShopEvent stock_set(const std::string& sku, std::int64_t available) {
  ShopEvent event;
  event.mutable_stock_set()->set_sku(sku);
  event.mutable_stock_set()->set_available(available);
  return event;
}

}  // namespace

TEST_CASE("who looks at a product without a heartbeat is not present") {
  Running r;
  r.beat("vwr_1");
  Activity look;
  look.set_viewer("vwr_2");
  look.mutable_opened()->set_sku("mug");
  r.driver.pipe(topics::viewer_activity, "show_1", look);
  CHECK(r.now().viewers_now() == 1);
  CHECK(r.now().viewers_unique() == 1);
}

TEST_CASE("viewers are people with a heartbeat within fifteen seconds, and unique ones are ids") {
  Running show;
  show.beat("vwr_1");
  show.beat("vwr_1", "another tab");
  show.beat("vwr_2");
  CHECK(show.now().viewers_now() == 2);
  CHECK(show.now().viewers_unique() == 2);
  show.driver.advance(10s);
  show.beat("vwr_1");
  CHECK(show.now().viewers_now() == 2);
  show.driver.advance(5s);
  CHECK(show.now().viewers_now() == 1);
  show.driver.restart();  // a killed server leaves no ghosts
  show.driver.advance(15s);
  CHECK(show.now().viewers_now() == 0);
  CHECK(show.now().viewers_unique() == 2);
}

TEST_CASE("leaving counts at once, unless another session is there") {
  Running show;
  show.beat("vwr_1", "a");
  show.beat("vwr_1", "b");
  show.leave("vwr_1", "a");
  CHECK(show.now().viewers_now() == 1);
  show.leave("vwr_1", "b");
  show.leave("vwr_1", "b");
  CHECK(show.now().viewers_now() == 0);
}

TEST_CASE("messages and reactions slide out of their minute and stay in their totals") {
  Running show;
  show.say("m1");
  show.say("m2");
  show.say("m2");
  ReactionTick tick;
  tick.add_counts()->set_count(3);
  tick.add_counts()->set_count(4);
  show.driver.pipe(topics::show_reactions, "show_1", tick);
  const auto kpis = show.now();
  CHECK(kpis.messages() == 2);
  CHECK(kpis.messages_per_minute() == 2);
  CHECK(kpis.reactions() == 7);
  CHECK(kpis.reactions_per_minute() == 7);
  show.driver.advance(60s);
  CHECK(show.now().messages_per_minute() == 0);
  CHECK(show.now().reactions_per_minute() == 0);
  CHECK(show.now().messages() == 2);
}

TEST_CASE("sales are counted per currency, conversion is buyers by viewers") {
  Running show;
  for (int i = 0; i < 4; ++i) show.beat("vwr_" + std::to_string(i));
  show.shop(confirmed("vwr_1", 1999, "GBP", 1, 5));
  show.shop(confirmed("vwr_1", 1, "GBP", 1, 4));
  show.shop(confirmed("vwr_2", 700, "EUR", 2, 2));
  ShopEvent cart;
  cart.set_show("show_1");
  cart.mutable_cart_line_set()->set_added(3);
  show.shop(cart);
  cart.mutable_cart_line_set()->set_added(-3);
  show.shop(cart);
  const auto kpis = show.now();
  CHECK(kpis.orders() == 3);
  CHECK(kpis.units_sold() == 4);
  CHECK(kpis.buyers_unique() == 2);
  CHECK(kpis.conversion() == doctest::Approx(0.5));
  CHECK(kpis.adds_to_cart() == 3);
  REQUIRE(kpis.revenue_size() == 2);
  CHECK(kpis.revenue(0).currency() == "EUR");
  CHECK(kpis.revenue(1).amount() == 2000);
  REQUIRE(kpis.stock_size() == 1);
  CHECK(kpis.stock(0).available() == 2);
  CHECK(kpis.shop_position() > 0);
}

TEST_CASE("a pinned product's stock is listed, also when it was set before and changes elsewhere") {
  Running show;
  show.shop(stock_set("cap", 9));
  ShowEvent event;
  event.mutable_created()->set_shop("shop_1");
  show.driver.pipe(topics::show_timeline, "show_1", event);
  event.mutable_pinned()->set_sku("cap");
  show.driver.pipe(topics::show_timeline, "show_1", event);
  CHECK(show.now().stock(0).available() == 9);
  show.shop(stock_set("cap", 7));
  show.shop(stock_set("pen", 1));
  CHECK(show.now().stock(0).available() == 7);
  CHECK(show.now().stock_size() == 1);
}

TEST_CASE("figures are told at most every 250 ms, and only when they changed") {
  Running show;
  for (int i = 0; i < 100; ++i) {
    show.beat("vwr_" + std::to_string(i));
    show.driver.advance(10ms);
  }
  CHECK(show.driver.values(topics::show_kpis).size() <= 5);
  show.driver.advance(250ms);
  const auto before = show.driver.values(topics::show_kpis).size();
  show.beat("vwr_1");
  show.driver.advance(2s);
  CHECK(show.driver.values(topics::show_kpis).size() == before);
}

TEST_CASE("the sliding counts equal a count by hand, for random arrivals") {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    kpi::Tally tally;
    std::map<std::string, kpi::Viewer> viewers;
    std::map<std::string, std::int64_t> beats;
    std::int64_t now = 1'000'000;
    for (int step = 0; step < 500; ++step) {
      now += random() % 2000;
      const std::string viewer = "vwr_" + std::to_string(random() % 8);
      if (random() % 5 == 0) {
        kpi::left(tally, viewers[viewer], "s");
        beats.erase(viewer);
      } else if (random() % 2 == 0) {
        kpi::heartbeat(tally, viewers[viewer], "s", now);
        beats[viewer] = now;
      }
      std::int64_t expected = 0;
      for (const auto& [name, beat] : beats) expected += now / 250 - beat / 250 < 60 ? 1 : 0;
      CHECK(kpi::figures(tally, now).viewers_now() == expected);
    }
  }
}
