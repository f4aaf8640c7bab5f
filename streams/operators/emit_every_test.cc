// emit(every(d)): changed windows are told at multiples of d and on closing, once each.
#include <doctest/doctest.h>

#include "streams/operators/window_test_kit.h"

using namespace vitrine;
using namespace vitrine::literals;
using test::Kpi;
using test::kpis;
using test::Order;
using test::orders;

namespace {
App every_five_seconds(Duration grace = 0s) {
  return test::order_windows(Tumbling{.size = 20s, .grace = grace}, every(5s));
}
}  // namespace

TEST_CASE("every(d) tells a changed window at the next multiple of d, with its value by then") {
  TestDriver t{every_five_seconds()};
  t.pipe(orders, "s", Order{"", 1}, at(1s));
  t.pipe(orders, "s", Order{"", 2}, at(4s));
  CHECK(t.values(kpis).empty());
  t.advance_to(at(5s));
  CHECK(t.values(kpis) == std::vector<Kpi>{{2, 3}});
  t.advance_to(at(14s));
  CHECK(t.values(kpis).size() == 1);  // nothing changed
  t.pipe(orders, "s", Order{"", 4}, at(14s));
  t.advance_to(at(15s));
  CHECK(t.values(kpis) == std::vector<Kpi>{{2, 3}, {3, 7}});
}

TEST_CASE("a window that changed since it was told is told once more when it closes") {
  TestDriver t{every_five_seconds()};
  t.pipe(orders, "told", Order{"", 1}, at(1s));
  t.pipe(orders, "untold", Order{"", 2}, at(17s));
  t.advance_to(at(1min));
  const auto out = t.read_all(kpis);
  REQUIRE(out.size() == 2);
  CHECK(out[0].key.key == "told");
  CHECK(out[1].key.key == "untold");
  CHECK(t.state_bytes("kpi.ticks").empty());
  CHECK(t.state_bytes("kpi").empty());
}

TEST_CASE("a record in the grace is told when the window closes, as the last word") {
  TestDriver t{every_five_seconds(2s)};
  t.pipe(orders, "s", Order{"", 1}, at(3s));
  t.pipe(orders, "s", Order{"", 2}, at(21s));
  t.pipe(orders, "s", Order{"", 4}, at(19s));
  t.advance_to(at(22s));
  CHECK(test::values_of(t, window(0s, 20s)) == std::vector<Kpi>{{1, 1}, {2, 5}});
}

TEST_CASE("a restart forgets no tick and tells nothing twice") {
  TestDriver t{every_five_seconds()};
  t.pipe(orders, "s", Order{"", 1}, at(1s));
  t.restart();
  t.advance_to(at(5s));
  CHECK(t.values(kpis).size() == 1);
  t.restart();
  t.advance_to(at(1min));
  CHECK(t.values(kpis).size() == 1);
}

TEST_CASE("a record that throws makes no tick") {
  TestDriver t{every_five_seconds()};
  t.pipe(orders, "s", Order{"", -1}, at(1s));
  CHECK(t.state_bytes("kpi.ticks").empty());
  t.advance_to(at(1min));
  CHECK(t.values(kpis).empty());
}

TEST_CASE("a tick that throws downstream is dead-lettered alone; the window goes on") {
  App app{"a"};
  app.stream(orders)
      .group_by_key()
      .window(Tumbling{.size = 20s}, "kpi", Kpi{}, test::add_order)
      .emit(every(5s))
      .filter([](const Kpi& kpi) {
        if (kpi.revenue == 666) throw std::runtime_error("no");
        return true;
      })
      .to(kpis);
  TestDriver t{app};
  t.pipe(orders, "s", Order{"", 666}, at(1s));
  t.advance_to(at(5s));
  REQUIRE(t.dead_letters("kpi.ticks").size() == 1);
  CHECK(t.dead_letters("kpi.ticks")[0].value == encoded(Kpi{1, 666}));
  t.pipe(orders, "s", Order{"", 1}, at(6s));
  t.advance_to(at(1min));
  CHECK(t.values(kpis) == std::vector<Kpi>{{2, 667}});
}

TEST_CASE("every(0) is refused") {
  const auto topology = test::order_windows(Tumbling{.size = 20s}, every(0s)).topology();
  REQUIRE(!topology.has_value());
  CHECK(topology.error().message.find("d must be greater than zero") != std::string::npos);
}
