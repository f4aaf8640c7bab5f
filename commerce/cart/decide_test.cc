#include <doctest/doctest.h>

#include "commerce/cart/decide.h"

using namespace vitrine;
using namespace vitrine::cart;

namespace {

SetCartLine want(const std::string& sku, std::int32_t quantity) {
  SetCartLine command;
  command.set_sku(sku);
  command.set_quantity(quantity);
  return command;
}

void set(Cart& cart, const std::string& sku, std::int32_t quantity) {
  const auto event = set_line(cart, want(sku, quantity), true);
  REQUIRE(event);
  evolve(cart, *event);
}

Line line(const std::string& sku, std::int32_t quantity) {
  Line out;
  out.set_sku(sku);
  out.set_quantity(quantity);
  return out;
}

}  // namespace

TEST_CASE("the last quantity wins, and the event says how much was added") {
  Cart cart;
  set(cart, "mug", 2);
  const auto event = set_line(cart, want("mug", 5), true);
  REQUIRE(event);
  CHECK(event->added() == 3);
  CHECK(event->version() == 2);
  evolve(cart, *event);
  CHECK(cart.lines == std::vector<CartLine>{{"mug", 5}});
  const auto again = set_line(cart, want("mug", 5), true);
  CHECK(again->added() == 0);
  CHECK(again->version() == 2);
}

TEST_CASE("zero takes a line away, of a product that is gone too") {
  Cart cart;
  set(cart, "mug", 2);
  const auto event = set_line(cart, want("mug", 0), false);
  REQUIRE(event);
  CHECK(event->added() == -2);
  evolve(cart, *event);
  CHECK(cart.lines.empty());
  CHECK(cart.version == 2);
}

TEST_CASE("unknown products, odd quantities and a hundred and first line are refused") {
  Cart cart;
  CHECK(set_line(cart, want("mug", 1), false).error().code() == "not-found");
  CHECK(set_line(cart, want("mug", -1), true).error().code() == "schema");
  CHECK(set_line(cart, want("mug", 1000), true).error().code() == "schema");
  for (int i = 0; i < 100; ++i) set(cart, "sku" + std::to_string(i), 1);
  CHECK(set_line(cart, want("mug", 1), true).error().code() == "schema");
  CHECK(set_line(cart, want("sku7", 9), true).has_value());
}

TEST_CASE("what was bought leaves the cart, and no more than that") {
  Cart cart;
  set(cart, "mug", 3);
  set(cart, "cap", 1);
  const std::vector<Line> bought{line("mug", 2), line("cap", 4), line("pen", 1)};
  const auto events = take_out(cart, bought);
  REQUIRE(events.size() == 2);
  for (const auto& event : events) evolve(cart, event);
  CHECK(cart.lines == std::vector<CartLine>{{"mug", 1}});
  CHECK(cart.version == 4);
}
