// State asked for from outside: ranges, typed views, reading what one has written.
#include <doctest/doctest.h>

#include <future>

#include "streams/runtime/engine_test_kit.h"
#include "vitrine/state_view.h"

using namespace vitrine;
using namespace vitrine::test;

using Counts = StateView<std::string, std::int64_t>;
using Rows = std::vector<std::pair<std::string, std::int64_t>>;

TEST_CASE("a range of state is read in order, from cache and disk, also after a kill") {
  TempFolder folder;
  Setup setup;
  setup.options.checkpoint_deltas = 3;
  {
    auto engine = setup.open(folder);
    for (const char* key : {"c", "a", "b", "a"}) {
      REQUIRE(engine->append(word(key)));
      run_until_idle(*engine);
    }
    const auto counts = Counts::of(*engine, "counts").value();
    CHECK(counts.all()->rows == Rows{{"a", 2}, {"b", 1}, {"c", 1}});
    CHECK(counts.range("a", "c")->rows == Rows{{"a", 2}, {"b", 1}});
    CHECK(counts.get("a") == 2);
    CHECK_FALSE(counts.get("z").has_value());
    const auto first = counts.from("a", 2).value();
    CHECK(first.rows.size() == 2);
    CHECK(first.next == "c");
  }
  TempFolder killed;
  killed.copy_from(folder);
  auto engine = setup.open(killed);
  CHECK(Counts::of(*engine, "counts")->all()->rows == Rows{{"a", 2}, {"b", 1}, {"c", 1}});
}

TEST_CASE("a view with other types, or of no state, says what there is") {
  TempFolder folder;
  Setup setup;
  auto engine = setup.open(folder);
  const auto other = StateView<std::string, std::string>::of(*engine, "counts");
  CHECK(other.error().code == Code::Conflict);
  CHECK(other.error().message.find("kept as string|int64") != std::string::npos);
  const auto none = Counts::of(*engine, "count");
  CHECK(none.error().code == Code::NotFound);
  CHECK(none.error().message.find("it has counts, rings") != std::string::npos);
}

TEST_CASE("ranges tell only what is durable, while epochs come and go") {
  TempFolder folder;
  Setup setup;
  setup.options.checkpoint_deltas = 50;
  auto engine = setup.open(folder);
  REQUIRE(engine->start());
  const auto counts = Counts::of(*engine, "counts").value();
  std::int64_t last = 0, accepted = 0;
  for (int i = 0; i < 300; ++i) {
    if (engine->append(word("a"))) ++accepted;
    const auto rows = counts.all()->rows;
    const std::int64_t seen = rows.empty() ? 0 : rows.at(0).second;
    CHECK(seen >= last);
    CHECK(seen <= static_cast<std::int64_t>(values(*engine, "counts").size()));
    last = seen;
  }
  engine->stop();
  CHECK(counts.all()->rows == Rows{{"a", accepted}});
}

TEST_CASE("whoever waits for his record reads what it did") {
  TempFolder folder;
  Setup setup;
  auto engine = setup.open(folder);
  CHECK(engine->at_least(Position{1}, Duration{1}).error().code == Code::Unavailable);
  REQUIRE(engine->start());
  for (int i = 1; i <= 50; ++i) {
    std::promise<Position> written;
    REQUIRE(engine->append(word("mine"), [&](auto position) { written.set_value(*position); }));
    REQUIRE(engine->at_least(written.get_future().get()));
    CHECK(Counts::of(*engine, "counts")->get("mine") == i);
  }
}
