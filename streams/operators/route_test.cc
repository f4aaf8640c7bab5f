// branch and merge: who gets a record, in which order, and what a failure takes back.
#include <doctest/doctest.h>

#include <stdexcept>

#include "streams/operators/test_types.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace vitrine::literals;
using test::Order;
using test::orders;

namespace {
const Topic<std::string, Order> large_orders{"large-orders"};
const Topic<std::string, Order> free_orders{"free-orders"};
const Topic<std::string, Order> other_orders{"other-orders"};
const Topic<std::string, Order> web_orders{"web-orders"};
const Topic<std::string, std::uint64_t> order_counts{"order-counts"};

bool is_large(const Order& order) {
  if (order.cents < 0) throw std::runtime_error("negative");
  return order.cents >= 100;
}

App sorted() {
  App app{"a"};
  auto [large, of_free_shows, rest] = app.stream(orders).branch(
      is_large, [](std::string_view key, const Order&) { return key == "free"; }, otherwise);
  large.to(large_orders);
  of_free_shows.to(free_orders);
  rest.to(other_orders);
  return app;
}

std::vector<std::int64_t> cents(const TestDriver& t, const Topic<std::string, Order>& topic) {
  std::vector<std::int64_t> out;
  for (const Order& order : t.values(topic)) out.push_back(order.cents);
  return out;
}
using Cents = std::vector<std::int64_t>;
}  // namespace

TEST_CASE("branch sends a record the first way that wants it, and only that way") {
  TestDriver t{sorted()};
  t.pipe(orders, "free", Order{"", 150});
  t.pipe(orders, "free", Order{"", 1});
  t.pipe(orders, "s", Order{"", 2});
  CHECK(cents(t, large_orders) == Cents{150});
  CHECK(cents(t, free_orders) == Cents{1});
  CHECK(cents(t, other_orders) == Cents{2});
}

TEST_CASE("without otherwise, branch drops what no way wants") {
  App app{"a"};
  auto [large] = app.stream(orders).branch(is_large);
  large.to(large_orders);
  TestDriver t{app};
  t.pipe(orders, "s", Order{"", 1});
  t.pipe(orders, "s", Order{"", 100});
  CHECK(cents(t, large_orders) == Cents{100});
}

TEST_CASE("a predicate that throws takes its record along, from every way") {
  TestDriver t{sorted()};
  t.pipe(orders, "free", Order{"", -1});
  t.restart();
  t.pipe(orders, "free", Order{"", 5});
  CHECK(cents(t, free_orders) == Cents{5});
  REQUIRE(t.dead_letters("orders").size() == 1);
  CHECK(t.dead_letters("orders")[0].cause == "negative");
}

TEST_CASE("merge brings streams together, from several topics and from ways of one branch") {
  App app{"a"};
  auto web = app.stream(web_orders);
  auto [large, rest] = app.stream(orders).branch(is_large, otherwise);
  rest.merge(web, large).group_by_key().count("n").to(order_counts);
  TestDriver t{app};
  t.pipe(orders, "s", Order{"", 1}, at(1s), "cmd-1");
  t.pipe(orders, "s", Order{"", 100}, at(2s));
  t.restart();
  t.pipe(web_orders, "s", Order{"", 3}, at(3s));
  CHECK(t.values(order_counts) == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(t.read_all(order_counts)[0].correlation == "cmd-1");
}

TEST_CASE("a record that comes by two ways of a merge is worked on twice, and undone whole") {
  App app{"a"};
  auto all = app.stream(orders);
  auto dear = all.map([](const Order& o) { return Order{"copy", o.cents}; });
  all.merge(dear)
      .group_by_key()
      .count("n")
      .filter([](std::uint64_t n) {
        if (n == 4) throw std::runtime_error("four");
        return true;
      })
      .to(order_counts);
  TestDriver t{app};
  t.pipe(orders, "s", Order{"", 1});
  t.pipe(orders, "s", Order{"", 1});
  CHECK(t.values(order_counts) == std::vector<std::uint64_t>{1, 2});
  CHECK(t.dead_letters("orders").size() == 1);
  CHECK(t.state<std::string, std::uint64_t>("n").at("s") == 2);
}

TEST_CASE("a merge with a rekeyed stream hops to the task that owns the key") {
  App app{"a"};
  auto by_show = app.stream(web_orders).rekey([](const Order& o) { return o.show; });
  app.stream(orders).merge(by_show).group_by_key().count("n").to(order_counts);
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{app, plan};
    t.pipe(web_orders, "x", Order{"s", 1});
    t.pipe(orders, "s", Order{"s", 1});
    CHECK(t.read(order_counts).at("s") == 2);
    CHECK(t.records("a.n.by-key").size() == (plan == Plan::Split ? 2 : 0));
  }
}

TEST_CASE("describe shows the ways of a branch, and a merge once") {
  App app{"a"};
  auto [large, rest] = app.stream(orders).branch(is_large, otherwise);
  large.merge(rest).to(other_orders);
  const std::string text = app.describe();
  CHECK(text.find("-> way 1") != std::string::npos);
  CHECK(text.find("-> otherwise") != std::string::npos);
  CHECK(text.find("=> other-orders") == text.rfind("=> other-orders"));
  CHECK(text.find("merge (goes on above)") != std::string::npos);
}

TEST_CASE("streams of two apps are not merged") {
  App one{"one"}, two{"two"};
  one.stream(orders).merge(two.stream(orders)).to(other_orders);
  const auto topology = one.topology();
  REQUIRE(!topology.has_value());
  CHECK(topology.error().message.find(
            "a stream of the app \"two\" is merged into one of \"one\"") != std::string::npos);
}
