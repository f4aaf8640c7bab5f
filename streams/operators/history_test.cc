// As-of joins: a record meets what was valid at its own time.
#include <doctest/doctest.h>

#include "base/metrics.h"
#include "streams/operators/window_test_kit.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace vitrine::literals;

namespace histories {
namespace {
using Texts = std::vector<std::string>;
const Topic<std::string, std::int64_t> prices{"prices"};
const Topic<std::string, std::string> clicks{"clicks"};
const Topic<std::string, std::string> seen{"seen"}, bought{"bought"};

std::string told(std::string_view click, const std::int64_t* price) {
  return std::string(click) + (price == nullptr ? " -" : " " + std::to_string(*price));
}
App seen_of(Duration keep) {
  App app{"a"};
  app.stream(clicks).left_join(app.history(prices, keep), told).to(seen);
  return app;
}
// The same, and an inner join behind a hop.
App app_of(Duration keep) {
  App app{"a"};
  const auto history = app.history(prices, keep);
  app.stream(clicks).left_join(history, told).to(seen);
  app.stream(clicks)
      .rekey([](std::string_view, std::string_view) { return std::string("tea"); })
      .join(history,
            [](std::string_view click, std::int64_t price) { return told(click, &price); })
      .to(bought);
  return app;
}
void remove(TestDriver& t, const std::string& key, Time time) {
  t.pipe_bytes("prices", {key, "", time, {}});
}
std::string past(std::size_t rows) { return std::to_string(rows) + " past"; }
std::string past_of(const TestDriver& t) {
  return past(t.state_bytes("prices.history.past").size());
}
}  // namespace

TEST_CASE("a click meets the price of its own time, whatever is known by then") {
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{app_of(1h), plan};
    t.pipe(prices, "tea", 5, at(10s));
    t.pipe(prices, "tea", 6, at(20s));
    t.pipe(prices, "tea", 7, at(30s));
    for (const auto when : {5s, 10s, 19s, 20s, 29s, 30s, 40s}) {
      t.pipe(clicks, "tea", std::to_string(when.count()), at(when));
    }
    CHECK(t.values(seen) == Texts{"5 -", "10 5", "19 5", "20 6", "29 6", "30 7", "40 7"});
    CHECK(t.values(bought) == Texts{"10 5", "19 5", "20 6", "29 6", "30 7", "40 7"});
  }
}

TEST_CASE("a price that comes late is in effect for the clicks after it") {
  TestDriver t{app_of(1h)};
  t.pipe(prices, "tea", 5, at(10s));
  t.pipe(prices, "tea", 7, at(30s));
  t.pipe(clicks, "tea", "first", at(25s));
  t.pipe(prices, "tea", 6, at(20s));
  t.pipe(clicks, "tea", "second", at(25s));
  t.pipe(prices, "tea", 60, at(20s));  // corrected
  t.pipe(clicks, "tea", "third", at(25s));
  t.pipe(clicks, "tea", "fourth", at(15s));
  CHECK(t.values(seen) == Texts{"first 5", "second 6", "third 60", "fourth 5"});
}

TEST_CASE("a removed price is gone from that time on, also when that comes late") {
  for (bool late : {false, true}) {
    TestDriver t{app_of(1h)};
    t.pipe(prices, "tea", 5, at(10s));
    if (!late) remove(t, "tea", at(20s));
    t.pipe(prices, "tea", 7, at(30s));
    if (late) remove(t, "tea", at(20s));
    for (const auto when : {15s, 25s, 35s}) t.pipe(clicks, "tea", "c", at(when));
    remove(t, "tea", at(40s));
    t.restart();
    for (const auto when : {35s, 45s}) t.pipe(clicks, "tea", "c", at(when));
    CHECK(t.values(seen) == Texts{"c 5", "c -", "c 7", "c 7", "c -"});
    CHECK(t.values(bought) == Texts{"c 5", "c 7", "c 7"});
  }
}

TEST_CASE("a removal that comes before the price it removes is remembered") {
  TestDriver t{app_of(1h)};
  remove(t, "tea", at(20s));
  t.pipe(prices, "tea", 5, at(10s));
  for (const auto when : {15s, 25s}) t.pipe(clicks, "tea", "c", at(when));
  CHECK(t.values(seen) == Texts{"c 5", "c -"});
  CHECK(t.state_bytes("prices.history").empty());
}

TEST_CASE("what is too old to be known is dead-lettered, not answered with null") {
  TestDriver t{app_of(1min)};
  t.pipe(prices, "tea", 5, at(10s));
  t.pipe(prices, "tea", 6, at(20s));
  t.pipe(clicks, "tea", "now", at(79s));
  CHECK(past_of(t) == past(1));
  t.pipe(clicks, "tea", "old, but known", at(15s));
  t.pipe(prices, "cup", 1, at(80s));  // the first price of tea was over a minute ago
  CHECK(past_of(t) == past(0));
  t.pipe(clicks, "tea", "forgotten", at(15s));
  t.pipe(clicks, "tea", "older than a minute, but the price still stands", at(20s));
  t.pipe(clicks, "pot", "there never was one", at(80s));
  CHECK(t.values(seen) == Texts{"now 6", "old, but known 5",
                                "older than a minute, but the price still stands 6",
                                "there never was one -"});
  const auto dead = t.dead_letters("clicks");
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].value == "forgotten");
  CHECK(dead[0].cause.find("\"prices.history\" held at 15000 ms") != std::string::npos);
}

TEST_CASE("a first price may be as old as it likes; one that is over long ago is counted") {
  auto& late = counter("vitrine_streams_late_records_total", "", "state", "prices.history");
  const auto before = late.value();
  TestDriver t{app_of(1min)};
  t.pipe(clicks, "tea", "a", at(1h));
  t.pipe(prices, "tea", 5, at(10s));
  t.pipe(prices, "cup", 1, at(1h));  // the topic's clock has caught up
  t.pipe(clicks, "tea", "b", at(1h));
  t.pipe(prices, "tea", 6, at(20s));
  t.pipe(clicks, "tea", "c", at(1h));
  CHECK(late.value() == before);
  t.pipe(prices, "tea", 7, at(15s));  // valid up to 20 s
  CHECK(late.value() == before + 1);
  t.pipe(clicks, "tea", "d", at(1h));
  CHECK(t.values(seen) == Texts{"a -", "b 5", "c 6", "d 6"});
}

TEST_CASE("a history of no length, and one of two lengths, are refused") {
  CHECK_FALSE(app_of(0s).topology().has_value());
  App app{"a"};
  app.history(prices, 1h);
  app.history(prices, 2h);
  CHECK_FALSE(app.topology().has_value());
}

namespace {
// All versions in a list, looked through from end to end.
class Listed {
 public:
  explicit Listed(Duration keep) : keep_(keep) {}

  void put(const std::string& key, Time since, std::optional<std::int64_t> price) {
    const auto next = next_of(key, since);
    if (next && *next + keep_ <= now_) return;
    versions_[{key, since}] = price;
  }
  // False: forgotten.
  bool ask(const std::string& key, Time time, std::optional<std::int64_t>& price) const {
    bool known = false;
    for (const auto& [version, value] : versions_) {
      if (version.first != key || version.second > time) continue;
      price = value;
      known = true;
    }
    return known || time + keep_ > now_;
  }
  // The clock of one of the two topics is read on.
  void see(std::size_t topic, Time time) {
    auto& mine = clocks_[topic];
    mine = std::max(mine.value_or(time), time);
    now_ = std::max(now_, std::min(*mine, clocks_[1 - topic].value_or(*mine)));
    std::erase_if(versions_, [&](const auto& one) {
      const auto next = next_of(one.first.first, one.first.second);
      if (!next && one.second) return false;
      return next.value_or(one.first.second) + keep_ <= now_;
    });
  }

 private:
  std::optional<Time> next_of(const std::string& key, Time since) const {
    for (const auto& [version, value] : versions_) {
      if (version.first == key && version.second > since) return version.second;
    }
    return std::nullopt;
  }
  Duration keep_;
  std::map<std::pair<std::string, Time>, std::optional<std::int64_t>> versions_;
  Time now_ = Time::min();
  std::optional<Time> clocks_[2];
};
}  // namespace

TEST_CASE("as-of joins are what a list of all versions says") {
  std::size_t asked = 0, dead = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    test::Dice dice(seed);
    const Duration keep{1 + dice.below(20'000)};
    TestDriver t{seen_of(keep)};
    Listed model{keep};
    t.advance_to(at(30min));
    Texts expected;
    std::size_t refused = 0;
    Time latest = at(26min);
    for (std::int64_t i = 0; i < 300; ++i) {
      latest += Duration{dice.below(400)};
      const std::string key(1, static_cast<char>('a' + dice.below(3)));
      const Time time = latest - Duration{dice.below(3) == 0 ? dice.below(20'000) : 0};
      const std::int64_t what = dice.below(8);
      if (dice.below(40) == 0) t.restart();
      if (what < 4) {
        t.pipe_ahead(clicks, key, std::to_string(i), time);
        std::optional<std::int64_t> price;
        const bool known = model.ask(key, time, price);
        if (known) expected.push_back(told(std::to_string(i), price ? &*price : nullptr));
        if (!known) ++refused;
      } else {
        if (what == 4) remove(t, key, time);
        if (what > 4) t.pipe_ahead(prices, key, i, time);
        model.put(key, time, what == 4 ? std::nullopt : std::optional(i));
      }
      model.see(what < 4 ? 1 : 0, time);
    }
    CHECK(t.values(seen) == expected);
    CHECK(t.dead_letters("clicks").size() == refused);
    asked += expected.size();
    dead += refused;
    t.advance(2h);
    t.pipe(clicks, "z", "", at(3h));
    CHECK(past_of(t) == past(0));
  }
  CHECK(asked > 0);
  CHECK(dead > 0);
}

}  // namespace histories
