// Joins of tables, and with what a topic held before, on several shards: rows whose partners belong
// to another one, killed and started again with another number of shards in between.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "streams/operators/window_test_kit.h"
#include "streams/runtime/engine_test_kit.h"
#include "vitrine/app.h"

using namespace vitrine;
using namespace vitrine::test;
using namespace std::chrono_literals;

namespace engine_joins {
namespace {

using Rows = std::map<std::string, std::string>;
const Topic<std::string, std::string> left_rows{"left-rows"};   // "key:number"
const Topic<std::string, std::string> right_rows{"right-rows"};
const Topic<std::string, std::string> beside{"beside"}, foreign{"foreign"};

std::string_view key_in(std::string_view value) { return value.substr(0, value.find(':')); }
std::string both(std::string_view left, const std::string* right) {
  return std::string(left) + "/" + (right == nullptr ? "-" : *right);
}

// One table joined with another by its own key, and by one that it holds.
App joins_app() {
  App app{"joins"};
  const auto left = app.table(left_rows);
  const auto right = app.table(right_rows);
  left.left_join(right, "beside", both).to(beside);
  left.join(right, key_in, "foreign", [](std::string_view value, std::string_view other) {
        const std::string owned(other);
        return both(value, &owned);
      })
      .to(foreign);
  return app;
}

struct Run {
  Setup setup;
  std::unique_ptr<TempFolder> folder = std::make_unique<TempFolder>();
  std::unique_ptr<Engine> engine;
  std::map<std::string, std::string> left, right;
  std::size_t sent = 0;

  void open(std::uint32_t shards) {
    App app = joins_app();
    setup.options.folder = folder->path;
    setup.options.shards = shards;
    setup.options.epoch_records_max = 16;  // so that asks and answers cross commits
    setup.options.checkpoint_deltas = 60;
    auto opened = Engine::open(setup.env, app, setup.options);
    REQUIRE_MESSAGE(opened, (opened ? std::string{} : opened.error().message));
    engine = std::move(*opened);
  }
  void kill() {
    auto killed = std::make_unique<TempFolder>();
    killed->copy_from(*folder);
    engine.reset();
    folder = std::move(killed);
  }
  void put(const Topic<std::string, std::string>& topic, const std::string& key,
           const std::string& value) {
    auto& rows = topic.name() == "left-rows" ? left : right;
    if (value.empty()) rows.erase(key);
    if (!value.empty()) rows[key] = value;
    Append one;
    one.topic = topic.name();
    one.record = {key, value, {}, {}};
    REQUIRE(engine->append(std::move(one)));
    ++sent;
  }
  // As soon as all that was sent is in the log: what it leads to may be on its way.
  void kill_when_taken_in() {
    while (committed(*engine, "left-rows").size() + committed(*engine, "right-rows").size() <
           sent) {
      engine->poll().value();
    }
    kill();
  }
  void change(Dice& dice, int number) {
    const bool gone = dice.below(5) == 0;
    const std::string key = "k" + std::to_string(dice.below(12));
    const std::string other = "k" + std::to_string(dice.below(12));
    if (dice.below(3) > 0) {
      put(left_rows, key, gone ? "" : other + ":" + std::to_string(number));
    } else {
      put(right_rows, key, gone ? "" : key + "#" + std::to_string(number));
    }
  }
  Rows state(const std::string& name) const {
    const auto rows = engine->state_scan({name, {}, {}}).value().rows;
    return {rows.begin(), rows.end()};
  }
  // The last record of each key, without those that say that a row went.
  Rows told(const std::string& topic) const {
    Rows out;
    for (const auto& one : committed(*engine, topic)) {
      if (one.record.value.empty()) out.erase(one.record.key);
      if (!one.record.value.empty()) out[one.record.key] = one.record.value;
    }
    return out;
  }
  Rows expected(bool by_foreign_key) const {
    Rows out;
    for (const auto& [key, value] : left) {
      const auto found = right.find(by_foreign_key ? std::string(key_in(value)) : key);
      if (found != right.end() || !by_foreign_key) {
        out[key] = both(value, found == right.end() ? nullptr : &found->second);
      }
    }
    return out;
  }
};

}  // namespace

TEST_CASE("joined tables end alike on any number of shards, whatever is killed in between") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    Dice dice(seed);
    Run run;
    for (const std::uint32_t shards : {1U, 4U, 2U, 4U, 1U, 2U}) {
      run.open(shards);
      for (int number = 1; number <= 60; ++number) {
        run.change(dice, number);
        if (dice.below(4) == 0) run.engine->poll().value();
      }
      run_until_idle(*run.engine);
      CAPTURE(shards);
      CHECK(run.state("beside") == run.expected(false));
      CHECK(run.state("foreign") == run.expected(true));
      CHECK(run.told("beside") == run.expected(false));
      CHECK(run.told("foreign") == run.expected(true));
      for (int number = 61; number <= 90; ++number) run.change(dice, number);
      run.kill_when_taken_in();
    }
  }
}

namespace {

const Topic<std::string, std::int64_t> prices{"prices"};
const Topic<std::string, std::string> clicks{"clicks"}, seen{"seen"};

void append_at(Engine& engine, const std::string& topic, const std::string& key, Bytes value,
               Time time) {
  Append one;
  one.topic = topic;
  one.record = {key, std::move(value), time, {}};
  one.keep_timestamp = true;
  REQUIRE(engine.append(std::move(one)));
}

}  // namespace

TEST_CASE("a click meets the price of its time on any number of shards, after a kill too") {
  App app{"priced"};
  app.stream(clicks)
      .rekey([](std::string_view sku) { return sku; })
      .left_join(app.history(prices, 1min),
                 [](std::string_view sku, const std::int64_t* price) {
                   return std::string(sku) + (price == nullptr ? "?" : std::to_string(*price));
                 })
      .to(seen);
  Setup setup;
  setup.clock.set(at(Duration{10'000'000}));
  setup.options.checkpoint_deltas = 40;
  auto folder = std::make_unique<TempFolder>();
  std::multiset<std::string> expected;
  std::int64_t second = 0;  // each key has a new price every second
  for (const std::uint32_t shards : {2U, 4U, 1U, 2U, 4U}) {
    CAPTURE(shards);
    setup.options.folder = folder->path;
    setup.options.shards = shards;
    auto engine = Engine::open(setup.env, app, setup.options).value();
    for (const std::int64_t end = second + 10; second < end; ++second) {
      for (int key = 0; key < 5; ++key) {
        append_at(*engine, "prices", "k" + std::to_string(key), encoded(second * 10 + key),
                  at(Duration{10'000'000 + second * 1000}));
      }
    }
    run_until_idle(*engine);
    for (std::int64_t ago = 0; ago < std::min<std::int64_t>(second, 25); ++ago) {
      const std::int64_t then = second - 1 - ago;
      const std::string key = "k" + std::to_string(ago % 5);
      append_at(*engine, "clicks", "visitor " + std::to_string(ago), key,
                at(Duration{10'000'000 + then * 1000 + 999}));
      expected.insert(key + std::to_string(then * 10 + ago % 5));
    }
    run_until_idle(*engine);
    std::multiset<std::string> told;
    for (const auto& one : committed(*engine, "seen")) told.insert(one.record.value);
    CHECK(told == expected);
    CHECK(committed(*engine, "clicks.dlq").empty());
    auto killed = std::make_unique<TempFolder>();
    killed->copy_from(*folder);
    engine.reset();
    folder = std::move(killed);
  }
}

}  // namespace engine_joins
