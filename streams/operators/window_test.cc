// Tumbling windows: when they emit, what is late, what wakes an idle stream, what restarts keep.
#include <doctest/doctest.h>

#include <stdexcept>

#include "streams/operators/window_test_kit.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace vitrine::literals;
using test::Kpi;
using test::kpis;
using test::late_orders;
using test::Order;
using test::orders;

namespace {
App on_closing() {
  App app{"a"};
  app.stream(orders)
      .group_by_key()
      .window(Tumbling{.size = 10s, .grace = 5s}, "kpi", Kpi{}, test::add_order)
      .emit(on_close, late_orders)
      .to(kpis);
  return app;
}
}  // namespace

TEST_CASE("a late record inside the grace period still updates its window") {
  TestDriver t{on_closing()};
  t.pipe(orders, "show-1", Order{"", 1}, at(9s));
  t.pipe(orders, "show-2", Order{"", 1}, at(12s));
  t.pipe(orders, "show-1", Order{"", 1}, at(8s));
  CHECK(t.values(kpis).empty());
  t.advance(10s);
  CHECK(t.read(kpis).at({"show-1", window(0s, 10s)}) == Kpi{2, 2});
}

TEST_CASE(
    "a window is emitted once, when stream time has passed its end and the grace, in order of time "
    "and key") {
  TestDriver t{on_closing()};
  t.pipe(orders, "b", Order{"", 1}, at(1s));
  t.pipe(orders, "a", Order{"", 2}, at(2s));
  t.pipe(orders, "a", Order{"", 4}, at(11s));
  t.pipe(orders, "c", Order{"", 8}, at(14'999ms));
  CHECK(t.values(kpis).empty());
  t.pipe(orders, "c", Order{"", 16}, at(15s));
  const auto out = t.read_all(kpis);
  REQUIRE(out.size() == 2);
  CHECK(out[0].key == test::WindowKey{"a", window(0s, 10s)});
  CHECK(out[1].key == test::WindowKey{"b", window(0s, 10s)});
  t.advance(1min);
  CHECK(t.read(kpis).at({"c", window(10s, 20s)}) == Kpi{2, 24});
  CHECK(t.values(kpis).size() == 4);
  CHECK(t.state<test::WindowKey, Kpi>("kpi").empty());
}

TEST_CASE("a record behind the grace goes to the late topic with its own key and time") {
  TestDriver t{on_closing()};
  t.pipe(orders, "s", Order{"", 1}, at(20s));
  t.pipe(orders, "s", Order{"", 7}, at(4s), "cmd-1");
  CHECK(t.read_all(late_orders) ==
        std::vector<TestRecord<std::string, Order>>{{"s", Order{"", 7}, at(4s), "cmd-1"}});
  CHECK(t.state<test::WindowKey, Kpi>("kpi").size() == 1);
}

TEST_CASE("an idle stream closes its windows by the wall clock") {
  TestDriver t{on_closing()};
  t.pipe(orders, "s", Order{"", 1}, at(3s));
  t.advance_to(at(14'999ms));
  CHECK(t.values(kpis).empty());
  t.advance(1ms);
  CHECK(t.read(kpis).at({"s", window(0s, 10s)}) == Kpi{1, 1});
}

TEST_CASE("old records are counted by their own time, however late the wall clock shows") {
  TestDriver t{on_closing()};
  t.advance_to(at(24h));
  for (auto moment : {1s, 5s, 11s, 17s}) t.pipe_ahead(orders, "s", Order{"", 1}, at(moment));
  CHECK(t.read(kpis) == std::map<test::WindowKey, Kpi>{{{"s", window(0s, 10s)}, Kpi{2, 2}}});
  t.advance(8s);
  CHECK(t.read(kpis).at({"s", window(10s, 20s)}) == Kpi{2, 2});
}

TEST_CASE(
    "a timestamp more than five minutes ahead of the clock moves nothing and is dead-lettered") {
  TestDriver t{on_closing()};
  t.pipe(orders, "s", Order{"", 1}, at(3s));
  t.pipe_ahead(orders, "s", Order{"", 9}, at(3s + 5min + 1ms));
  CHECK(t.values(kpis).empty());
  REQUIRE(t.dead_letters("orders").size() == 1);
  CHECK(t.dead_letters("orders")[0].cause.find("more than 5 minutes ahead") != std::string::npos);
  t.pipe_ahead(orders, "s", Order{"", 9}, at(3s + 5min));
  CHECK(t.values(kpis).size() == 1);
}

TEST_CASE("each_update emits with every record, and nothing more on closing") {
  App app{"a"};
  app.stream(orders)
      .group_by_key()
      .window(Tumbling{.size = 10s, .grace = 0s}, "kpi", Kpi{}, test::add_order)
      .emit(each_update)
      .to(kpis);
  TestDriver t{app};
  t.pipe(orders, "s", Order{"", 1}, at(1s));
  t.pipe(orders, "s", Order{"", 2}, at(2s));
  t.advance(1min);
  t.pipe(orders, "s", Order{"", 4}, at(3s));  // late, dropped
  CHECK(t.values(kpis) == std::vector<Kpi>{{1, 1}, {2, 3}});
}

TEST_CASE("a restart keeps open windows, and keeps closed ones closed") {
  TestDriver t{on_closing()};
  t.pipe(orders, "s", Order{"", 1}, at(1s));
  t.restart();
  t.pipe(orders, "s", Order{"", 2}, at(2s));
  t.advance(20s);
  CHECK(t.values(kpis) == std::vector<Kpi>{{2, 3}});
  t.restart();
  t.pipe(orders, "s", Order{"", 4}, at(3s));
  CHECK(t.values(late_orders).size() == 1);
  t.advance(20s);
  CHECK(t.values(kpis).size() == 1);
}

TEST_CASE("a record whose code throws leaves its window as it was, and does not open one") {
  TestDriver t{on_closing()};
  t.pipe(orders, "s", Order{"", -1}, at(1s));
  CHECK(t.dead_letters("orders").size() == 1);
  t.pipe(orders, "s", Order{"", 1}, at(2s));
  t.pipe(orders, "s", Order{"", -1}, at(3s));
  t.advance(20s);
  CHECK(t.values(kpis) == std::vector<Kpi>{{1, 1}});
}

TEST_CASE("a window whose result throws downstream is dead-lettered alone; the others close") {
  App app{"a"};
  app.stream(orders)
      .group_by_key()
      .window(Tumbling{.size = 10s}, "kpi", Kpi{}, test::add_order)
      .emit(on_close, drop_late)
      .filter([](const Kpi& kpi) {
        if (kpi.revenue == 666) throw std::runtime_error("no");
        return true;
      })
      .to(kpis);
  TestDriver t{app};
  t.pipe(orders, "a", Order{"", 666}, at(1s));
  t.pipe(orders, "b", Order{"", 1}, at(1s));
  t.advance(20s);
  CHECK(t.values(kpis) == std::vector<Kpi>{{1, 1}});
  REQUIRE(t.dead_letters("kpi").size() == 1);
  CHECK(t.dead_letters("kpi")[0].value == encoded(Kpi{1, 666}));
  CHECK(t.state<test::WindowKey, Kpi>("kpi").empty());
}

TEST_CASE("a window without size is refused") {
  App app{"a"};
  app.stream(orders)
      .group_by_key()
      .window(Tumbling{}, "kpi", Kpi{}, test::add_order)
      .emit(each_update)
      .to(kpis);
  const auto topology = app.topology();
  REQUIRE(!topology.has_value());
  CHECK(topology.error().message.find("its size must be greater than zero") != std::string::npos);
}

TEST_CASE("windows wait for the topic that is behind, until it has been silent for idle_after") {
  const Topic<std::string, Order> returns{"returns"};
  App app{"a"};
  app.event_time({.idle_after = 20s});
  const auto both = [&](const Topic<std::string, Order>& topic, const char* state) {
    app.stream(topic)
        .group_by_key()
        .window(Tumbling{.size = 10s}, state, Kpi{}, test::add_order)
        .emit(on_close, drop_late)
        .to(kpis);
  };
  both(orders, "ordered");
  both(returns, "returned");
  TestDriver t{app};
  t.advance_to(at(1h));
  t.pipe_ahead(returns, "r", Order{"", 1}, at(2s));
  t.pipe_ahead(orders, "o", Order{"", 1}, at(5s));
  t.pipe_ahead(orders, "o", Order{"", 2}, at(35s));
  CHECK(t.values(kpis).empty());
  t.pipe_ahead(returns, "r", Order{"", 4}, at(9s));  // not late, though orders are at 35 s
  t.pipe_ahead(returns, "r", Order{"", 8}, at(12s));
  CHECK(t.read(kpis) == std::map<test::WindowKey, Kpi>{{{"o", window(0s, 10s)}, {1, 1}},
                                           {{"r", window(0s, 10s)}, {2, 5}}});
  t.restart();
  t.advance(8s);  // both topics go on with the wall: returns are at 20 s
  CHECK(t.values(kpis).size() == 3);
  t.advance(12s);  // returns fall idle at 32 s, orders are at 55 s
  CHECK(t.values(kpis).size() == 4);
}

TEST_CASE("out_of_order keeps everything open for so much longer") {
  App app = on_closing();
  app.event_time({.out_of_order = 3s});
  TestDriver t{app};
  t.pipe(orders, "s", Order{"", 1}, at(1s));
  t.pipe(orders, "s", Order{"", 2}, at(17'999ms));
  t.pipe(orders, "s", Order{"", 4}, at(9s));
  CHECK(t.values(late_orders).empty());
  t.pipe(orders, "s", Order{"", 8}, at(18s));
  CHECK(t.values(kpis) == std::vector<Kpi>{{2, 5}});
}

TEST_CASE("max_ahead bounds how far a timestamp may be ahead of the clock") {
  App app = on_closing();
  app.event_time({.max_ahead = 1500ms});
  TestDriver t{app};
  t.pipe_ahead(orders, "s", Order{"", 1}, at(1501ms));
  t.pipe_ahead(orders, "s", Order{"", 1}, at(1500ms));
  REQUIRE(t.dead_letters("orders").size() == 1);
  CHECK(t.dead_letters("orders")[0].cause ==
        "the timestamp 1501 is more than 1500 ms ahead of the wall clock 0");
  CHECK(t.state<test::WindowKey, Kpi>("kpi").size() == 1);
  App wrong = on_closing();
  wrong.event_time({.max_ahead = -1ms});
  CHECK(!wrong.topology().has_value());
}
