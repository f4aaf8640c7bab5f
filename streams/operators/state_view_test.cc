// State by name and type: tables, windows, sessions, processors' own states.
#include "vitrine/state_view.h"

#include <doctest/doctest.h>

#include "streams/operators/window_test_kit.h"

using namespace vitrine;
using namespace vitrine::literals;
using test::Kpi;
using test::Order;
using test::orders;
using test::WindowKey;

TEST_CASE("a table is read by key, by range, by prefix and page by page") {
  App app{"a"};
  app.stream(orders).group_by_key().count("per-show").to(
      Topic<std::string, std::uint64_t>{"counts"});
  TestDriver t{app};
  for (const char* show : {"show-2", "show-1", "other", "show-2", "show-3"})
    t.pipe(orders, show, Order{"", 1}, at(1s));

  const auto view = StateView<std::string, std::uint64_t>::of(t, "per-show").value();
  CHECK(view.get("show-2") == 2U);
  CHECK_FALSE(view.get("show-9").has_value());
  using Rows = decltype(view)::Rows;
  Rows rows = view.range("show-1", "show-3").value();
  CHECK(rows.rows == decltype(rows.rows){{"show-1", 1}, {"show-2", 2}});
  CHECK(view.prefix("show-")->rows.size() == 3);
  rows = view.all(3).value();
  CHECK(rows.rows.size() == 3);
  CHECK(rows.next == "show-3");
  CHECK(view.from(*rows.next)->rows.size() == 1);
  t.restart();
  CHECK(view.get("show-2") == 2U);
}

TEST_CASE("open windows are read in order of their start") {
  TestDriver t{test::order_windows(Tumbling{.size = 10s, .grace = 60s}, on_close)};
  for (const auto& [show, when] : {std::pair{"b", 1s}, {"a", 2s}, {"a", 11s}, {"a", 21s}})
    t.pipe(orders, show, Order{"", 5}, at(when));
  const auto view = StateView<WindowKey, Kpi>::of(t, "kpi").value();
  CHECK(view.get({"a", window(10s, 20s)}) == Kpi{1, 5});
  const auto rows = view.windows(at(0s), at(20s))->rows;
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].first == WindowKey{"a", window(0s, 10s)});
  CHECK(rows[1].first == WindowKey{"b", window(0s, 10s)});
  CHECK(rows[2].first == WindowKey{"a", window(10s, 20s)});
}

TEST_CASE("a key's open sessions are one row, the slices of hopping windows one each") {
  TestDriver sessions{test::order_windows(Session{.gap = 5s, .grace = 60s}, on_close)};
  TestDriver hops{test::order_windows(Hopping{.size = 10s, .advance = 5s, .grace = 60s}, on_close)};
  for (TestDriver* t : {&sessions, &hops}) {
    t->pipe(orders, "s", Order{"", 5}, at(1s));
    t->pipe(orders, "s", Order{"", 7}, at(20s));
  }
  const auto open = StateView<std::string, OpenSessions<Kpi>>::of(sessions, "kpi")->get("s");
  REQUIRE(open.has_value());
  REQUIRE(open->size() == 2);
  CHECK(open->at(0).last == at(1s));
  CHECK(open->at(1).start == at(20s));
  CHECK(open->at(1).value == Kpi{1, 7});
  const auto slices = StateView<WindowKey, Kpi>::of(hops, "kpi")->windows(at(0s), at(60s))->rows;
  REQUIRE(slices.size() == 2);
  CHECK(slices[0].first == WindowKey{"s", window(0s, 5s)});
}
