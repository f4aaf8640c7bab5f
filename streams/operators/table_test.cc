// reduce, and tables counted under another key: a changed row leaves no trace of what it was.
#include <doctest/doctest.h>

#include <stdexcept>

#include "streams/operators/test_types.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace vitrine::literals;
using test::Kpi;
using test::Order;
using test::orders;
using test::words;

namespace {
const Topic<std::string, std::string> longest{"longest"};
const Topic<std::string, Kpi> by_show{"by-show"};
const Topic<std::string, std::uint64_t> sizes{"sizes"};
const Topic<std::string, std::string> notes{"notes"};

void put_in(Kpi& kpi, const Order& order) {
  if (order.cents < 0) throw std::runtime_error("negative");
  ++kpi.orders, kpi.revenue += order.cents;
}
void take_out(Kpi& kpi, const Order& order) { --kpi.orders, kpi.revenue -= order.cents; }

// The last state of each order, summed by show.
App revenue() {
  App app{"a"};
  app.table(orders)
      .group_by([](const Order& o) { return o.show; })
      .aggregate("revenue", Kpi{}, put_in, take_out)
      .to(by_show);
  return app;
}
using Kpis = std::map<std::string, Kpi>;
}  // namespace

TEST_CASE("reduce begins with the first value and folds the others into it") {
  App app{"a"};
  app.stream(words)
      .group_by_key()
      .reduce("longest-word",
              [](std::string& total, std::string_view word) {
                if (word == "bomb") total = "?", throw std::runtime_error("it went off");
                if (word.size() > total.size()) total = word;
              })
      .to(longest);
  TestDriver t{app};
  for (const char* word : {"abc", "a", "bomb", "abcd"}) t.pipe(words, "k", word);
  t.restart();
  t.pipe(words, "k", "ab");
  CHECK(t.values(longest) == std::vector<std::string>{"abc", "abc", "abcd", "abcd"});
  CHECK(t.dead_letters("words").size() == 1);
}

TEST_CASE("a first value that fails downstream is no beginning") {
  App app{"a"};
  app.stream(orders)
      .group_by([](const Order& o) { return o.show; })
      .reduce("sum", [](Order& total, const Order& o) { total.cents += o.cents; })
      .map([](const Order& total) {
        if (total.cents == 13) throw std::runtime_error("unlucky");
        return std::to_string(total.cents);
      })
      .to(longest);
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{app, plan};
    t.pipe(orders, "x", Order{"s", 13});
    t.pipe(orders, "x", Order{"s", 1});
    t.pipe(orders, "x", Order{"s", 12});
    t.pipe(orders, "x", Order{"s", 2});
    CHECK(t.values(longest) == std::vector<std::string>{"1", "3"});
  }
}

TEST_CASE("a row that changes is taken out of its old group and put into the new one") {
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{revenue(), plan};
    t.pipe(orders, "o-1", Order{"tea", 5});
    t.pipe(orders, "o-2", Order{"tea", 7});
    CHECK(t.read(by_show) == Kpis{{"tea", Kpi{2, 12}}});
    t.pipe(orders, "o-1", Order{"tea", 6});
    CHECK(t.read(by_show) == Kpis{{"tea", Kpi{2, 13}}});
    CHECK(t.values(by_show).size() == 3);  // one group: one update
    t.pipe(orders, "o-2", Order{"pots", 8});
    CHECK(t.read(by_show) == Kpis{{"tea", Kpi{1, 6}}, {"pots", Kpi{1, 8}}});
  }
}

TEST_CASE("a removed row is subtracted, and an empty group is told so and forgotten") {
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{revenue(), plan};
    t.pipe(orders, "o-1", Order{"tea", 5});
    t.pipe(orders, "o-2", Order{"tea", 7});
    t.pipe_bytes("orders", {"o-1", "", at(1s), {}});
    CHECK(t.read(by_show).at("tea") == Kpi{1, 7});
    t.pipe_bytes("orders", {"o-1", "", at(1s), {}});  // gone already
    CHECK(t.values(by_show).size() == 3);
    t.pipe_bytes("orders", {"o-2", "", at(1s), {}});
    CHECK(t.read(by_show).at("tea") == Kpi{0, 0});
    CHECK(t.state_bytes("revenue").empty());
    CHECK(t.state_bytes("revenue.sizes").empty());
    CHECK(t.state_bytes("revenue.rows").empty());
  }
}

TEST_CASE("subtraction goes on after a restart") {
  TestDriver t{revenue()};
  t.pipe(orders, "o-1", Order{"tea", 5});
  t.restart();
  t.pipe(orders, "o-1", Order{"pots", 6});
  CHECK(t.read(by_show) == Kpis{{"tea", Kpi{0, 0}}, {"pots", Kpi{1, 6}}});
}

TEST_CASE("a change that throws leaves the row and both groups as they were") {
  TestDriver t{revenue()};
  t.pipe(orders, "o-1", Order{"tea", 5});
  t.pipe(orders, "o-1", Order{"pots", -6});
  CHECK(t.dead_letters("orders").size() == 1);
  CHECK(t.state<std::string, Kpi>("revenue") == Kpis{{"tea", Kpi{1, 5}}});
  CHECK(t.state<std::string, Order>("orders").at("o-1") == Order{"tea", 5});
  t.pipe(orders, "o-1", Order{"pots", 6});
  CHECK(t.read(by_show) == Kpis{{"tea", Kpi{0, 0}}, {"pots", Kpi{1, 6}}});
}

TEST_CASE("a table's groups can be counted, grouped again and joined with") {
  App app{"a"};
  auto per_show = app.table(orders).group_by([](const Order& o) { return o.show; }).count("n");
  // How many shows have 0, 1, 2 … orders.
  per_show.group_by([](std::uint64_t n) { return std::to_string(n); }).count("shows").to(sizes);
  app.stream(words)
      .left_join(per_show,
                 [](std::string_view, const std::uint64_t* n) {
                   return n == nullptr ? std::string("none") : std::to_string(*n);
                 })
      .to(notes);
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{app, plan};
    t.pipe(orders, "o-1", Order{"tea", 1});
    t.pipe(orders, "o-2", Order{"tea", 1});
    t.pipe(orders, "o-3", Order{"pots", 1});
    CHECK(t.read(sizes) == std::map<std::string, std::uint64_t>{{"1", 1}, {"2", 1}});
    t.pipe(words, "tea", "?");
    t.pipe_bytes("orders", {"o-3", "", at(1s), {}});
    t.pipe(words, "pots", "?");
    CHECK(t.state<std::string, std::uint64_t>("shows") ==
          std::map<std::string, std::uint64_t>{{"2", 1}});
    CHECK(t.values(notes) == std::vector<std::string>{"2", "none"});
  }
}
