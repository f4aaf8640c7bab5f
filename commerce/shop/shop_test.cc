#include <doctest/doctest.h>

#include "commerce/shop/shop_test_kit.h"

using namespace vitrine;
using namespace vitrine::shop;
using namespace std::chrono_literals;

TEST_CASE("a viewer reserves, pays and has an order, and the stock follows") {
  TestShop shop = stocked_shop();
  const auto reserved = shop.first(reserve("vwr_1", {{"mug", 2}, {"mug", 1}})).items_reserved();
  CHECK(reserved.lines(0).quantity() == 3);
  CHECK(reserved.total().amount() == 5997);
  CHECK(reserved.stock(0).available() == 2);
  CHECK(reserved.expires_at_ms() == millis_of(shop.now + 5min));
  const auto placed = shop.first(place_order("vwr_1", reserved.reservation())).order_placed();
  CHECK(placed.order().status() == PENDING);
  CHECK(placed.order().show() == "show_1");
  const auto confirmed = shop.first(payment_report(placed.order(), APPROVED));
  CHECK(confirmed.viewer() == "vwr_1");
  CHECK(confirmed.order_confirmed().order().status() == CONFIRMED);
  CHECK(confirmed.order_confirmed().order().payment() == "pay_1");
  CHECK(confirmed.order_confirmed().stock(0).on_hand() == 2);
  CHECK(confirmed.order_confirmed().stock(0).available() == 2);
}

TEST_CASE("an empty list of lines reserves the cart, and what was bought leaves it") {
  TestShop shop = stocked_shop();
  shop.send(set_cart_line("vwr_1", "mug", 2));
  shop.send(set_cart_line("vwr_1", "cap", 1));
  const auto reserved = shop.first(reserve("vwr_1", {})).items_reserved();
  CHECK(reserved.total().amount() == 2 * 1999 + 500);
  const auto order =
      shop.first(place_order("vwr_1", reserved.reservation())).order_placed().order();
  const auto events = shop.send(payment_report(order, APPROVED));
  REQUIRE(events.size() == 3);
  CHECK(events[1].cart_line_set().quantity() == 0);
  CHECK(shop.tables.carts.at("vwr_1").lines.empty());
  CHECK(shop.first(reserve("vwr_1", {})).refused().code() == "schema");
}

TEST_CASE("reservations are refused for what is short, unknown, mixed or dearer than seen") {
  TestShop shop = stocked_shop();
  shop.send(put_product("vase", [] {
    Money m = gbp(100);
    m.set_currency("EUR");
    return m;
  }()));
  shop.send(set_stock("vase", 9));
  const auto refused = shop.first(reserve("vwr_1", {{"mug", 1}, {"cap", 2}})).refused();
  CHECK(refused.code() == "stock-unavailable");
  CHECK(refused.command() == "reserve");
  CHECK(refused.stock(0).sku() == "cap");
  CHECK(shop.tables.stocks.at("mug").reserved == 0);
  CHECK(shop.first(reserve("vwr_1", {{"pen", 1}})).refused().code() == "not-found");
  CHECK(shop.first(reserve("vwr_1", {{"mug", 1}, {"vase", 1}})).refused().code() == "schema");
  CHECK(shop.first(reserve("vwr_1", {{"mug", 0}})).refused().code() == "schema");
  CHECK(shop.first(reserve("", {{"mug", 1}})).refused().code() == "permission");
  ShopCommand dear = reserve("vwr_1", {{"mug", 1}});
  *dear.mutable_reserve()->mutable_lines(0)->mutable_unit_price() = gbp(1500);
  const auto changed = shop.first(dear).refused();
  CHECK(changed.code() == "price-changed");
  CHECK(changed.price_before().amount() == 1500);
  CHECK(changed.price_now().amount() == 1999);
}

TEST_CASE("a held price stays though the product's price moves") {
  TestShop shop = stocked_shop();
  const auto id = shop.first(reserve("vwr_1", {{"mug", 1}})).items_reserved().reservation();
  const auto price = shop.first(set_price("mug", gbp(2500))).price_set();
  CHECK(price.before().amount() == 1999);
  CHECK(shop.first(place_order("vwr_1", id)).order_placed().order().total().amount() == 1999);
}

TEST_CASE("a hold that nobody orders ends after five minutes and gives its units back") {
  TestShop shop = stocked_shop();
  const auto id = shop.first(reserve("vwr_1", {{"cap", 1}})).items_reserved().reservation();
  shop.advance(5min - 1ms);
  CHECK(shop.tables.stocks.at("cap").available() == 0);
  shop.advance(1ms);
  CHECK(shop.log.back().reservation_released().cause() == EXPIRED);
  CHECK(shop.log.back().reservation_released().stock(0).available() == 1);
  CHECK(shop.first(place_order("vwr_1", id)).refused().code() == "reservation-expired");
  CHECK(shop.first(release("vwr_1", id)).refused().code() == "reservation-expired");
  shop.advance(24h);
  CHECK(shop.first(place_order("vwr_1", id)).refused().code() == "not-found");
}

TEST_CASE("a hold is over at its moment even before the timer has fired") {
  TestShop shop = stocked_shop();
  const auto id = shop.first(reserve("vwr_1", {{"cap", 1}})).items_reserved().reservation();
  shop.now += 5min;
  CHECK(shop.first(place_order("vwr_1", id)).refused().code() == "reservation-expired");
}

TEST_CASE("an ordered hold no longer expires; the payment has its own deadline") {
  TestShop shop = stocked_shop();
  shop.options.hold = 10s;
  const auto id = shop.first(reserve("vwr_1", {{"cap", 1}})).items_reserved().reservation();
  const auto order = shop.first(place_order("vwr_1", id)).order_placed().order();
  shop.advance(29s);
  CHECK(shop.tables.stocks.at("cap").available() == 0);
  CHECK(shop.first(release("vwr_1", id)).refused().code() == "in-progress");
  CHECK(shop.first(place_order("vwr_1", id)).refused().code() == "reservation-expired");
  shop.advance(1s);
  CHECK(shop.tables.orders.at(order.id()).order.status() == REJECTED);
  CHECK(shop.tables.orders.at(order.id()).order.reason() == "timeout");
  CHECK(shop.tables.stocks.at("cap").available() == 1);
  const auto late = shop.first(payment_report(order, APPROVED)).payment_noted();
  CHECK(late.needs_refund());
  CHECK_FALSE(shop.first(payment_report(order, APPROVED)).payment_noted().needs_refund());
}

TEST_CASE("a declined payment frees the stock at once") {
  TestShop shop = stocked_shop();
  const auto id = shop.first(reserve("vwr_1", {{"cap", 1}})).items_reserved().reservation();
  const auto order = shop.first(place_order("vwr_1", id)).order_placed().order();
  const auto events = shop.send(payment_report(order, DECLINED));
  REQUIRE(events.size() == 2);
  CHECK(events[0].order_rejected().order().reason() == "payment-declined");
  CHECK(events[1].reservation_released().cause() == PAYMENT_FAILED);
  CHECK(shop.first(reserve("vwr_2", {{"cap", 1}})).has_items_reserved());
}

TEST_CASE("another viewer's reservation is as good as absent") {
  TestShop shop = stocked_shop();
  const auto id = shop.first(reserve("vwr_1", {{"cap", 1}})).items_reserved().reservation();
  CHECK(shop.first(place_order("vwr_2", id)).refused().code() == "not-found");
  CHECK(shop.first(release("vwr_2", id)).refused().code() == "not-found");
  CHECK(shop.first(release("vwr_1", id)).reservation_released().cause() == CANCELLED);
}

TEST_CASE("the same idempotency key is answered again and does nothing") {
  TestShop shop = stocked_shop();
  const auto command = with_key(reserve("vwr_1", {{"mug", 2}}), "k1");
  const auto first = shop.first(command);
  const auto again = shop.first(command);
  REQUIRE(again.has_answered_again());
  CHECK(again.answered_again().events(0).SerializeAsString() == first.SerializeAsString());
  CHECK(shop.tables.stocks.at("mug").reserved == 2);
  CHECK(shop.first(with_key(reserve("vwr_1", {{"mug", 1}}), "k1", "h2")).refused().code() ==
        "idempotency-conflict");
  CHECK(shop.first(command).has_answered_again());
  shop.advance(24h);
  CHECK(shop.first(command).has_items_reserved());
}

TEST_CASE("a refusal is remembered under its key though stock comes back") {
  TestShop shop = stocked_shop();
  const auto id = shop.first(reserve("vwr_1", {{"cap", 1}})).items_reserved().reservation();
  const auto command = with_key(reserve("vwr_2", {{"cap", 1}}), "k2");
  CHECK(shop.first(command).refused().code() == "stock-unavailable");
  shop.send(release("vwr_1", id));
  CHECK(shop.first(command).answered_again().events(0).refused().code() == "stock-unavailable");
}

TEST_CASE("a placed order's key tells how the order ended") {
  TestShop shop = stocked_shop();
  const auto id = shop.first(reserve("vwr_1", {{"mug", 1}})).items_reserved().reservation();
  const auto command = with_key(place_order("vwr_1", id), "k3");
  const auto order = shop.first(command).order_placed().order();
  CHECK(shop.first(command).answered_again().events_size() == 1);
  shop.send(payment_report(order, APPROVED));
  const auto again = shop.first(command).answered_again();
  REQUIRE(again.events_size() == 2);
  CHECK(again.events(1).order_confirmed().order().id() == order.id());
}

TEST_CASE("a price and a stock are refused for what is unknown or odd") {
  TestShop shop = stocked_shop();
  CHECK(shop.first(set_price("pen", gbp(1))).refused().code() == "not-found");
  CHECK(shop.first(set_price("mug", gbp(-1))).refused().code() == "schema");
  CHECK(shop.first(set_stock("pen", 1)).refused().code() == "not-found");
  CHECK(shop.first(put_product("no sku", gbp(1))).refused().code() == "schema");
  CHECK(shop.first(put_product("pen", Money{})).refused().code() == "schema");
  CHECK(shop.first(ShopCommand{}).refused().code() == "schema");
  shop.send(reserve("vwr_1", {{"mug", 3}}));
  CHECK(shop.first(set_stock("mug", 2)).refused().code() == "stock-unavailable");
}
