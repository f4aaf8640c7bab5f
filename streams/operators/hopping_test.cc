// Hopping windows: slices, closing, late records, emit modes, what restarts and failures leave.
#include <doctest/doctest.h>

#include "streams/operators/open_slices.h"
#include "streams/operators/window_test_kit.h"

using namespace vitrine;
using namespace vitrine::literals;
using nodes::OpenSlices;
using test::Kpi;
using test::kpis;
using test::late_orders;
using test::Order;
using test::orders;

namespace {
constexpr Hopping kThirtyByTen{.size = 30s, .advance = 10s, .grace = 5s};
}

TEST_CASE("a record is in every window that holds its moment") {
  TestDriver t{test::order_windows(kThirtyByTen, on_close)};
  t.pipe(orders, "s", Order{"", 1}, at(35s));
  t.pipe(orders, "s", Order{"", 2}, at(42s));
  t.advance(2min);
  const auto out = t.read_all(kpis);
  REQUIRE(out.size() == 4);
  CHECK(out[0].key.window == window(10s, 40s));
  CHECK(test::values_of(t, window(10s, 40s)) == std::vector<Kpi>{{1, 1}});
  CHECK(test::values_of(t, window(20s, 50s)) == std::vector<Kpi>{{2, 3}});
  CHECK(test::values_of(t, window(30s, 60s)) == std::vector<Kpi>{{2, 3}});
  CHECK(test::values_of(t, window(40s, 70s)) == std::vector<Kpi>{{1, 2}});
  CHECK(t.state_bytes("kpi").empty());
  CHECK(t.state_bytes("kpi.keys").empty());
}

TEST_CASE("a record changes one slice, whatever the overlap") {
  TestDriver t{test::order_windows(Hopping{.size = 1h, .advance = 1min}, on_close)};
  t.pipe(orders, "s", Order{"", 1}, at(61s));
  t.pipe(orders, "s", Order{"", 1}, at(62s));
  CHECK(t.state_bytes("kpi").size() == 1);
  CHECK(t.state_bytes("kpi.keys").size() == 1);
}

TEST_CASE("size and advance need not divide each other") {
  TestDriver t{test::order_windows(Hopping{.size = 10s, .advance = 4s}, on_close)};
  t.pipe(orders, "s", Order{"", 1}, at(9s));
  t.advance(1min);
  const auto out = t.read_all(kpis);
  REQUIRE(out.size() == 3);
  CHECK(out[0].key.window == window(0s, 10s));
  CHECK(out[1].key.window == window(4s, 14s));
  CHECK(out[2].key.window == window(8s, 18s));
}

TEST_CASE("a record that some of its windows have left goes on in the others; one behind all is "
          "late") {
  TestDriver t{test::order_windows(kThirtyByTen, on_close)};
  t.pipe(orders, "s", Order{"", 1}, at(5s));
  t.pipe(orders, "s", Order{"", 2}, at(36s));  // 0 to 30 s has closed at 35 s
  t.pipe(orders, "s", Order{"", 4}, at(12s));
  CHECK(test::values_of(t, window(0s, 30s)) == std::vector<Kpi>{{1, 1}});
  CHECK(t.values(late_orders).empty());
  t.pipe(orders, "s", Order{"", 8}, at(9s), "cmd-1");
  CHECK(t.read_all(late_orders) ==
        std::vector<TestRecord<std::string, Order>>{{"s", Order{"", 8}, at(9s), "cmd-1"}});
  t.advance(2min);
  CHECK(test::values_of(t, window(10s, 40s)) == std::vector<Kpi>{{2, 6}});
}

TEST_CASE("each_update emits every open window of the record") {
  TestDriver t{test::order_windows(kThirtyByTen, each_update)};
  t.pipe(orders, "s", Order{"", 1}, at(24s));
  t.pipe(orders, "s", Order{"", 2}, at(12s));
  t.advance(2min);
  CHECK(test::values_of(t, window(-10s, 20s)) == std::vector<Kpi>{{1, 2}});
  CHECK(test::values_of(t, window(0s, 30s)) == std::vector<Kpi>{{1, 1}, {2, 3}});
  CHECK(test::values_of(t, window(10s, 40s)) == std::vector<Kpi>{{1, 1}, {2, 3}});
  CHECK(test::values_of(t, window(20s, 50s)) == std::vector<Kpi>{{1, 1}});
  CHECK(t.values(kpis).size() == 6);
}

TEST_CASE("every(d) tells the windows that changed, and on closing only what changed since") {
  TestDriver t{test::order_windows(Hopping{.size = 20s, .advance = 10s}, every(5s))};
  t.pipe(orders, "s", Order{"", 1}, at(11s));
  t.advance_to(at(17s));
  t.restart();
  CHECK(t.values(kpis).size() == 2);
  t.pipe(orders, "s", Order{"", 2}, at(18s));
  t.advance(1min);
  CHECK(test::values_of(t, window(0s, 20s)) == std::vector<Kpi>{{1, 1}, {2, 3}});
  CHECK(test::values_of(t, window(10s, 30s)) == std::vector<Kpi>{{1, 1}, {2, 3}});
  CHECK(t.values(kpis).size() == 4);
  CHECK(t.state_bytes("kpi.ticks").empty());
}

TEST_CASE("a restart keeps slices and closes windows once") {
  TestDriver t{test::order_windows(kThirtyByTen, on_close)};
  t.pipe(orders, "s", Order{"", 1}, at(5s));
  t.pipe(orders, "s", Order{"", 2}, at(15s));
  t.restart();
  t.pipe(orders, "s", Order{"", 4}, at(36s));
  t.restart();
  t.advance(2min);
  CHECK(test::values_of(t, window(-20s, 10s)) == std::vector<Kpi>{{1, 1}});
  CHECK(test::values_of(t, window(0s, 30s)) == std::vector<Kpi>{{2, 3}});
  CHECK(test::values_of(t, window(10s, 40s)) == std::vector<Kpi>{{2, 6}});
  CHECK(t.values(kpis).size() == 6);
}

TEST_CASE("a record that throws opens no slice") {
  TestDriver t{test::order_windows(kThirtyByTen, on_close)};
  t.pipe(orders, "s", Order{"", -1}, at(5s));
  CHECK(t.state_bytes("kpi.keys").empty());
  t.advance(2min);
  CHECK(t.values(kpis).empty());
}

TEST_CASE("a merge that throws dead-letters its window; the next ones close") {
  App app{"a"};
  app.stream(orders)
      .group_by_key()
      .window(kThirtyByTen, "kpi", Kpi{}, test::add_order,
              [](Kpi& earlier, const Kpi& later) {
                if (earlier.revenue >= 600) throw std::runtime_error("no");
                test::merge_kpis(earlier, later);
              })
      .emit(on_close, drop_late)
      .to(kpis);
  TestDriver t{app};
  t.pipe(orders, "s", Order{"", 600}, at(5s));
  t.pipe(orders, "s", Order{"", 66}, at(15s));
  t.pipe(orders, "s", Order{"", 1}, at(25s));
  t.advance(2min);
  CHECK(t.dead_letters("kpi").size() == 2);
  CHECK(test::values_of(t, window(-20s, 10s)) == std::vector<Kpi>{{1, 600}});
  CHECK(test::values_of(t, window(10s, 40s)) == std::vector<Kpi>{{2, 67}});
  CHECK(t.state_bytes("kpi").empty());
}

TEST_CASE("windows that close one after the other share sums, and a late record renews them") {
  TestDriver t{test::order_windows(Hopping{.size = 60s, .advance = 10s}, on_close)};
  for (std::int64_t i = 0; i < 30; ++i) t.pipe(orders, "s", Order{"", 1}, at(i * 10s + 1s));
  CHECK(test::values_of(t, window(220s, 280s)) == std::vector<Kpi>{{6, 6}});
  t.restart();
  t.pipe(orders, "s", Order{"", 100}, at(255s));  // 240 to 290 s are in closed windows
  t.pipe(orders, "s", Order{"", 10}, at(275s));
  t.advance(5min);
  CHECK(test::values_of(t, window(220s, 280s)).size() == 1);
  CHECK(test::values_of(t, window(240s, 300s)) == std::vector<Kpi>{{8, 116}});
  CHECK(test::values_of(t, window(260s, 320s)) == std::vector<Kpi>{{5, 14}});
  CHECK(t.state_bytes("kpi.sums").empty());
}

TEST_CASE("lengths that make no windows are refused") {
  const auto message = [](Hopping window) {
    const auto topology = test::order_windows(window, each_update).topology();
    REQUIRE(!topology.has_value());
    return topology.error().message;
  };
  CHECK(message({}).find("its size must be") != std::string::npos);
  CHECK(message({.size = 10s}).find("its advance must be") != std::string::npos);
  CHECK(message({.size = 10s, .advance = 11s}).find("at most its size") != std::string::npos);
  CHECK(message({.size = 1h, .advance = 7ms}).find("choose rounder") != std::string::npos);
}

TEST_CASE("open slices: added in any order, read in order, dropped from the front") {
  OpenSlices slices;
  for (const std::int64_t slice : {5, -3, 100, 8, 7}) slices.add(slice);
  std::vector<std::int64_t> all;
  for (auto at = slices.from(OpenSlices::kFirst); at; at = slices.from(*at + 1))
    all.push_back(*at);
  CHECK(all == std::vector<std::int64_t>{-3, 5, 7, 8, 100});
  CHECK(!slices.from(101));
  slices.drop_before(6);
  CHECK(slices.from(OpenSlices::kFirst) == 7);
  slices.drop_before(9);
  CHECK(slices.from(OpenSlices::kFirst) == 100);
  slices.drop_before(101);
  CHECK(slices.empty());
}
