// Buying, through a real server on a real log.
#include <doctest/doctest.h>

#include "gateway/test_server.h"

using namespace vitrine;
using namespace vitrine::gateway;

namespace {

constexpr const char* kReserveOne = R"({"lines":[{"sku":"mug","quantity":1}]})";

std::string order_body(const std::string& reservation, const std::string& token) {
  return "{\"reservation\":\"" + reservation + "\",\"payment_token\":\"" + token + "\"}";
}

}  // namespace

TEST_CASE("a viewer reserves, pays and has bought; stock and lists say so") {
  TestServer server;
  server.put_product("mug", 1999, 5);
  const std::string show = server.live_show();
  const std::string ada = server.guest();
  auto socket = server.socket(ada);
  REQUIRE(socket.send(R"({"t":"sub","ch":"viewer.orders"})"));
  REQUIRE(socket.send(R"({"t":"sub","ch":"shop.stock:shop_demo"})"));
  CHECK(json_at(receive(socket, "snapshot", "shop.stock"), "/data/items/0/available") == "5");

  const auto reserved =
      server.call("POST", "/v1/store/reservations",
                  R"({"lines":[{"sku":"mug","quantity":2}],"show":")" + show + "\"}", ada, "key-1");
  REQUIRE(reserved.status == 201);
  CHECK(reserved.at("/total/amount") == "3998");
  CHECK(json_at(receive(socket, "evt", "shop.stock"), "/data/available") == "3");

  const auto bought = server.call("POST", "/v1/store/orders",
                                  order_body(reserved.at("/id"), "tok_approve"), ada, "key-2");
  REQUIRE(bought.status == 201);
  CHECK(bought.at("/status") == "confirmed");
  CHECK_FALSE(receive(socket, "evt", "confirmed").empty());
  CHECK(server.call("GET", "/v1/store/orders", {}, ada).at("/items/0/id") == bought.at("/id"));
  CHECK(server.call("GET", "/v1/host/orders", {}, server.host()).at("/items/0/id") ==
        bought.at("/id"));
  CHECK(server.call("GET", "/v1/store/products/mug").at("/on_hand") == "3");
  CHECK(
      server.call("GET", "/v1/store/orders/" + bought.at("/id"), {}, server.guest("Bob")).status ==
      404);
}

TEST_CASE("a declined payment frees the stock") {
  TestServer server;
  server.put_product("mug", 1999, 1);
  const std::string ada = server.guest();
  const auto reserved = server.call("POST", "/v1/store/reservations", kReserveOne, ada, "key-1");
  REQUIRE(reserved.status == 201);
  const auto declined = server.call("POST", "/v1/store/orders",
                                    order_body(reserved.at("/id"), "tok_decline"), ada, "key-2");
  CHECK(declined.status == 402);
  CHECK(declined.at("/code") == "payment-declined");
  CHECK(server.call("GET", "/v1/store/products/mug").at("/available") == "1");
}

TEST_CASE("a slow provider is answered 202, and its approval arrives later") {
  TestServer server([](Options& options) { options.order_wait = Duration{200}; });
  server.put_product("mug", 1999, 1);
  const std::string ada = server.guest();
  auto socket = server.socket(ada);
  REQUIRE(socket.send(R"({"t":"sub","ch":"viewer.orders"})"));
  const auto reserved = server.call("POST", "/v1/store/reservations", kReserveOne, ada, "key-1");
  const auto pending = server.call("POST", "/v1/store/orders",
                                   order_body(reserved.at("/id"), "tok_slow"), ada, "key-2");
  CHECK(pending.status == 202);
  CHECK(pending.at("/status") == "pending");
  CHECK_FALSE(receive(socket, "evt", "confirmed", 15'000).empty());
  const auto again = server.call("POST", "/v1/store/orders",
                                 order_body(reserved.at("/id"), "tok_slow"), ada, "key-2");
  CHECK(again.status == 201);
  CHECK(again.header("Idempotent-Replayed") == "true");
}

TEST_CASE("the same key and body again gives the same bytes, also after a restart") {
  TestServer server;
  server.put_product("mug", 1999, 5);
  const std::string ada = server.guest();
  const auto first = server.call("POST", "/v1/store/reservations", kReserveOne, ada, "key-1");
  REQUIRE(first.status == 201);
  const auto second = server.call("POST", "/v1/store/reservations", kReserveOne, ada, "key-1");
  CHECK(second.status == 201);
  CHECK(second.body == first.body);
  CHECK(second.header("Idempotent-Replayed") == "true");
  CHECK(first.header("Idempotent-Replayed").empty());

  server.stop();
  server.start();
  const auto third = server.call("POST", "/v1/store/reservations", kReserveOne, ada, "key-1");
  CHECK(third.body == first.body);
  CHECK(third.header("Idempotent-Replayed") == "true");
  CHECK(server.call("GET", "/v1/store/products/mug").at("/available") == "4");
}

TEST_CASE("a refusal is remembered by its key as well") {
  TestServer server;
  server.put_product("mug", 1999, 0);
  const std::string ada = server.guest();
  const auto first = server.call("POST", "/v1/store/reservations", kReserveOne, ada, "key-1");
  CHECK(first.status == 409);
  CHECK(first.at("/code") == "stock-unavailable");
  server.put_product("mug", 1999, 5);
  const auto second = server.call("POST", "/v1/store/reservations", kReserveOne, ada, "key-1");
  CHECK(second.body == first.body);
  CHECK(second.header("Idempotent-Replayed") == "true");
  CHECK(server.call("POST", "/v1/store/reservations", kReserveOne, ada, "key-2").status == 201);
}

TEST_CASE("a key belongs to its caller and its body") {
  TestServer server;
  server.put_product("mug", 1999, 5);
  const std::string ada = server.guest("Ada");
  const std::string bob = server.guest("Bob");
  CHECK(server.call("POST", "/v1/store/reservations", kReserveOne, ada, "key-1").status == 201);
  const auto other = server.call("POST", "/v1/store/reservations",
                                 R"({"lines":[{"sku":"mug","quantity":2}]})", ada, "key-1");
  CHECK(other.status == 422);
  CHECK(other.at("/code") == "idempotency-conflict");
  CHECK(server.call("POST", "/v1/store/reservations", kReserveOne, bob, "key-1").status == 201);
  CHECK(server.call("GET", "/v1/store/products/mug").at("/available") == "3");
}

TEST_CASE("a payment that was open when the server stopped is settled after the restart") {
  TestServer server([](Options& options) { options.order_wait = Duration{100}; });
  server.put_product("mug", 1999, 1);
  const std::string ada = server.guest();
  const auto reserved = server.call("POST", "/v1/store/reservations", kReserveOne, ada, "key-1");
  const auto pending = server.call("POST", "/v1/store/orders",
                                   order_body(reserved.at("/id"), "tok_slow"), ada, "key-2");
  REQUIRE(pending.status == 202);
  server.stop();
  server.start();
  auto socket = server.socket(ada);
  REQUIRE(socket.send(R"({"t":"sub","ch":"viewer.orders"})"));
  CHECK(json_at(receive(socket, "snapshot"), "/data/items/0/status") == "pending");
  CHECK_FALSE(receive(socket, "evt", "confirmed", 15'000).empty());
}

TEST_CASE(
    "the cart is the same for every device of a person, and an empty list of lines reserves it") {
  TestServer server;
  server.put_product("mug", 1999, 5);
  server.put_product("cap", 500, 5);
  const std::string ada = server.guest();
  auto phone = server.socket(ada);
  REQUIRE(phone.send(R"({"t":"sub","ch":"viewer.cart"})"));
  CHECK_FALSE(receive(phone, "snapshot").empty());
  CHECK(server.call("PUT", "/v1/store/cart/lines/mug", R"({"quantity":2})", ada).status == 200);
  const auto cart = server.call("PUT", "/v1/store/cart/lines/cap", R"({"quantity":1})", ada);
  CHECK(cart.at("/total/amount") == "4498");
  CHECK_FALSE(receive(phone, "evt", "\"amount\":4498").empty());
  const auto reserved = server.call("POST", "/v1/store/reservations", "{}", ada, "key-1");
  REQUIRE(reserved.status == 201);
  CHECK(reserved.at("/total/amount") == "4498");
  CHECK(server
            .call("POST", "/v1/store/orders", order_body(reserved.at("/id"), "tok_approve"), ada,
                  "key-2")
            .status == 201);
  CHECK_FALSE(receive(phone, "evt", "\"lines\":[]").empty());
  CHECK(server.call("GET", "/v1/store/cart", {}, ada).at("/lines") == "[]");
}
