// What an engine keeps of its log: retention, runs behind checkpoints, consumers that must not miss
// anything.
#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <future>
#include <sstream>
#include <thread>

#include "base/log.h"
#include "streams/runtime/engine_test_kit.h"

using namespace vitrine;
using namespace vitrine::test;
using namespace std::chrono_literals;

namespace {

// Segments of 32 KiB that are retired as soon as the state is safe.
void retire_early(Setup& setup) {
  set_log_level(LogLevel::Error);
  setup.options.journal.segment_bytes = 32U << 10U;
  setup.options.journal.prewrite_bytes = 8U << 10U;
  setup.options.journal.prewrite_at_open_bytes = 8U << 10U;
  setup.options.journal.tail_bytes = 0;
}

std::vector<std::string> files_of(const TempFolder& folder, const std::string& start) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path + "/journal")) {
    const std::string name = entry.path().filename();
    if (name.starts_with(start)) out.push_back(entry.path());
  }
  return out;
}

bool on_disk(const TempFolder& folder, const std::string& text) {
  for (const std::string& path : files_of(folder, "")) {
    std::ifstream in{path, std::ios::binary};
    std::stringstream content;
    content << in.rdbuf();
    if (content.str().find(text) != std::string::npos) return true;
  }
  return false;
}

// `count` words of about 200 bytes, each in an epoch of its own.
void fill(Engine& engine, int count, const std::string& value = "w") {
  for (int i = 0; i < count; ++i) {
    REQUIRE(engine.append(word("key-" + std::to_string(i % 7), value + std::string(200, '.'))));
    run_until_idle(engine);
  }
}

Position earliest(const Engine& engine, const std::string& topic) {
  const std::vector<std::string> topics{topic};
  return engine.fetch(topics, Position{1}, 0, 0)->earliest;
}

// Reads another's "counts".
class Reader final : public Topology {
 public:
  const std::string& name() const override { return name_; }
  std::span<const TopicInfo> topics() const override { return topics_; }
  std::span<const std::size_t> inputs() const override { return inputs_; }
  std::vector<std::string> stores() const override { return {"counts|string|int64"}; }
  std::unique_ptr<Task> instantiate(StoreSet& stores) const override {
    return std::make_unique<ReaderTask>(stores);
  }
  std::string describe() const override { return name_; }
  std::string mermaid() const override { return name_; }

 private:
  class ReaderTask final : public Task {
   public:
    explicit ReaderTask(StoreSet& stores)
        : counts_(stores.keyed<std::string, std::int64_t>("counts")) {}
    void on_record(std::size_t, std::uint32_t, Position, const RecordView& record,
                   Output&) override {
      ++counts_.upsert(record.key);
    }
    void on_wall(Time, Output&) override {}
    Time next_wall_timer() const override { return Time::max(); }
    void restored() override {}

   private:
    Store<std::string, std::int64_t>& counts_;
  };
  std::string name_ = "reader";
  std::vector<TopicInfo> topics_{{"counts", 8, true, "string", "string"}};
  std::vector<std::size_t> inputs_{0};
};

}  // namespace

SHARDED_TEST_CASE("old segments are retired behind checkpoints, and a kill loses nothing") {
  TempFolder folder;
  TempFolder copy;
  Setup setup;
  retire_early(setup);
  auto engine = setup.open(folder);
  int given = 0;
  for (int life = 0; life < 6; ++life) {
    fill(*engine, 150);
    given += 150;
    copy.copy_from(folder);  // kill -9: what the files held at this moment
    engine.reset();
    std::swap(folder.path, copy.path);
    engine = setup.open(folder);
    CHECK(values(*engine, "words").size() == static_cast<std::size_t>(given));
    CHECK(values(*engine, "counts").size() == static_cast<std::size_t>(given));
    std::int64_t sum = 0;
    for (int key = 0; key < 7; ++key) sum += count_of(*engine, "key-" + std::to_string(key));
    CHECK(sum == given);
    CHECK(engine->recovery().groups < 200);  // the tail, not the whole log
  }
  CHECK(files_of(folder, "run-").size() >= 3);
  CHECK(files_of(folder, "segment-").size() < 8);
  engine.reset();
  REQUIRE(Journal::verify(real_env().disk, folder.path + "/journal"));
}

TEST_CASE("a lost state folder whose changes were retired is refused and says what to bring back") {
  TempFolder folder;
  Setup setup;
  retire_early(setup);
  {
    auto engine = setup.open(folder);
    fill(*engine, 300);
    REQUIRE_FALSE(files_of(folder, "run-").empty());
  }
  std::filesystem::remove_all(folder.path + "/state");
  setup.options.folder = folder.path;
  const auto refused = Engine::open(setup.env, std::make_shared<CountTopology>(), setup.options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::OutOfRange);
  CHECK(refused.error().message.find("backup or a savepoint") != std::string::npos);
}

TEST_CASE("state that does not last keeps every segment") {
  TempFolder folder;
  Setup setup;
  retire_early(setup);
  setup.options.state_backend = [](const std::string&) -> Result<std::unique_ptr<StateBackend>> {
    return memory_backend();
  };
  auto engine = setup.open(folder);
  fill(*engine, 300);
  CHECK(files_of(folder, "run-").empty());
  engine.reset();
  engine = setup.open(folder);
  CHECK(count_of(*engine, "key-0") == 43);
}

SHARDED_TEST_CASE("records of a topic with a retention go in time, beside others and when idle") {
  TempFolder folder;
  Setup setup;
  retire_early(setup);
  setup.options.keep["words"] = {.retention = 1min};
  auto engine = setup.open(folder);
  fill(*engine, 20, "secret");
  setup.clock.set(setup.clock.now() + 59s);
  run_until_idle(*engine);
  CHECK(values(*engine, "words").size() == 20);
  setup.clock.set(setup.clock.now() + 2s);
  run_until_idle(*engine);
  CHECK(values(*engine, "words").empty());
  CHECK(values(*engine, "counts").size() == 20);
  CHECK(earliest(*engine, "words") > Position{20});
  CHECK(earliest(*engine, "counts") == Position{0});
  CHECK(on_disk(folder, "secret"));
  setup.clock.set(setup.clock.now() + setup.options.journal.segment_time);
  for (int i = 0; i < 10; ++i) run_until_idle(*engine);  // seal, checkpoint, retire, remove
  CHECK_FALSE(on_disk(folder, "secret"));
  CHECK(values(*engine, "counts").size() == 20);
  CHECK(count_of(*engine, "key-0") == 3);
}

SHARDED_TEST_CASE("an expired record is unreadable within a second, also while nothing comes") {
  TempFolder folder;
  Setup setup;
  retire_early(setup);
  setup.options.keep["words"] = {.retention = 1min};
  auto engine = setup.open(folder);
  REQUIRE(engine->start());
  std::promise<void> done;
  REQUIRE(engine->append(word("a"), [&](Result<Position>) { done.set_value(); }));
  done.get_future().wait();
  CHECK(values(*engine, "words").size() == 1);
  setup.clock.set(setup.clock.now() + 61s);
  const auto begin = std::chrono::steady_clock::now();
  while (!values(*engine, "words").empty() &&
         std::chrono::steady_clock::now() < begin + 10s) {
    std::this_thread::sleep_for(5ms);
  }
  CHECK(std::chrono::steady_clock::now() - begin < 1s);
  CHECK(values(*engine, "counts").size() == 1);
}

SHARDED_TEST_CASE("an app that reads another keeps its records from expiring while it is open") {
  TempFolder first;
  TempFolder second;
  Setup up;
  retire_early(up);
  up.options.keep["counts"] = {.retention = 1min};
  auto source = up.open(first, "source");
  Setup down;
  down.options.upstreams = {source.get()};
  down.options.folder = second.path;
  const auto topology = std::make_shared<Reader>();
  auto reader = Engine::open(down.env, topology, down.options).value();
  fill(*source, 7);
  up.clock.set(up.clock.now() + 1h);
  run_until_idle(*source);
  CHECK(values(*source, "counts").size() == 7);  // held for the reader
  run_until_idle(*reader);
  CHECK(count_of(*reader, "key-3") == 1);
  run_until_idle(*source);
  CHECK(values(*source, "counts").empty());

  reader.reset();  // away: nobody holds anything
  fill(*source, 7);
  up.clock.set(up.clock.now() + 1h);
  run_until_idle(*source);
  const auto refused = Engine::open(down.env, topology, down.options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::OutOfRange);
  CHECK(refused.error().message.find("skip_expired") != std::string::npos);
  down.options.skip_expired = true;
  reader = Engine::open(down.env, topology, down.options).value();
  fill(*source, 1);
  run_until_idle(*reader);
  CHECK(count_of(*reader, "key-0") == 2);
  CHECK(count_of(*reader, "key-3") == 1);
}

TEST_CASE("a retention that is too short, or of a topic that is not there, is refused") {
  TempFolder folder;
  Setup setup;
  setup.options.folder = folder.path;
  setup.options.keep["words"] = {.retention = 59s};
  auto refused = Engine::open(setup.env, std::make_shared<CountTopology>(), setup.options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("at least a minute") != std::string::npos);
  setup.options.keep = {{"wrods", {.retention = 1h}}};
  refused = Engine::open(setup.env, std::make_shared<CountTopology>(), setup.options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("wrods") != std::string::npos);
}
