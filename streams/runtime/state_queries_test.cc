// State asked for from outside: ranges, typed views, reading what one has written.
#include <doctest/doctest.h>

#include <future>
#include <set>
#include <thread>

#include "streams/runtime/engine_test_kit.h"
#include "streams/runtime/numbering.h"
#include "vitrine/state_view.h"

using namespace vitrine;
using namespace vitrine::test;

using Counts = StateView<std::string, std::int64_t>;
using Rows = std::vector<std::pair<std::string, std::int64_t>>;

SHARDED_TEST_CASE("a range of state is read in order, from cache and disk, also after a kill") {
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

SHARDED_TEST_CASE("ranges tell only what is durable, while epochs come and go") {
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

SHARDED_TEST_CASE("whoever waits for his record reads what it did") {
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

namespace {

using Sums = std::map<std::string, std::int64_t>;

// What "counts" held at the end of each epoch: epochs of several shards have blocks of positions.
std::set<Sums> counts_by_commit(const Engine& engine) {
  std::set<Sums> out{Sums{}};
  Sums sums;
  std::uint64_t block = 0;
  for (const auto& one : committed(engine, "counts")) {
    const std::uint64_t its = one.position.value() / (Numbering::kBlock * engine.shards());
    if (its != block) out.insert(sums);
    block = its;
    sums[one.record.key] = std::stoll(one.record.value);
  }
  out.insert(sums);
  return out;
}

// Appends to `keys` until it is gone, now and then with a pause.
struct Appending {
  Appending(Engine& engine, std::vector<std::string> keys)
      : thread([this, &engine, keys = std::move(keys)] {
          for (std::size_t i = 0; !enough; ++i) {
            if (!engine.append(word(keys[i * i % keys.size()]))) std::this_thread::yield();
            if (i % 64 == 63) engine.at_least(engine.committed_end(), Duration{1}).has_value();
          }
        }) {}
  ~Appending() {
    enough = true;
    thread.join();
  }
  std::atomic<bool> enough{false};
  std::thread thread;
};

}  // namespace

TEST_CASE("a page of several shards is of one commit, while they work and while some rest") {
  const std::vector<std::string> everywhere{"a", "b", "c", "d", "e", "f", "g", "h"};
  for (const bool resting : {false, true}) {
    CAPTURE(resting);
    TempFolder folder;
    Setup setup;
    setup.options.shards = 4;
    setup.options.checkpoint_deltas = 500;
    auto engine = setup.open(folder);
    REQUIRE(engine->start());
    const auto counts = Counts::of(*engine, "counts").value();
    std::vector<Sums> pages;
    {
      const Appending appending{*engine,
                                resting ? std::vector<std::string>{"a", "b"} : everywhere};
      for (int i = 0; i < 300; ++i) {
        const auto page = counts.all();
        REQUIRE_MESSAGE(page, (page ? std::string{} : page.error().message));
        pages.emplace_back(page->rows.begin(), page->rows.end());
      }
    }
    engine->stop();
    const auto commits = counts_by_commit(*engine);
    std::size_t torn = 0;
    for (const Sums& page : pages) torn += commits.contains(page) ? 0 : 1;
    CHECK(torn == 0);
    CHECK(std::set<Sums>(pages.begin(), pages.end()).size() > 10);
  }
}

TEST_CASE("a question to several shards at rest writes nothing") {
  TempFolder folder;
  Setup setup;
  setup.options.shards = 4;
  auto engine = setup.open(folder);
  REQUIRE(engine->start());
  std::promise<Position> written;
  REQUIRE(engine->append(word("a"), [&](auto position) { written.set_value(*position); }));
  REQUIRE(engine->at_least(written.get_future().get()));
  const auto counts = Counts::of(*engine, "counts").value();
  CHECK(counts.all()->rows == Rows{{"a", 1}});
  const Position end = engine->committed_end();
  for (int i = 0; i < 20; ++i) CHECK(counts.all()->rows == Rows{{"a", 1}});
  CHECK(engine->committed_end() == end);
}

TEST_CASE("questions that meet the end of an engine are all answered") {
  for (const std::uint32_t shards : {1U, 4U}) {
    for (int round = 0; round < 10; ++round) {
      TempFolder folder;
      Setup setup;
      setup.options.shards = shards;
      auto engine = setup.open(folder);
      REQUIRE(engine->start());
      const auto counts = Counts::of(*engine, "counts").value();
      std::atomic<bool> enough{false};
      std::vector<std::thread> asking;
      std::atomic<std::int64_t> asked{0};
      for (int i = 0; i < 2; ++i) {
        asking.emplace_back([&] {
          while (!enough) {
            const auto page = counts.all();
            if (!page) CHECK(page.error().code == Code::Unavailable);
            counts.get("a");
            ++asked;
          }
        });
      }
      std::int64_t accepted = 0;
      for (int i = 0; i < 200; ++i) accepted += engine->append(word("a")) ? 1 : 0;
      while (asked < 5) std::this_thread::yield();
      engine->stop();
      CHECK(counts.get("a") == accepted);
      CHECK(counts.all()->rows == Rows{{"a", accepted}});
      enough = true;
      for (auto& one : asking) one.join();
    }
  }
}
