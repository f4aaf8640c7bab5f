// Time to live: when rows of tables and of processors' states go, and who hears of it.
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
const Topic<std::string, std::uint64_t> living_counts{"living-counts"};
const Topic<std::string, Kpi> living_shows{"by-show"};
const Topic<std::string, std::string> seen{"seen"};
using Counts = std::map<std::string, std::uint64_t>;

App expiring_counts(AlarmClock clock) {
  App app{"a"};
  app.stream(words).group_by_key().count("n").ttl(16s, clock).to(living_counts);
  return app;
}
Counts kept(const TestDriver& t) { return t.state<std::string, std::uint64_t>("n"); }
}  // namespace

TEST_CASE("a row goes when it was not changed for its time, a sixteenth later at most") {
  TestDriver t{expiring_counts(wall_time)};
  t.pipe(words, "a", "x", at(0s));
  t.pipe(words, "b", "x", at(8s));
  t.advance_to(at(16s));
  CHECK(kept(t) == Counts{{"a", 1}, {"b", 1}});
  t.advance_to(at(17s));
  CHECK(kept(t) == Counts{{"b", 1}});
  t.pipe(words, "a", "x");
  CHECK(t.values(living_counts).back() == 1);  // begins anew
  t.advance_to(at(1min));
  CHECK(kept(t).empty());
  CHECK(t.state_bytes("n.ttl").empty());
}

TEST_CASE("a row that changes stays, and its time is written a few times only") {
  TestDriver t{expiring_counts(wall_time)};
  for (int i = 0; i < 100; ++i) t.pipe(words, "a", "x", at(Duration{i * 1000}));
  CHECK(kept(t) == Counts{{"a", 100}});
  const auto before = t.state_bytes("n.ttl");
  t.pipe(words, "a", "x", at(99'500ms));  // within the same sixteenth
  CHECK(t.state_bytes("n.ttl") == before);
  t.advance_to(at(115'499ms));
  CHECK(kept(t).size() == 1);
  t.advance_to(at(116'500ms));
  CHECK(kept(t).empty());
}

TEST_CASE("a restart keeps the times") {
  TestDriver t{expiring_counts(wall_time)};
  t.pipe(words, "a", "x", at(0s));
  t.restart();
  t.advance_to(at(15s));
  t.restart();
  CHECK(kept(t).size() == 1);
  t.advance_to(at(17s));
  CHECK(kept(t).empty());
}

TEST_CASE("by stream time, rows go as the records' time moves, and by the wall when none come") {
  TestDriver t{expiring_counts(stream_time)};
  t.advance_to(at(24h));
  t.pipe_ahead(words, "a", "x", at(0s));
  t.pipe_ahead(words, "b", "x", at(10s));
  CHECK(kept(t).size() == 2);
  t.pipe_ahead(words, "c", "x", at(17s));
  CHECK(kept(t) == Counts{{"b", 1}, {"c", 1}});
  t.advance(20s);
  CHECK(kept(t).empty());
}

TEST_CASE("a record that failed does not lengthen the life of its row") {
  App app{"a"};
  app.stream(words)
      .group_by_key()
      .count("n")
      .ttl(16s)
      .filter([](std::uint64_t n) {
        if (n == 2) throw std::runtime_error("two");
        return true;
      })
      .to(living_counts);
  TestDriver t{app};
  t.pipe(words, "a", "x", at(0s));
  t.pipe(words, "a", "x", at(10s));
  CHECK(t.dead_letters("words").size() == 1);
  t.advance_to(at(17s));
  CHECK(kept(t).empty());
}

TEST_CASE("a table's expired row is gone for joins and taken out of its group") {
  App app{"a"};
  auto table = app.table(orders).ttl(16s);
  table.group_by([](const Order& o) { return o.show; })
      .aggregate(
          "revenue", Kpi{}, [](Kpi& k, const Order& o) { ++k.orders, k.revenue += o.cents; },
          [](Kpi& k, const Order& o) { --k.orders, k.revenue -= o.cents; })
      .to(living_shows);
  app.stream(words)
      .left_join(table, [](std::string_view, const Order* o) { return o ? o->show : "none"; })
      .to(seen);
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{app, plan};
    t.pipe(orders, "o-1", Order{"tea", 5}, at(0s));
    t.pipe(orders, "o-2", Order{"tea", 7}, at(10s));
    t.pipe(words, "o-1", "?", at(10s));
    t.advance_to(at(17s));
    t.pipe(words, "o-1", "?", at(17s));
    CHECK(t.read(living_shows).at("tea") == Kpi{1, 7});
    CHECK(t.values(seen) == std::vector<std::string>{"tea", "none"});
    t.pipe_bytes("orders", {"o-2", "", at(18s), {}});  // removed before its time
    CHECK(t.read(living_shows).at("tea") == Kpi{0, 0});
    CHECK(t.state_bytes("orders.ttl").empty());
  }
}

TEST_CASE("rows expire in order of time and key, and one whose end throws is dead-lettered alone") {
  App app{"a"};
  app.table(orders)
      .ttl(16s)
      .group_by([](const Order&) { return "all"; })
      .aggregate(
          "left", std::string{}, [](std::string&, const Order&) {},
          [](std::string& gone, const Order& o) {
            if (o.cents == 13) throw std::runtime_error("unlucky");
            gone += o.show;
          })
      .to(seen);
  TestDriver t{app};
  t.pipe(orders, "b", Order{"b", 1}, at(0s));
  t.pipe(orders, "a", Order{"a", 1}, at(0s));
  t.pipe(orders, "c", Order{"c", 13}, at(0s));
  t.pipe(orders, "d", Order{"d", 1}, at(0s));
  t.advance_to(at(1min));
  CHECK(t.values(seen).back() == "abd");
  REQUIRE(t.dead_letters("orders.ttl").size() == 1);
  CHECK(t.dead_letters("orders.ttl")[0].cause == "unlucky");
  CHECK(t.dead_letters("orders.ttl")[0].value == encoded(Order{"c", 13}));
  CHECK(t.state_bytes("orders").empty());
}

namespace {
// Remembers what it was told for a while: "get" asks, "drop" forgets.
struct Memory {
  explicit Memory(Stores& stores)
      : last(stores.keyed<std::int64_t, std::string>("last").ttl(16s)),
        visits(stores.keyed<std::uint64_t>("visits").ttl(32s)) {}
  void on_record(std::string_view key, std::string_view word,
                 Context<std::string, std::string>& context) {
    const auto number = static_cast<std::int64_t>(key.size());
    ++visits.upsert(key);
    if (word == "drop") return last.erase(number);
    if (word != "get") last.put(number, std::string(word));
    if (word == "throw") throw std::runtime_error("asked to");
    const std::string* known = last.find(number);
    context.emit(key, known == nullptr ? "nothing" : *known);
  }
  Keyed<std::int64_t, std::string> last;
  Keyed<std::uint64_t> visits;
};
}  // namespace

TEST_CASE("a processor's states may have a time to live, each its own") {
  App app{"a"};
  app.stream(words).process([](Stores& s) { return Memory{s}; }).to(seen);
  TestDriver t{app};
  t.pipe(words, "k", "tea", at(0s));
  t.pipe(words, "k", "throw", at(12s));
  t.restart();
  t.pipe(words, "k", "get", at(15s));
  t.pipe(words, "k", "get", at(17s));
  CHECK(t.values(seen) == std::vector<std::string>{"tea", "tea", "nothing"});
  t.pipe(words, "k", "pot", at(18s));
  t.pipe(words, "k", "drop", at(18s));
  CHECK(t.state_bytes("last.ttl").empty());
  CHECK(t.state<std::string, std::uint64_t>("visits").at("k") == 5);
  t.advance(34s);
  CHECK(t.state_bytes("visits").empty());
}

TEST_CASE("a time to live of nothing is refused, for tables and for states") {
  App app{"a"};
  app.stream(words).group_by_key().count("n").ttl(0s);
  app.stream(words).process([](Stores& s) {
    static_cast<void>(s.keyed<std::uint64_t>("x").ttl(-1s));
    return Memory{s};
  });
  const auto topology = app.topology();
  REQUIRE(!topology.has_value());
  const std::string& text = topology.error().message;
  CHECK(text.find("the ttl of table \"n\": its time must be greater than zero") !=
        std::string::npos);
  CHECK(text.find("state x: its ttl must be greater than zero") != std::string::npos);
}
