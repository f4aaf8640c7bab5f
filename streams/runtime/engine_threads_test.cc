// The same engine with its own threads. Waiting is by callbacks and futures; nothing sleeps.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <future>
#include <thread>

#include "streams/runtime/engine_test_kit.h"
#include "vitrine/engine_metrics.h"
#include "vitrine/epoch_trace.h"

using namespace vitrine;
using namespace vitrine::test;

namespace {

constexpr std::chrono::hours kYears{24 * 365 * 10};  // longer than this machine has been up

}  // namespace

SHARDED_TEST_CASE("appends of several threads are all answered, each after its own commit") {
  TempFolder folder;
  Setup setup;
  auto engine = setup.open(folder);
  REQUIRE(engine->start());
  constexpr int kThreads = 3;
  constexpr int kEach = 2'000;
  std::atomic<int> early{0};
  std::atomic<int> left{kThreads * kEach};
  std::promise<void> all;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const auto done = [&](const Result<Position>& position) {
          if (!position || *position >= engine->committed_end()) ++early;
          if (--left == 0) all.set_value();
        };
        while (!engine->append(word("key " + std::to_string(t)), done)) std::this_thread::yield();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  all.get_future().wait();

  CHECK(early == 0);
  for (int t = 0; t < kThreads; ++t) CHECK(count_of(*engine, "key " + std::to_string(t)) == kEach);
  engine->stop();
  CHECK(values(*engine, "counts").size() == kThreads * kEach);
}

SHARDED_TEST_CASE("state_get tells only what is durable, while epochs come and go") {
  TempFolder folder;
  Setup setup;
  setup.options.checkpoint_deltas = 50;
  auto engine = setup.open(folder);
  REQUIRE(engine->start());
  std::atomic<int> committed_count{0};
  int accepted = 0;
  std::int64_t last = 0;
  for (int i = 0; i < 500; ++i) {
    if (engine->append(word("a"), [&](const Result<Position>&) { ++committed_count; })) ++accepted;
    const std::int64_t seen = count_of(*engine, "a");
    CHECK(seen >= last);
    CHECK(seen <= static_cast<std::int64_t>(values(*engine, "counts").size()));
    last = seen;
  }
  engine->stop();
  CHECK(committed_count == accepted);
  CHECK(count_of(*engine, "a") == accepted);
}

SHARDED_TEST_CASE("an idle engine is woken by an upstream's commit") {
  TempFolder up_folder;
  TempFolder down_folder;
  Setup up;
  auto upstream = up.open(up_folder, "up");
  Setup down;
  down.options.upstreams = {upstream.get()};
  auto engine = down.open(down_folder, "down");
  run_until_idle(*engine);  // several shards write down that they are several
  std::promise<void> committed_once;
  std::once_flag once;
  engine->on_commit([&] { std::call_once(once, [&] { committed_once.set_value(); }); });
  REQUIRE(upstream->start());
  REQUIRE(engine->start());
  REQUIRE(upstream->append(word("a")));
  committed_once.get_future().wait();
  CHECK(count_of(*engine, "a") == 1);
  engine->stop();
  upstream->stop();
}

SHARDED_TEST_CASE("stop answers everything that was accepted") {
  TempFolder folder;
  Setup setup;
  std::atomic<int> answered{0};
  int accepted = 0;
  {
    auto engine = setup.open(folder);
    REQUIRE(engine->start());
    for (int i = 0; i < 5'000; ++i) {
      accepted +=
          engine->append(word("a"), [&](const Result<Position>& p) { answered += p ? 1 : 0; }) ? 1
                                                                                               : 0;
    }
  }
  CHECK(answered == accepted);
  CHECK(count_of(*setup.open(folder), "a") == accepted);
}

SHARDED_TEST_CASE("thousands of small epochs follow each other without a gap") {
  TempFolder folder;
  Setup setup;
  setup.options.epoch_records_max = 2;
  auto engine = setup.open(folder);
  REQUIRE(engine->start());
  std::promise<void> last;
  for (int i = 1; i <= 6'000; ++i) {
    Engine::Done done;
    if (i == 6'000) done = [&](const Result<Position>&) { last.set_value(); };
    REQUIRE(engine->append(word("a"), std::move(done)));
  }
  last.get_future().wait();
  CHECK(count_of(*engine, "a") == 6'000);
}

TEST_CASE("commits that linger hold what comes meanwhile, and stop does not wait for them") {
  TempFolder folder;
  Setup setup;
  setup.options.linger = kYears;
  auto engine = setup.open(folder);
  std::atomic<int> commits{0};
  engine->on_commit([&] { ++commits; });
  REQUIRE(engine->start());
  std::promise<void> first;
  REQUIRE(engine->append(word("a"), [&](const Result<Position>&) { first.set_value(); }));
  first.get_future().wait();  // after a pause nobody waits

  std::atomic<int> answered{0};
  for (int i = 0; i < 500; ++i) {
    REQUIRE(engine->append(word("b"), [&](const Result<Position>& position) {
      if (position) ++answered;
    }));
    CHECK(count_of(*engine, "a") == 1);  // the shard has had a turn
  }
  engine->stop();
  CHECK(answered == 500);
  CHECK(commits <= 3);  // the first, and what stop found in the epoch and in the queue
}

TEST_CASE("a value is told when its own commit is there, however long the next one lingers") {
  TempFolder folder;
  Setup setup;
  setup.options.linger = kYears;
  std::vector<std::future<std::int64_t>> counts;  // they end with the engine
  auto engine = setup.open(folder);
  REQUIRE(engine->start());
  std::promise<void> first;
  // The committer's thread is held before anybody learns of the commit: meanwhile the shard builds
  // the next epoch and is asked.
  REQUIRE(engine->append(word("a"), [&](const Result<Position>&) {
    const auto worked_on = [&](std::uint64_t records) {
      while (engine->metrics().inputs.front().records < records) std::this_thread::yield();
    };
    REQUIRE(engine->append(word("b")));
    worked_on(2);
    for (std::uint64_t i = 0; i < 20; ++i) {
      counts.push_back(std::async(std::launch::async, [&] { return count_of(*engine, "a"); }));
      REQUIRE(engine->append(word("b")));
      worked_on(i + 3);
    }
    first.set_value();
  }));
  first.get_future().wait();
  for (auto& count : counts) {
    REQUIRE(count.wait_for(std::chrono::seconds{30}) == std::future_status::ready);
    CHECK(count.get() == 1);
  }
}

TEST_CASE("what a sleeping shard has ready goes out when the disk is free, without waking it") {
  constexpr int kRecords = 200;
  TempFolder folder;
  Setup setup;
  setup.options.trace = std::make_shared<EpochTrace>(1024);
  auto engine = setup.open(folder);
  REQUIRE(engine->start());
  std::promise<void> all;
  std::vector<Position> positions;
  // On the committer's thread, while the disk still counts as busy: one record more, until the
  // shard has worked on it and has nothing left.
  std::function<void(const Result<Position>&)> done = [&](const Result<Position>& position) {
    positions.push_back(position.value());
    if (positions.size() == kRecords) return all.set_value();
    REQUIRE(engine->append(word("a"), done));
    while (engine->metrics().inputs.front().records <= positions.size())
      std::this_thread::yield();
  };
  REQUIRE(engine->append(word("a"), done));
  all.get_future().wait();
  engine->stop();

  CHECK(std::is_sorted(positions.begin(), positions.end()));
  CHECK(values(*engine, "counts").size() == kRecords);
  const auto& rows = setup.options.trace->rows();
  CHECK(std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.for_sleeper; }));
}
