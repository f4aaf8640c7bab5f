#include <doctest/doctest.h>

#include "commerce/model/topics.h"
#include "commerce/shop/shop_test_kit.h"
#include "commerce/shop/topology.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace vitrine::shop;
using namespace std::chrono_literals;

namespace {

struct Running {
  App app = shop_app();
  TestDriver driver{app};
  void send(const ShopCommand& command, const std::string& id = "cmd") {
    driver.pipe(topics::shop_commands, "shop_demo", command, driver.now(), id);
  }
  ShopEvent last() const { return driver.values(topics::shop_events).back(); }
};

}  // namespace

TEST_CASE("an order travels through the topology, with its request for payment in the outbox") {
  Running shop;
  shop.driver.advance(1000s);
  shop.send(put_product("mug", gbp(1999)));
  shop.send(set_stock("mug", 3));
  shop.send(reserve("vwr_1", {{"mug", 2}}), "cmd_reserve");
  const auto reserved = shop.last().items_reserved();
  shop.send(place_order("vwr_1", reserved.reservation()), "cmd_order");
  const auto requests = shop.driver.read(topics::payment_requests);
  REQUIRE(requests.size() == 1);
  const auto order = shop.last().order_placed().order();
  CHECK(requests.begin()->first == order.id());
  CHECK(requests.begin()->second.amount().amount() == 3998);
  CHECK(requests.begin()->second.shop() == "shop_demo");
  CHECK(shop.driver.read_all(topics::shop_events).back().correlation == "cmd_order");
  shop.driver.restart();
  shop.send(payment_report(order, APPROVED), "cmd_report");
  CHECK(shop.last().order_confirmed().order().status() == CONFIRMED);
  CHECK(shop.driver.state<ScopedRow, inventory::Stock>("shop-stock").at({"shop_demo", "mug"}) ==
        inventory::Stock{1, 0});
  CHECK(shop.driver.dead_letters("shop.commands").empty());
}

TEST_CASE("timers free a hold and reject an unpaid order, across a restart") {
  Running shop;
  shop.driver.advance(1000s);
  shop.send(put_product("mug", gbp(1999)));
  shop.send(set_stock("mug", 2));
  shop.send(reserve("vwr_1", {{"mug", 1}}));
  shop.send(reserve("vwr_2", {{"mug", 1}}));
  shop.send(place_order("vwr_2", shop.last().items_reserved().reservation()));
  shop.driver.restart();
  shop.driver.advance(30s);
  CHECK(shop.last().reservation_released().cause() == PAYMENT_FAILED);
  shop.driver.advance(270s);
  CHECK(shop.last().reservation_released().cause() == EXPIRED);
  CHECK(shop.last().viewer() == "vwr_1");
  CHECK(shop.driver.state<ScopedRow, inventory::Stock>("shop-stock").at({"shop_demo", "mug"}) ==
        inventory::Stock{2, 0});
}

TEST_CASE("two shops do not see each other's stock, carts or keys") {
  Running shop;
  shop.driver.advance(1000s);
  shop.send(put_product("mug", gbp(1999)));
  shop.driver.pipe(topics::shop_commands, "shop_other", set_stock("mug", 1));
  CHECK(shop.last().refused().code() == "not-found");
  shop.send(with_key(set_stock("mug", 3), "k"));
  shop.driver.pipe(topics::shop_commands, "shop_other",
                   with_key(put_product("mug", gbp(1)), "k", "h2"));
  CHECK(shop.last().has_product_put());
}
