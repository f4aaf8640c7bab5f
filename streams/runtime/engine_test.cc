#include <doctest/doctest.h>

#include "streams/runtime/engine_test_kit.h"
#include "streams/topology/dead_letter.h"

using namespace vitrine;
using namespace vitrine::test;

using Strings = std::vector<std::string>;

SHARDED_TEST_CASE("records become counts in one commit, and nobody sees them before it") {
  TempFolder folder;
  Setup setup;
  auto engine = setup.open(folder);
  REQUIRE(engine->append(word("a")));
  REQUIRE(engine->append(word("b")));
  REQUIRE(engine->append(word("a")));
  CHECK(committed(*engine, "words").empty());

  run_until_idle(*engine);

  CHECK(values(*engine, "words").size() == 3);
  CHECK(count_of(*engine, "a") == 2);
  CHECK(count_of(*engine, "b") == 1);
  CHECK(values(*engine, "counts").size() == 3);
  CHECK_FALSE(engine->poll().value());
}

SHARDED_TEST_CASE("done tells the position after the commit") {
  TempFolder folder;
  Setup setup;
  auto engine = setup.open(folder);
  std::optional<Position> told;
  REQUIRE(engine->append(word("a"), [&](Result<Position> position) { told = position.value(); }));
  CHECK_FALSE(told.has_value());
  run_until_idle(*engine);
  REQUIRE(told.has_value());
  CHECK(committed(*engine, "words").at(0).position == *told);
}

SHARDED_TEST_CASE("a stopped engine goes on where it was") {
  TempFolder folder;
  Setup setup;
  {
    auto engine = setup.open(folder);
    REQUIRE(engine->append(word("a")));
    run_until_idle(*engine);
    REQUIRE(engine->append(word("a")));
    engine->stop();  // drains
    CHECK(engine->append(word("a")).error().code == Code::Unavailable);
  }
  auto engine = setup.open(folder);
  CHECK(count_of(*engine, "a") == 2);
  REQUIRE(engine->append(word("a")));
  run_until_idle(*engine);
  CHECK(values(*engine, "counts") == Strings{"a=1", "a=2", "a=3"});
}

SHARDED_TEST_CASE(
    "a killed engine goes on with what was committed, whatever the state folder had") {
  for (const std::size_t checkpoint_deltas :
       {std::size_t{1}, std::size_t{7}, std::size_t{1'000'000}}) {
    CAPTURE(checkpoint_deltas);
    TempFolder folder;
    TempFolder after_kill;
    Setup setup;
    setup.options.checkpoint_deltas = checkpoint_deltas;
    auto engine = setup.open(folder);
    for (int i = 0; i < 40; ++i) {
      REQUIRE(engine->append(word("key " + std::to_string(i % 5))));
      run_until_idle(*engine);
    }
    REQUIRE(engine->append(word("never committed")));
    after_kill.copy_from(folder);
    const auto before = values(*engine, "counts");

    auto again = setup.open(after_kill);

    CHECK(values(*again, "counts") == before);
    CHECK(count_of(*again, "key 3") == 8);
    CHECK(count_of(*again, "never committed") == 0);
    REQUIRE(again->append(word("key 3")));
    run_until_idle(*again);
    CHECK(values(*again, "counts").back() == "key 3=9");
  }
}

SHARDED_TEST_CASE(
    "what a record emits to the topology's own input is worked on in the same commit") {
  TempFolder folder;
  Setup setup;
  auto engine = setup.open(folder);
  int commits = 0;
  engine->on_commit([&] { ++commits; });
  REQUIRE(engine->append(word("a", "hop")));

  REQUIRE(engine->poll().value());

  CHECK(commits == 1);
  CHECK(values(*engine, "again") == Strings{"a=w"});
  CHECK(values(*engine, "counts") == Strings{"a=1", "a=2"});
}

SHARDED_TEST_CASE("an epoch that reaches its bounds carries the rest over, also through a kill") {
  TempFolder folder;
  TempFolder after_kill;
  Setup setup;
  setup.options.epoch_records_max = 10;
  auto engine = setup.open(folder);
  REQUIRE(engine->append(word("a", "cycle")));
  REQUIRE(engine->poll().value());
  REQUIRE(engine->poll().value());
  after_kill.copy_from(folder);
  auto again = setup.open(after_kill);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(engine->poll().value());
    REQUIRE(again->poll().value());
  }
  CHECK(values(*engine, "counts") == values(*again, "counts"));
  const auto counts = values(*again, "counts");
  for (std::size_t i = 0; i < counts.size(); ++i) CHECK(counts[i] == "a=" + std::to_string(i + 1));
}

SHARDED_TEST_CASE(
    "a record whose code throws is undone and dead-lettered, and the next ones go on") {
  TempFolder folder;
  Setup setup;
  auto engine = setup.open(folder);
  REQUIRE(engine->append(word("a")));
  REQUIRE(engine->append(word("a", "throw")));
  REQUIRE(engine->append(word("a")));
  run_until_idle(*engine);

  CHECK(values(*engine, "counts") == Strings{"a=1", "a=2"});
  CHECK(count_of(*engine, "a") == 2);
  const auto dead = committed(*engine, "words.dlq");
  REQUIRE(dead.size() == 1);
  const auto letter = decoded<DeadLetter>(dead[0].record.value).value();
  CHECK(letter.topic == "words");
  CHECK(letter.cause == "asked to throw");
  CHECK(letter.key == "a");
  CHECK(letter.value == "throw");
  CHECK(Position{letter.position} == committed(*engine, "words").at(1).position);
}

SHARDED_TEST_CASE("timers fire when their time has come, also after a restart") {
  TempFolder folder;
  Setup setup;
  auto engine = setup.open(folder);
  setup.clock.set(at(Duration{5'000}));
  REQUIRE(engine->append(word("a", "ring")));
  run_until_idle(*engine);
  engine.reset();
  engine = setup.open(folder);
  CHECK_FALSE(engine->poll().value());
  setup.clock.set(at(Duration{6'000}));
  CHECK(engine->poll().value());
  CHECK(values(*engine, "counts") == Strings{"a=1", "a=ring"});
  CHECK_FALSE(engine->poll().value());
}

SHARDED_TEST_CASE("server time never runs backwards, also after a restart") {
  TempFolder folder;
  Setup setup;
  auto engine = setup.open(folder);
  setup.clock.set(at(Duration{9'000}));
  REQUIRE(engine->append(word("a")));
  setup.clock.set(at(Duration{4'000}));
  REQUIRE(engine->append(word("b")));
  run_until_idle(*engine);
  engine.reset();
  engine = setup.open(folder);
  setup.clock.set(at(Duration{2'000}));
  REQUIRE(engine->append(word("c")));
  run_until_idle(*engine);
  for (const auto& one : committed(*engine, "words"))
    CHECK(one.record.timestamp == at(Duration{9'000}));

  Append kept = word("d");
  kept.keep_timestamp = true;
  kept.record.timestamp = at(Duration{77});
  REQUIRE(engine->append(kept));
  run_until_idle(*engine);
  CHECK(committed(*engine, "words").back().record.timestamp == at(Duration{77}));
}

SHARDED_TEST_CASE("another domain's committed records are consumed exactly once across kills") {
  TempFolder up_folder;
  Setup up;
  auto upstream = up.open(up_folder, "up");
  for (int i = 0; i < 30; ++i) {
    REQUIRE(upstream->append(word("k" + std::to_string(i % 3))));
    run_until_idle(*upstream);
  }

  Setup down;
  down.options.upstreams = {upstream.get()};
  down.options.epoch_records_max = 4;
  down.options.checkpoint_deltas = 5;
  auto folder = std::make_unique<TempFolder>();
  auto engine = down.open(*folder, "down");
  for (int round = 0; round < 6; ++round) {
    engine->poll().value();
    auto killed = std::make_unique<TempFolder>();
    killed->copy_from(*folder);
    engine.reset();
    folder = std::move(killed);
    engine = down.open(*folder, "down");
  }
  run_until_idle(*engine);

  CHECK(values(*engine, "counts").size() == 30);
  CHECK(values(*engine, "words").empty());  // read there, not copied
  for (const char* key : {"k0", "k1", "k2"}) CHECK(count_of(*engine, key) == 10);
}

SHARDED_TEST_CASE("state whose types changed under the same name is refused at start") {
  TempFolder folder;
  Setup setup;
  setup.open(folder)->stop();
  setup.options.folder = folder.path;
  const auto refused =
      Engine::open(setup.env, std::make_shared<CountTopology>("count", "double"), setup.options);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Code::Conflict);
  CHECK(refused.error().message.find("counts|string|int64") != std::string::npos);
}
