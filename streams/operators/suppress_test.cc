// suppress: a key's turn, a window's last word, the bound, restarts and failures.
#include <doctest/doctest.h>

#include "streams/operators/window_test_kit.h"

using namespace vitrine;
using namespace vitrine::literals;
using test::Kpi;
using test::kpis;
using test::Order;
using test::orders;

namespace {
const Topic<std::string, Order> shown{"shown"};

App each_ten_seconds(std::size_t keys_max = 100) {
  App app{"a"};
  app.stream(orders).suppress(at_most_every(10s, keys_max), "turns").to(shown);
  return app;
}
App last_words(Duration grace) {
  App app{"a"};
  app.stream(orders)
      .group_by_key()
      .window(Tumbling{.size = 10s, .grace = 5s}, "kpi", Kpi{}, test::add_order)
      .emit(each_update)
      .filter([](const Kpi& kpi) {
        if (kpi.revenue == 666) throw std::runtime_error("no");
        return true;
      })
      .suppress(until_closed(grace), "final")
      .to(kpis);
  return app;
}

std::vector<std::int64_t> cents(const TestDriver& t) {
  std::vector<std::int64_t> out;
  for (const Order& order : t.values(shown)) out.push_back(order.cents);
  return out;
}
}  // namespace

TEST_CASE("a key's first update goes on at once, then the last of each interval") {
  TestDriver t{each_ten_seconds()};
  t.pipe(orders, "s", Order{"", 1}, at(1s));
  t.pipe(orders, "s", Order{"", 2}, at(4s));
  t.pipe(orders, "s", Order{"", 3}, at(9s), "cmd-3");
  t.pipe(orders, "other", Order{"", 50}, at(9s));
  CHECK(cents(t) == std::vector<std::int64_t>{1, 50});
  t.advance_to(at(11s));
  CHECK(cents(t) == std::vector<std::int64_t>{1, 50, 3});
  CHECK(t.read_all(shown).back() ==
        TestRecord<std::string, Order>{"s", Order{"", 3}, at(11s), "cmd-3"});
  t.pipe(orders, "s", Order{"", 4}, at(12s));
  t.advance_to(at(20s));
  CHECK(cents(t).size() == 3);
  t.advance_to(at(21s));
  CHECK(cents(t).back() == 4);
}

TEST_CASE("a key that is quiet for an interval is forgotten, and may speak at once again") {
  TestDriver t{each_ten_seconds()};
  t.pipe(orders, "s", Order{"", 1}, at(1s));
  t.advance_to(at(11s));
  CHECK(t.state_bytes("turns").empty());
  t.pipe(orders, "s", Order{"", 2}, at(12s));
  CHECK(cents(t) == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("what waits survives a restart, and so does whose turn it is") {
  TestDriver t{each_ten_seconds()};
  t.pipe(orders, "s", Order{"", 1}, at(1s));
  t.restart();
  t.pipe(orders, "s", Order{"", 2}, at(4s));
  t.restart();
  CHECK(cents(t) == std::vector<std::int64_t>{1});
  t.advance(1min);
  CHECK(cents(t) == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("when all places are taken, the key that is next gets its turn early") {
  TestDriver t{each_ten_seconds(2)};
  t.pipe(orders, "a", Order{"", 1}, at(1s));
  t.pipe(orders, "b", Order{"", 2}, at(2s));
  t.pipe(orders, "a", Order{"", 3}, at(3s));
  t.pipe(orders, "c", Order{"", 4}, at(4s));
  CHECK(cents(t) == std::vector<std::int64_t>{1, 2, 4, 3});
  CHECK(t.state_bytes("turns").size() == 2);
}

TEST_CASE("one record that brings many keys leaves no more than the bound") {
  const Topic<std::string, std::string> out{"out"};
  App app{"a"};
  app.stream(test::words)
      .flat_map<std::string>([](std::string_view text, Emit<std::string>& emit) {
        for (std::size_t i = 0; i < text.size(); ++i) emit(text.substr(i, 1));
      })
      .rekey([](std::string_view letter) { return letter; })
      .suppress(at_most_every(10s, 3), "turns")
      .to(out);
  TestDriver t{app};
  t.pipe(test::words, "", "abcdefgh", at(1s));
  CHECK(t.values(out).size() == 8);
  CHECK(t.state_bytes("turns").size() == 3);
}

TEST_CASE("until_closed says a window's last value once, when it closes") {
  TestDriver t{last_words(5s)};
  t.pipe(orders, "s", Order{"", 1}, at(1s));
  t.pipe(orders, "s", Order{"", 2}, at(12s));
  t.pipe(orders, "s", Order{"", 4}, at(9s));
  t.restart();
  CHECK(t.values(kpis).empty());
  t.advance_to(at(15s));
  CHECK(test::values_of(t, window(0s, 10s)) == std::vector<Kpi>{{2, 5}});
  t.advance(1min);
  CHECK(t.values(kpis).size() == 2);
  CHECK(t.state_bytes("final").empty());
}

TEST_CASE("an update after the last word is late and dropped") {
  TestDriver t{last_words(0s)};
  t.pipe(orders, "s", Order{"", 1}, at(1s));
  t.pipe(orders, "t", Order{"", 2}, at(10s));
  t.pipe(orders, "s", Order{"", 4}, at(9s));
  t.advance(1min);
  CHECK(test::values_of(t, window(0s, 10s)) == std::vector<Kpi>{{1, 1}});
}

TEST_CASE("a record that throws is not held, and takes no turn") {
  TestDriver t{last_words(5s)};
  t.pipe(orders, "s", Order{"", 1}, at(1s));
  t.pipe(orders, "s", Order{"", 665}, at(2s));
  t.advance(1min);
  CHECK(t.values(kpis) == std::vector<Kpi>{{1, 1}});
}

TEST_CASE("a held update that fails downstream is dead-lettered alone") {
  App app{"a"};
  app.stream(orders)
      .suppress(at_most_every(10s), "turns")
      .filter([](const Order& order) {
        if (order.cents == 666) throw std::runtime_error("no");
        return true;
      })
      .to(shown);
  TestDriver t{app};
  t.pipe(orders, "s", Order{"", 1}, at(1s));
  t.pipe(orders, "t", Order{"", 2}, at(1s));
  t.pipe(orders, "s", Order{"", 666}, at(2s));
  t.pipe(orders, "t", Order{"", 3}, at(2s));
  t.advance(1min);
  CHECK(cents(t) == std::vector<std::int64_t>{1, 2, 3});
  REQUIRE(t.dead_letters("turns").size() == 1);
  CHECK(t.dead_letters("turns")[0].value == encoded(Order{"", 666}));
  CHECK(t.state_bytes("turns").empty());
}

TEST_CASE("at_most_every(0) and a bound of no keys are refused") {
  App app{"a"};
  app.stream(orders).suppress(at_most_every(0s, 0), "turns").to(shown);
  const auto topology = app.topology();
  REQUIRE(!topology.has_value());
  CHECK(topology.error().message.find("interval must be greater than zero") != std::string::npos);
  CHECK(topology.error().message.find("keys_max must be") != std::string::npos);
}
