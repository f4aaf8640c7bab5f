// Session windows: what belongs together, merging, late records, updates that replace each other.
#include <doctest/doctest.h>

#include "streams/operators/window_test_kit.h"

using namespace vitrine;
using namespace vitrine::literals;
using test::Kpi;
using test::kpis;
using test::late_orders;
using test::Order;
using test::orders;
using Key = test::WindowKey;

namespace {
constexpr Session kTenSeconds{.gap = 10s, .grace = 5s};

using Updates = std::vector<std::pair<Window, Kpi>>;
Updates updates(const TestDriver& t) {
  Updates out;
  for (const auto& record : t.read_all(kpis)) out.emplace_back(record.key.window, record.value);
  return out;
}
}  // namespace

TEST_CASE("records less than a gap apart are one session, from the first to the last and the gap") {
  TestDriver t{test::order_windows(kTenSeconds, on_close)};
  t.pipe(orders, "s", Order{"", 1}, at(2s));
  t.pipe(orders, "s", Order{"", 2}, at(11'999ms));
  t.pipe(orders, "s", Order{"", 4}, at(21'999ms));
  t.pipe(orders, "other", Order{"", 8}, at(22s));
  t.advance_to(at(36'998ms));
  CHECK(test::values_of(t, window(2s, 21'999ms)) == std::vector<Kpi>{{2, 3}});
  t.advance(1min);
  CHECK(test::values_of(t, window(21'999ms, 31'999ms)) == std::vector<Kpi>{{1, 4}});
  CHECK(t.values(kpis).size() == 3);
  CHECK(t.state_bytes("kpi").empty());
}

TEST_CASE("a session closes when stream time has passed its end and the grace, though idle") {
  TestDriver t{test::order_windows(kTenSeconds, on_close)};
  t.pipe(orders, "s", Order{"", 1}, at(2s));
  t.pipe(orders, "s", Order{"", 1}, at(7s));  // moves the close from 17 s to 22 s
  t.advance_to(at(21'999ms));
  CHECK(t.values(kpis).empty());
  t.advance(1ms);
  CHECK(updates(t) == Updates{{window(2s, 17s), {2, 2}}});
}

TEST_CASE("a record that touches two sessions makes them one, the earlier part first") {
  const Topic<Key, std::string> told{"told"};
  App app{"a"};
  app.stream(test::words)
      .group_by_key()
      .window(
          kTenSeconds, "visits", std::string{},
          [](std::string& all, std::string_view word) { all += word; },
          [](std::string& earlier, const std::string& later) { earlier += "+" + later; })
      .emit(on_close, drop_late)
      .to(told);
  TestDriver t{app};
  t.advance_to(at(10s));
  t.pipe_ahead(test::words, "s", "late", at(19s));
  t.pipe_ahead(test::words, "s", "early", at(9s));
  t.restart();
  CHECK(t.values(told).empty());
  t.pipe_ahead(test::words, "s", "-bridge", at(10s));
  t.advance(1min);
  CHECK(t.read(told) == std::map<Key, std::string>{{{"s", window(9s, 29s)}, "early+late-bridge"}});
}

TEST_CASE("a record later than the grace opens no session, but may join one that is open") {
  TestDriver t{test::order_windows(kTenSeconds, on_close)};
  t.pipe(orders, "s", Order{"", 1}, at(40s));
  t.pipe(orders, "s", Order{"", 2}, at(25s), "cmd-1");  // would have closed at 40 s
  CHECK(t.values(late_orders).size() == 1);
  t.pipe(orders, "s", Order{"", 4}, at(31s));
  t.pipe(orders, "s", Order{"", 8}, at(25s));  // now within reach of what began at 31 s
  CHECK(t.values(late_orders).size() == 1);
  t.advance(1min);
  CHECK(updates(t) == Updates{{window(25s, 50s), {3, 13}}});
}

TEST_CASE("each_update replaces what was emitted under a window that is no more by the init") {
  TestDriver t{test::order_windows(kTenSeconds, each_update)};
  t.pipe(orders, "s", Order{"", 1}, at(2s));
  t.pipe(orders, "s", Order{"", 2}, at(2s));
  t.pipe(orders, "s", Order{"", 4}, at(5s));
  t.advance(1min);
  CHECK(updates(t) == Updates{{window(2s, 12s), {1, 1}},
                              {window(2s, 12s), {2, 3}},
                              {window(2s, 12s), {}},
                              {window(2s, 15s), {3, 7}}});
}

TEST_CASE("when sessions merge, both updates are replaced, each once, restarts or not") {
  TestDriver t{test::order_windows(kTenSeconds, each_update)};
  t.advance_to(at(20s));
  t.pipe_ahead(orders, "s", Order{"", 1}, at(12s));
  t.pipe_ahead(orders, "s", Order{"", 2}, at(24s));
  t.restart();
  t.pipe_ahead(orders, "s", Order{"", 4}, at(18s));
  CHECK(updates(t) == Updates{{window(12s, 22s), {1, 1}},
                              {window(24s, 34s), {1, 2}},
                              {window(12s, 22s), {}},
                              {window(24s, 34s), {}},
                              {window(12s, 34s), {3, 7}}});
}

TEST_CASE("every(d) tells sessions at multiples of d and at their end, and replaces likewise") {
  TestDriver t{test::order_windows(Session{.gap = 10s}, every(4s))};
  t.pipe(orders, "s", Order{"", 1}, at(1s));
  t.pipe(orders, "s", Order{"", 2}, at(3s));
  t.pipe(orders, "s", Order{"", 4}, at(5s));
  t.advance_to(at(9s));
  t.restart();
  t.advance(1min);
  CHECK(updates(t) == Updates{{window(1s, 13s), {2, 3}},
                              {window(1s, 13s), {}},
                              {window(1s, 15s), {3, 7}}});
  CHECK(t.state_bytes("kpi.ticks").empty());
}

TEST_CASE("a record that throws leaves sessions as they were, also one that would have merged") {
  TestDriver t{test::order_windows(kTenSeconds, on_close)};
  t.advance_to(at(20s));
  t.pipe_ahead(orders, "s", Order{"", 1}, at(12s));
  t.pipe_ahead(orders, "s", Order{"", 2}, at(24s));
  t.pipe_ahead(orders, "s", Order{"", -1}, at(18s));
  t.pipe_ahead(orders, "new", Order{"", -1}, at(18s));
  CHECK(t.dead_letters("orders").size() == 2);
  t.advance(1min);
  CHECK(updates(t) == Updates{{window(12s, 22s), {1, 1}}, {window(24s, 34s), {1, 2}}});
}

TEST_CASE("a session that fails downstream is dead-lettered alone; the key's next one closes") {
  App app{"a"};
  app.stream(orders)
      .group_by_key()
      .window(Session{.gap = 10s}, "kpi", Kpi{}, test::add_order, test::merge_kpis)
      .emit(on_close, drop_late)
      .filter([](const Kpi& kpi) {
        if (kpi.revenue == 666) throw std::runtime_error("no");
        return true;
      })
      .to(kpis);
  TestDriver t{app};
  t.advance_to(at(30s));
  t.pipe_ahead(orders, "s", Order{"", 1}, at(50s));
  t.pipe_ahead(orders, "t", Order{"", 666}, at(41s));
  t.pipe_ahead(orders, "t", Order{"", 2}, at(52s));
  t.advance(5min);
  CHECK(t.values(kpis) == std::vector<Kpi>{{1, 1}, {1, 2}});
  REQUIRE(t.dead_letters("kpi").size() == 1);
  CHECK(t.dead_letters("kpi")[0].key == "t");
  CHECK(t.dead_letters("kpi")[0].value == encoded(Kpi{1, 666}));
  CHECK(t.state_bytes("kpi").empty());
}

TEST_CASE("a session without a gap is refused") {
  const auto topology = test::order_windows(Session{}, each_update).topology();
  REQUIRE(!topology.has_value());
  CHECK(topology.error().message.find("its gap must be greater than zero") != std::string::npos);
}
