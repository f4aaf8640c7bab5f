// Broadcast tables: asked by any key, from joins and from processors, in both plans.
#include <doctest/doctest.h>

#include <stdexcept>

#include "streams/operators/test_types.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace vitrine::literals;
using test::Order;
using test::orders;

namespace {
const Topic<std::string, std::int64_t> rates{"rates"};  // show -> percent off
const Topic<std::string, std::string> prices{"prices"};

std::string price(const Order& order, const std::int64_t* off) {
  const std::int64_t percent = off == nullptr ? 0 : *off;
  if (percent > 100) throw std::runtime_error("more than all");
  return std::to_string(order.cents * (100 - percent) / 100);
}

App pricing() {
  App app{"a"};
  auto off = app.broadcast(rates);
  app.stream(orders)
      .left_join(
          off, [](const Order& o) { return o.show; }, price)
      .to(prices);
  return app;
}
using Texts = std::vector<std::string>;
}  // namespace

TEST_CASE("a record asks a broadcast table by any key of its own, without a hop") {
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{pricing(), plan};
    t.pipe(orders, "o-1", Order{"tea", 200});
    t.pipe(rates, "tea", 50);
    t.pipe(orders, "o-2", Order{"tea", 200});
    t.restart();
    t.pipe(orders, "o-3", Order{"pots", 200});
    t.pipe(orders, "o-4", Order{"tea", 300});
    t.pipe_bytes("rates", {"tea", "", at(1s), {}});
    t.pipe(orders, "o-5", Order{"tea", 300});
    CHECK(t.values(prices) == Texts{"200", "100", "200", "150", "300"});
    CHECK(t.read(prices).contains("o-4"));
  }
  CHECK(pricing().describe().find("by-key") == std::string::npos);
}

TEST_CASE("join with a broadcast table drops records without a partner") {
  App app{"a"};
  app.stream(orders)
      .join(
          app.broadcast(rates), [](std::string_view key, const Order&) { return key; },
          [](const Order& o, std::int64_t off) { return o.show + std::to_string(off); })
      .to(prices);
  TestDriver t{app};
  t.pipe(rates, "o-1", 7);
  t.pipe(orders, "o-1", Order{"tea", 1});
  t.pipe(orders, "o-2", Order{"tea", 1});
  CHECK(t.values(prices) == Texts{"tea7"});
}

TEST_CASE("a record that fails over a broadcast value leaves the table as it was") {
  TestDriver t{pricing()};
  t.pipe(rates, "tea", 101);
  t.pipe(orders, "o-1", Order{"tea", 100});
  t.pipe_bytes("rates", {"tea", "no number", at(1s), {}});
  CHECK(t.dead_letters("orders").size() == 1);
  CHECK(t.dead_letters("rates").size() == 1);
  CHECK(t.state<std::string, std::int64_t>("rates").at("tea") == 101);
  t.pipe(rates, "tea", 10);
  t.pipe(orders, "o-1", Order{"tea", 100});
  CHECK(t.values(prices) == Texts{"90"});
}

TEST_CASE("an app says which topics every shard must read whole") {
  const auto topology = *pricing().topology();
  REQUIRE(topology->everywhere().size() == 1);
  CHECK(topology->topics()[topology->everywhere()[0]].name == "rates");
  CHECK(pricing().describe().find("broadcast") != std::string::npos);
}

namespace {
struct Screen {
  Screen(Stores& stores, const Broadcast<std::string, std::int64_t>& table)
      : rates_of(stores.lookup(table)), asked(stores.keyed<std::uint64_t>("asked")) {}
  void on_record(std::string_view key, const Order& order,
                 Context<std::string, std::string>& context) {
    ++asked.upsert(key);
    std::int64_t best = 0;
    rates_of.for_each(
        [&](std::string_view, std::int64_t off) { best = std::max<std::int64_t>(best, off); });
    const std::int64_t* own = rates_of.find(order.show);
    context.emit(key, std::to_string(own ? *own : -1) + " of " + std::to_string(best));
  }
  Lookup<std::string, std::int64_t> rates_of;
  Keyed<std::uint64_t> asked;
};
}  // namespace

TEST_CASE("a processor looks up any key of a broadcast table") {
  App app{"a"};
  auto table = app.broadcast(rates);
  app.stream(orders).process([table](Stores& stores) { return Screen{stores, table}; }).to(prices);
  TestDriver t{app};
  t.pipe(rates, "tea", 5);
  t.pipe(rates, "pots", 9);
  t.pipe(orders, "o-1", Order{"tea", 1});
  t.restart();
  t.pipe(orders, "o-1", Order{"cups", 1});
  CHECK(t.values(prices) == Texts{"5 of 9", "-1 of 9"});
}

TEST_CASE("a table of another app is refused: nobody here would keep it") {
  App one{"one"}, two{"two"};
  auto table = two.broadcast(rates);
  one.stream(orders)
      .left_join(
          table, [](const Order& o) { return o.show; }, price)
      .to(prices);
  const auto topology = one.topology();
  REQUIRE(!topology.has_value());
  CHECK(topology.error().message.find(
            "left_join reads the state \"rates\", which nothing in this app keeps") !=
        std::string::npos);
}
