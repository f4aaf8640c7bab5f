#include <doctest/doctest.h>

#include <stdexcept>

#include "commerce/recommend/inputs.h"
#include "commerce/recommend/recommender.h"
#include "commerce/recommend/state.h"
#include "commerce/recommend/test_shop.h"

namespace vitrine::recommend {
namespace {

using namespace std::chrono_literals;

std::string ada() { return shown_viewer(0); }
std::string ben() { return shown_viewer(1); }
std::string cleo() { return shown_viewer(2); }

// Everything that is remembered, and everything that was told.
std::string everything(const TestDriver& driver) {
  std::string out;
  for (const char* state :
       {"shops", "products", "sessions", "pairs", "visitors", "shows", "actions"})
    for (const auto& [key, value] : driver.state_bytes(std::string("recommend-") + state))
      ((out += key) += value) += '\n';
  for (const auto& topic : {topics::viewer_offers.name(), topics::show_insights.name()})
    for (const Record& record : driver.records(topic))
      ((out += record.key) += record.value) += '\n';
  return out;
}

// A lively hour; `between` is called after each act.
template <class Between>
void lively_hour(TestShop& shop, Between between) {
  const std::vector<std::string> skus{"cup", "pot", "tea", "jam", "bag", "pen"};
  shop.pin({"cup", "pen"});
  for (int i = 0; i < 300; ++i) {
    const std::string viewer = "vwr_" + std::to_string(i * 7 % 23);
    const std::string& sku = skus[static_cast<std::size_t>(i * i + i / 5) % skus.size()];
    switch (i % 6) {
      case 0: shop.arrive(viewer); break;
      case 3: shop.cart(viewer, sku); break;
      case 4: shop.buy(viewer, {sku, skus[static_cast<std::size_t>(i) % skus.size()]}); break;
      default: shop.open(viewer, sku);
    }
    if (i % 50 == 49) shop.stock(sku, i % 100 == 99 ? 10 : 0);
    if (i == 120) shop.wait(31min);
    if (i == 200) shop.clear("pen", 80);
    between(i);
  }
  shop.end_show();
  shop.wait(1min);
}

// As add_recommend, but what is told to Mallory throws.
void add_throwing(App& app) {
  add_inputs(app);
  app.stream(topics::recommend_inputs)
      .process("recommend", [](Stores& stores) { return Recommender{stores}; },
               topics::show_insights)
      .map([](const ViewerOffers& offers) {
        if (offers.viewer() == "vwr_mallory") throw std::runtime_error("not to her");
        return offers;
      })
      .to(topics::viewer_offers);
}

}  // namespace

TEST_CASE("what viewers of the same product went on to is offered, with its reason") {
  TestShop shop;
  for (int i = 3; i < 6; ++i) {
    shop.open(shown_viewer(i), "cup");
    shop.open(shown_viewer(i), "pot");
  }
  shop.open(ada(), "cup");
  CHECK(!shop.offers(ada()).starts_with("pot similar"));  // no session is over yet
  shop.wait(31min);
  shop.open(ben(), "cup");
  REQUIRE(shop.offers(ben()).starts_with("pot similar"));
  const OfferedItem first = shop.told(ben()).items(0);
  CHECK(first.because() == "cup");
  CHECK(first.support() == 3);
  CHECK(first.why() == "Viewers who looked at the cup also looked at this, in 3 similar visits.");
}

TEST_CASE("a session is learnt when its show ends, and when it was bought") {
  TestShop shop;
  shop.open(ada(), "cup");
  shop.open(ada(), "tea");
  shop.end_show();
  shop.open(ben(), "cup");
  CHECK(shop.offers(ben()).starts_with("tea similar"));
  shop.open(cleo(), "jam");
  shop.buy(cleo(), {"jam", "bag"});
  shop.open(shown_viewer(3), "jam");
  CHECK(shop.offers(shown_viewer(3)).starts_with("bag similar"));
}

TEST_CASE("with nothing known the show's products come first, and the reason says so") {
  TestShop shop;
  shop.pin({"jam", "tea"});
  shop.pin({"pen"});
  shop.arrive(ada());
  CHECK(shop.offers(ada()) == "tea show, jam show, cup shop");  // pen is on the table
  CHECK(shop.told(ada()).items(0).why() == "A product of this show; nothing is known yet.");
  shop.open(ben(), "bag");
  shop.arrive(cleo());
  CHECK(shop.offers(cleo()) == "tea show, jam show, bag shop");
  CHECK(shop.told(cleo()).items(2).why() ==
        "Among the products of the shop, viewers have done most with it: 1 act.");
}

TEST_CASE("what was bought together goes with one of it, and with the cart") {
  TestShop shop;
  shop.buy(ada(), {"tea", "jam"});
  shop.buy(ben(), {"tea", "jam"});
  shop.cart(cleo(), "tea");
  REQUIRE(shop.told(cleo()).with_cart_size() == 1);
  const OfferedItem with = shop.told(cleo()).with_cart(0);
  CHECK(with.sku() == "jam");
  CHECK(with.why() == "In 2 carts and orders with the tea.");
  shop.cart(cleo(), "jam");
  CHECK(shop.told(cleo()).with_cart_size() == 0);  // both are in the cart
}

TEST_CASE("nothing is offered that is sold out, on the table, in the cart or bought") {
  TestShop shop;
  shop.stock("pot", 0);
  shop.pin({"pen"});
  shop.cart(ada(), "tea");
  shop.buy(ada(), {"bag"});
  shop.open(ada(), "cup");
  CHECK(shop.offers(ada()) == "jam shop");
  shop.stock("pot", 1);
  shop.open(ada(), "jam");
  CHECK(shop.offers(ada()) == "cup shop, pot shop");
}

TEST_CASE("stock to clear moves up, and the reason says so") {
  TestShop shop;
  shop.open(ben(), "cup");
  shop.arrive(ada());
  CHECK(shop.offers(ada()).starts_with("cup shop"));
  CHECK(shop.clear("pen", 300).clearing_set().percent() == 300);
  shop.arrive(cleo());
  CHECK(shop.offers(cleo()).starts_with("pen shop"));
  CHECK(shop.told(cleo()).items(0).why().ends_with("The shop is clearing its stock."));
  CHECK(shop.clear("none", 50).refused().code() == "not-found");
  shop.clear("pen", 0);
  shop.arrive(shown_viewer(3));
  CHECK(shop.offers(shown_viewer(3)).starts_with("cup shop"));
}

TEST_CASE("a viewer is told something new thirty times an hour at most") {
  TestShop shop;
  const std::vector<std::string> skus{"cup", "pot", "tea", "jam", "bag", "pen"};
  for (std::size_t i = 0; i < 80; ++i) shop.open(ada(), skus[i % skus.size()]);
  CHECK(shop.times_told(ada()) == 30);
  CHECK(shop.figures().capped() > 20);
  shop.wait(1h);
  shop.open(ada(), "cup");
  CHECK(shop.times_told(ada()) == 31);
}

TEST_CASE("one viewer in ten is held out: chosen for, counted, and marked not to be shown") {
  int held = 0;
  for (int i = 0; i < 10'000; ++i) held += is_held_out("vwr_" + std::to_string(i)) ? 1 : 0;
  CHECK(held > 900);
  CHECK(held < 1'100);
  TestShop shop;
  shop.arrive(held_viewer(0));
  CHECK(shop.told(held_viewer(0)).held_out());
  CHECK(shop.told(held_viewer(0)).items_size() == 3);
  shop.arrive(ada());
  CHECK(!shop.told(ada()).held_out());
}

TEST_CASE("the lift is counted exactly, each offer once") {
  TestShop shop;
  for (int i = 0; i < 3; ++i) shop.arrive(shown_viewer(i));  // cup, pot, tea
  for (int i = 0; i < 2; ++i) shop.arrive(held_viewer(i));
  shop.arrive(ada());  // the same again
  shop.open(ada(), "cup");
  shop.open(ada(), "cup");
  shop.buy(ada(), {"cup"}, 500);
  shop.buy(ada(), {"cup"}, 100);
  shop.buy(ben(), {"pot", "pen"}, 600);  // pen was not offered
  shop.buy(held_viewer(0), {"cup"}, 300);
  OfferFigures now = shop.figures();
  CHECK(now.shown().viewers() == 3);
  CHECK(now.shown().opened() == 1);
  CHECK(now.shown().bought() == 2);
  CHECK(now.shown().orders() == 3);
  CHECK(now.shown().units() == 4);
  CHECK(now.shown().amount().amount() == 1'200);
  CHECK(now.held_out().viewers() == 2);
  CHECK(now.held_out().bought() == 1);
  CHECK(now.lift_known());
  const auto rate = [](const GroupFigures& group) {
    return static_cast<double>(group.bought()) / static_cast<double>(group.offered());
  };
  CHECK(now.lift() == doctest::Approx(rate(now.shown()) / rate(now.held_out()) - 1));
  CHECK(now.basket_lift() == doctest::Approx(1.0 / 3));
  shop.wait(31min);  // too late
  shop.buy(cleo(), {"tea"});
  CHECK(shop.figures().shown().bought() == 2);
}

TEST_CASE("what is recomputed from the first record is what was there live, to the byte") {
  TestShop live, again;
  lively_hour(live, [&](int i) {
    if (i % 37 == 0) live.driver->restart();
  });
  lively_hour(again, [](int) {});
  CHECK(live.driver->values(topics::viewer_offers).size() > 100);
  CHECK(everything(*live.driver) == everything(*again.driver));
}

TEST_CASE("a record that throws leaves no trace, neither in the rows nor in what is in memory") {
  TestShop shop{add_throwing};
  for (int i = 0; i < 3; ++i) shop.open("vwr_mallory", "pot");
  CHECK(shop.driver->dead_letters(topics::recommend_inputs.name()).size() == 3);
  shop.arrive(ada());
  CHECK(shop.told(ada()).items(0).sku() == "cup");
  CHECK(shop.told(ada()).items(0).support() == 0);
}

TEST_CASE("a thousand sessions later the rows are those of the sessions kept") {
  TestShop shop;
  for (int i = 0; i < 1'000; ++i) {
    const std::string viewer = "vwr_" + std::to_string(i);
    shop.buy(viewer, {i % 2 == 0 ? "cup" : "pot", "tea"});
  }
  const auto rows = shop.driver->state<ScopedRow, Session>("recommend-sessions");
  CHECK(rows.size() == 1'000);
  CHECK(shop.figures().sessions() == 1'000);
}

}  // namespace vitrine::recommend
