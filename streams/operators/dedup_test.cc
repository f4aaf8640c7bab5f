// deduplicate: what counts as the same, for how long, by which clock, and what is remembered.
#include <doctest/doctest.h>

#include <stdexcept>

#include "streams/operators/test_types.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace vitrine::literals;
using test::Order;
using test::orders;

namespace {
const Topic<std::string, Order> once{"once"};

// The order's show is its id here.
App by_clock(AlarmClock clock) {
  App app{"a"};
  app.stream(orders)
      .deduplicate(
          "seen", 10s,
          [](const Order& o) {
            if (o.show.empty()) throw std::runtime_error("no id");
            return o.show;
          },
          clock)
      .filter([](const Order& o) {
        if (o.cents < 0) throw std::runtime_error("negative");
        return true;
      })
      .to(once);
  return app;
}
std::vector<std::int64_t> passed(const TestDriver& t) {
  std::vector<std::int64_t> out;
  for (const Order& order : t.values(once)) out.push_back(order.cents);
  return out;
}
using Cents = std::vector<std::int64_t>;
}  // namespace

TEST_CASE("the second record of an id is dropped, in its own key only") {
  TestDriver t{by_clock(wall_time)};
  t.pipe(orders, "u", Order{"id-1", 1}, at(0s));
  t.pipe(orders, "u", Order{"id-1", 2}, at(5s));
  t.pipe(orders, "u", Order{"id-2", 3}, at(5s));
  t.pipe(orders, "v", Order{"id-1", 4}, at(5s));
  CHECK(passed(t) == Cents{1, 3, 4});
}

TEST_CASE(
    "an id is new again when its time has passed since the first, and nothing is kept of it") {
  TestDriver t{by_clock(wall_time)};
  t.pipe(orders, "u", Order{"id-1", 1}, at(0s));
  t.pipe(orders, "u", Order{"id-1", 2}, at(9'999ms));
  CHECK(passed(t) == Cents{1});
  t.advance_to(at(10s));
  CHECK(t.state_bytes("seen").empty());
  t.pipe(orders, "u", Order{"id-1", 3}, at(10s));
  CHECK(passed(t) == Cents{1, 3});
  t.advance_to(at(19'999ms));
  CHECK(t.state_bytes("seen").size() == 1);
}

TEST_CASE("a restart neither forgets an id nor keeps it longer") {
  TestDriver t{by_clock(wall_time)};
  t.pipe(orders, "u", Order{"id-1", 1}, at(0s));
  t.restart();
  t.pipe(orders, "u", Order{"id-1", 2}, at(9s));
  t.restart();
  t.advance_to(at(10s));
  CHECK(t.state_bytes("seen").empty());
  CHECK(passed(t) == Cents{1});
}

TEST_CASE("by stream time, the records' own time decides, and late repetitions are known") {
  TestDriver t{by_clock(stream_time)};
  t.advance_to(at(24h));
  t.pipe_ahead(orders, "u", Order{"id-1", 1}, at(100s));
  t.pipe_ahead(orders, "u", Order{"id-1", 2}, at(95s));  // out of order
  t.pipe_ahead(orders, "u", Order{"id-2", 3}, at(109s));
  t.pipe_ahead(orders, "u", Order{"id-1", 4}, at(101s));  // 9 s have passed
  t.pipe_ahead(orders, "u", Order{"id-1", 5}, at(110s));  // this one moves stream time itself
  CHECK(passed(t) == Cents{1, 3, 5});
  t.advance(10s);
  CHECK(t.state_bytes("seen").empty());
}

TEST_CASE("a record that failed was not seen: sent again it passes") {
  TestDriver t{by_clock(wall_time)};
  t.pipe(orders, "u", Order{"id-1", -1});
  t.pipe(orders, "u", Order{"", 2});
  CHECK(t.dead_letters("orders").size() == 2);
  CHECK(t.state_bytes("seen").empty());
  t.pipe(orders, "u", Order{"id-1", 3});
  CHECK(passed(t) == Cents{3});
  t.advance(1min);
  CHECK(t.state_bytes("seen").empty());
}

TEST_CASE("an id over all keys: rekey by it first; the split plan hops") {
  App app{"a"};
  app.stream(orders)
      .rekey([](const Order& o) { return o.show; })
      .deduplicate("seen", 10s, [](const Order&) { return std::int64_t{0}; })
      .to(once);
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{app, plan};
    t.pipe(orders, "u", Order{"id-1", 1});
    t.pipe(orders, "v", Order{"id-1", 2});
    CHECK(passed(t) == Cents{1});
  }
}

TEST_CASE("deduplicate without a time is refused") {
  App app{"a"};
  app.stream(orders).deduplicate("seen", 0s, [](const Order& o) { return o.show; }).to(once);
  const auto topology = app.topology();
  REQUIRE(!topology.has_value());
  CHECK(topology.error().message.find("deduplicate \"seen\": its time must be greater than zero") !=
        std::string::npos);
}
