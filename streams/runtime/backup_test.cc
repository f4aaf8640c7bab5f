// Backups, restores and savepoints of a running engine.
#include <doctest/doctest.h>

#include <fstream>
#include <thread>

#include "base/log.h"
#include "sim/power_disk.h"
#include "sim/sim_env.h"
#include "streams/runtime/backup.h"
#include "streams/runtime/engine_test_kit.h"

using namespace vitrine;
using namespace vitrine::test;
using namespace std::chrono_literals;

namespace {

void small_log(EngineOptions& options) {
  set_log_level(LogLevel::Error);
  options.journal.segment_bytes = 32U << 10U;
  options.journal.prewrite_bytes = 8U << 10U;
  options.journal.prewrite_at_open_bytes = 8U << 10U;
  options.journal.tail_bytes = 0;
  options.checkpoint_deltas = 500;
}

std::string numbered_key(int i) { return "key-" + std::to_string(i % 5); }

void fill_log(Engine& engine, int count) {
  for (int i = 0; i < count; ++i) {
    REQUIRE(engine.append(word(numbered_key(i), "w" + std::string(150, '.'))));
    run_until_idle(engine);
  }
}

std::int64_t sum_of_counts(const Engine& engine) {
  std::int64_t sum = 0;
  for (int i = 0; i < 5; ++i) sum += count_of(engine, numbered_key(i));
  return sum;
}

}  // namespace

SHARDED_TEST_CASE("a backup of a running engine is of one commit, whole, and goes on by itself") {
  TempFolder folder;
  TempFolder elsewhere;
  Setup setup;
  small_log(setup.options);
  auto engine = setup.open(folder);
  fill_log(*engine, 300);
  engine.reset();
  engine = setup.open(folder);
  REQUIRE(engine->start());
  std::atomic<bool> enough{false};
  std::atomic<int> accepted{300};
  std::thread writer{[&] {
    for (int i = 0; !enough; ++i) {
      if (engine->append(word(numbered_key(i), "w" + std::string(150, '.')))) ++accepted;
      if (i % 20 == 0) std::this_thread::sleep_for(1ms);
    }
  }};
  std::vector<BackupReport> made;
  for (int i = 0; i < 4; ++i) {
    std::this_thread::sleep_for(20ms);
    const auto report = engine->backup(elsewhere.path + "/b" + std::to_string(i));
    REQUIRE_MESSAGE(report, (report ? std::string{} : report.error().message));
    made.push_back(*report);
  }
  enough = true;
  writer.join();
  engine->stop();
  CHECK(made[0].bytes_shared > 0);  // runs of the first 300
  const auto all = committed(*engine, "words");
  CHECK(all.size() == static_cast<std::size_t>(accepted));
  const Incarnation incarnation = engine->incarnation();

  for (int i = 0; i < 4; ++i) {
    CAPTURE(i);
    const std::string backup = elsewhere.path + "/b" + std::to_string(i);
    const auto verified = verify_backup(real_env().disk, backup);
    REQUIRE(verified);
    CHECK(verified->epoch == made[static_cast<std::size_t>(i)].epoch);
    TempFolder restored;
    std::filesystem::remove(restored.path);
    REQUIRE(restore_backup(real_env().disk, backup, restored.path));
    auto copy = setup.open(restored);
    const auto words = committed(*copy, "words");
    REQUIRE(words.size() <= all.size());
    CHECK(std::equal(words.begin(), words.end(), all.begin(), [](const auto& a, const auto& b) {
      return a.position == b.position && a.record == b.record;
    }));
    CHECK(copy->committed_end() == verified->end);
    CHECK(sum_of_counts(*copy) == static_cast<std::int64_t>(words.size()));
    CHECK(copy->incarnation() != incarnation);
    fill_log(*copy, 200);
    CHECK(sum_of_counts(*copy) == static_cast<std::int64_t>(words.size() + 200));
    copy.reset();
    REQUIRE(Journal::verify(real_env().disk, restored.path + "/journal"));
    REQUIRE(verify_backup(real_env().disk, backup));  // it stays as it is
  }
}

TEST_CASE("the documented list of a backup is what we write") {
  sim::PowerDisk disk;
  REQUIRE(begin_backup(disk, "/b"));
  disk.set_content("/b/journal/manifest", "0123456789");
  disk.set_content("/b/identities", "abc");
  REQUIRE(finish_backup(disk, "/b",
                        {"shop", Epoch{12}, Position{345}, time_of_millis(1'700'000'000'000), 13,
                         0}));
  std::ifstream page{std::string(VITRINE_SOURCE_DIR) + "/docs/formats/backup.md"};
  const std::string text{std::istreambuf_iterator<char>(page), {}};
  CHECK(text.find(to_hex(disk.content("/b/backup"))) != std::string::npos);
  CHECK_MESSAGE(text.find("VTBACK01") != std::string::npos, to_hex(disk.content("/b/backup")));
  CHECK(read_backup(disk, "/b")->end == Position{345});
}

SHARDED_TEST_CASE("a savepoint is kept until it is removed, though the log moves on and expires") {
  TempFolder folder;
  Setup setup;
  small_log(setup.options);
  setup.options.keep["words"] = {.retention = 1min};
  auto engine = setup.open(folder);
  fill_log(*engine, 200);
  REQUIRE(engine->savepoint("monday"));
  REQUIRE(engine->savepoint("tuesday"));
  CHECK(engine->savepoint("monday").error().code == Code::Conflict);
  CHECK(engine->savepoint("../x").error().code == Code::Invalid);
  CHECK(list_savepoints(real_env().disk, folder.path) ==
        std::vector<std::string>{"monday", "tuesday"});
  setup.clock.set(setup.clock.now() + 1h);
  fill_log(*engine, 100);
  setup.clock.set(setup.clock.now() + 1h);
  for (int i = 0; i < 10; ++i) run_until_idle(*engine);
  CHECK(committed(*engine, "words").empty());

  TempFolder restored;
  REQUIRE(
      restore_backup(real_env().disk, folder.path + "/savepoints/monday", restored.path));
  Setup other;
  small_log(other.options);  // without the retention: time travel
  auto copy = other.open(restored);
  CHECK(committed(*copy, "words").size() == 200);
  CHECK(sum_of_counts(*copy) == 200);
  REQUIRE(remove_savepoint(real_env().disk, folder.path, "monday"));
  CHECK(list_savepoints(real_env().disk, folder.path) == std::vector<std::string>{"tuesday"});
  CHECK(remove_savepoint(real_env().disk, folder.path, "monday").error().code == Code::NotFound);
}

TEST_CASE("a backup is restored under another number of shards") {
  for (const auto& [before, after] : {std::pair{4U, 1U}, std::pair{1U, 4U}, std::pair{4U, 2U}}) {
    CAPTURE(before);
    TempFolder folder, elsewhere;
    Setup setup;
    small_log(setup.options);
    setup.options.shards = before;
    auto engine = setup.open(folder);
    // Also between the shards something is on its way.
    for (int i = 0; i < 60; ++i) REQUIRE(engine->append(word(numbered_key(i), "hop")));
    engine->poll().value();
    REQUIRE(engine->backup(elsewhere.path + "/b"));
    run_until_idle(*engine);
    const auto whole = values(*engine, "counts");
    engine.reset();
    REQUIRE(restore_backup(real_env().disk, elsewhere.path + "/b", elsewhere.path + "/r"));
    TempFolder restored;
    std::filesystem::remove_all(restored.path);
    std::filesystem::rename(elsewhere.path + "/r", restored.path);
    setup.options.shards = after;
    engine = setup.open(restored);
    run_until_idle(*engine);
    CHECK(committed(*engine, "words").size() == 60);
    CHECK(sum_of_counts(*engine) == 120);
    CHECK(values(*engine, "counts").size() == whole.size());
    fill_log(*engine, 50);
    CHECK(sum_of_counts(*engine) == 170);
  }
}

TEST_CASE("a backup with a missing or cut file is refused, and one into a used folder, too") {
  TempFolder folder;
  TempFolder elsewhere;
  Setup setup;
  small_log(setup.options);
  auto engine = setup.open(folder);
  fill_log(*engine, 300);
  const std::string backup = elsewhere.path + "/b";
  REQUIRE(engine->backup(backup));
  CHECK(engine->backup(backup).error().code == Code::Conflict);
  CHECK(read_backup(real_env().disk, elsewhere.path).error().code == Code::NotFound);
  CHECK(restore_backup(real_env().disk, backup, folder.path).error().code == Code::Conflict);
  std::string victim;
  for (const auto& entry : std::filesystem::directory_iterator(backup + "/journal")) {
    if (entry.path().extension() == ".vtj") victim = entry.path();
  }
  std::filesystem::resize_file(victim, std::filesystem::file_size(victim) - 1);
  const auto refused = restore_backup(real_env().disk, backup, elsewhere.path + "/r");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::Corrupt);
  CHECK_FALSE(std::filesystem::exists(elsewhere.path + "/r"));
}

TEST_CASE("power that goes at any step of a backup or restore leaves a whole one, or says so") {
  set_log_level(LogLevel::Error);
  std::uint64_t whole = 0;
  std::uint64_t recognised = 0;
  for (std::uint64_t at_call = 0;; ++at_call) {
    CAPTURE(at_call);
    sim::PowerDisk disk;
    sim::ManualClock clock;
    sim::SeededRandom random{at_call + 1};
    Env env{clock, disk, random};
    EngineOptions options;
    small_log(options);
    options.folder = "/e";
    options.journal.background = false;
    options.journal.segment_bytes = 12U << 10U;
    options.journal.on_sync_failure = [](const Error&) {};
    options.state_backend = [](const std::string&) -> Result<std::unique_ptr<StateBackend>> {
      return memory_backend();
    };
    const auto topology = std::make_shared<CountTopology>();
    auto engine = Engine::open(env, topology, options).value();
    fill_log(*engine, 40);
    disk.power_off_after(at_call);
    bool finished = engine->backup("/b").has_value();
    finished = finished && restore_backup(disk, "/b", "/r").has_value();
    engine.reset();
    constexpr sim::Cut kModes[] = {sim::Cut::LoseAll, sim::Cut::Torn, sim::Cut::Shuffled,
                                   sim::Cut::KeepAll};
    disk.cut(random.next(), kModes[at_call % 4]);
    const auto holds = [&](const std::string& in) {
      options.folder = in;
      const auto opened = Engine::open(env, topology, options);
      REQUIRE_MESSAGE(opened, (opened ? std::string{} : opened.error().message));
      CHECK(committed(**opened, "words").size() == 40);
      CHECK(sum_of_counts(**opened) == 40);
    };
    holds("/e");
    if (read_backup(disk, "/b")) {
      ++whole;
      REQUIRE(verify_backup(disk, "/b"));
      REQUIRE(restore_backup(disk, "/b", "/r2"));
      holds("/r2");
    } else {
      ++recognised;
    }
    // A restored folder opens as a whole, or refuses, or was not begun.
    options.folder = "/r";
    if (disk.exists("/r") && !disk.list("/r")->empty()) {
      auto opened = Engine::open(env, topology, options);
      if (opened) CHECK(committed(**opened, "words").size() == 40);
      if (!opened) CHECK(opened.error().code == Code::Conflict);
    }
    if (finished) break;
  }
  CHECK(whole > 5);
  CHECK(recognised > 10);
}
