#include "streams/runtime/mirror_engine.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "sim/power_disk.h"
#include "sim/sim_env.h"
#include "sim/test_folder.h"
#include "vitrine/engine_metrics.h"

using namespace vitrine;

namespace {

// What is over there: it outlives the mirrors that read it.
struct FarLog {
  std::vector<Positioned> records;
  bool away = false;
  std::vector<Append> appended;

  void add(const std::string& topic, std::uint32_t partition, const std::string& value) {
    records.push_back({topic, partition, {}, {"key", value, time_of_millis(7), "c-1"}});
  }
};

class FarReader final : public RemoteLog {
 public:
  FarReader(FarLog& far, BytesView place) : far_(far) {
    if (!place.empty()) next_ = std::stoul(std::string(place));
  }
  Result<Batch> read(Duration) override {
    if (far_.away) return fail(Code::Unavailable, "the far log is away");
    Batch batch;
    constexpr std::size_t kMost = 2;
    for (; next_ < far_.records.size() && batch.records.size() < kMost; ++next_)
      batch.records.push_back(far_.records[next_]);
    batch.place = std::to_string(next_);
    batch.at_end = next_ == far_.records.size();
    return batch;
  }
  Result<void> append(Append record, Engine::Done done) override {
    far_.appended.push_back(std::move(record));
    if (done) done(Position{});
    return {};
  }
  void wake() override {}

 private:
  FarLog& far_;
  std::size_t next_ = 0;
};

const std::vector<std::string> kTopics{"chat", "sales"};

TopicInfo topic_of(const std::string& name) { return {name, 8, true, "string", "string", {}}; }

// chat -> a -> b -> sales
TopologyMap shop_map() {
  using Way = TopologyMap::Way;
  TopologyMap map;
  map.app = "shop";
  map.edges = {{"1", "topic:chat", "shop/a", Way::Reads},
               {"2", "shop/a", "shop/b", Way::Passes},
               {"3", "shop/b", "topic:sales", Way::Writes}};
  return map;
}

std::unique_ptr<MirrorEngine> mirror_of(Env& env, FarLog& far, const std::string& folder) {
  MirrorOptions options;
  options.folder = folder;
  options.name = "shop";
  for (const std::string& topic : kTopics) options.topics.push_back(topic_of(topic));
  options.patience = Duration{300};
  options.map = shop_map();
  options.units = 4;
  options.journal.segment_bytes = 256U << 10U;
  auto mirror = MirrorEngine::open(env, options, [&](BytesView place) {
    return Result<std::unique_ptr<RemoteLog>>(std::make_unique<FarReader>(far, place));
  });
  REQUIRE_MESSAGE(mirror, (mirror ? std::string{} : mirror.error().message));
  return std::move(*mirror);
}

std::vector<std::string> values(const Engine& engine) {
  const auto batch = engine.fetch(kTopics, Position{1}, 10'000, 1U << 30U);
  REQUIRE(batch);
  std::vector<std::string> out;
  for (const Positioned& one : batch->records) {
    CHECK(one.record.timestamp == time_of_millis(7));
    CHECK(one.record.correlation == "c-1");
    out.push_back(one.record.value);
  }
  return out;
}

void copy_all(MirrorEngine& mirror) {
  while (true) {
    const auto more = mirror.poll();
    REQUIRE(more);
    if (!*more) return;
  }
}

}  // namespace

TEST_CASE("a copy knows the map of the App over there, and what its topics say of the flow") {
  const sim::TempFolder folder;
  FarLog far;
  for (const char* topic : {"chat", "chat", "chat", "sales"}) far.add(topic, 0, "one");
  const auto mirror = mirror_of(real_env(), far, folder.path);
  while (*mirror->poll()) {
  }
  CHECK(mirror->map().app == "shop");
  CHECK(mirror->shards() == 4);
  const EngineMetrics metrics = mirror->metrics();
  CHECK(metrics.edge_records == std::vector<std::uint64_t>{3, 0, 1});
  REQUIRE(metrics.topics.size() == 2);
  CHECK(metrics.topics[0].records == 3);
}

TEST_CASE("a mirror has what is there in its order, and tells when there is more") {
  const sim::TempFolder temp;
  FarLog far;
  for (const char* value : {"a", "b", "c"}) far.add("chat", 3, value);
  const auto mirror = mirror_of(real_env(), far, temp.path);
  int told = 0;
  mirror->on_commit([&] { ++told; });
  copy_all(*mirror);
  CHECK(values(*mirror) == std::vector<std::string>{"a", "b", "c"});
  CHECK(told == 2);  // two batches
  far.add("sales", 0, "d");
  CHECK(*mirror->poll());
  CHECK(values(*mirror).back() == "d");
  CHECK_FALSE(*mirror->poll());
}

TEST_CASE("a mirror goes on where its last commit had read, with the cursors of before") {
  const sim::TempFolder temp;
  FarLog far;
  for (int i = 0; i < 5; ++i) far.add("chat", 0, std::to_string(i));
  Incarnation before;
  {
    const auto mirror = mirror_of(real_env(), far, temp.path);
    REQUIRE(*mirror->poll());  // two of five
    before = mirror->incarnation();
  }
  const auto mirror = mirror_of(real_env(), far, temp.path);
  CHECK(mirror->incarnation() == before);
  copy_all(*mirror);
  CHECK(values(*mirror) == std::vector<std::string>{"0", "1", "2", "3", "4"});
}

TEST_CASE("whatever a kill leaves, each record is there once") {
  const sim::TempFolder temp;
  FarLog far;
  for (int i = 0; i < 40; ++i) far.add("chat", 0, std::to_string(i));
  for (int kill = 0; kill < 8; ++kill) {
    const std::string folder = temp.path + "/run";
    const std::string left = temp.path + "/left";
    {
      const auto mirror = mirror_of(real_env(), far, folder);
      for (int i = 0; i < 2; ++i) REQUIRE(mirror->poll());
      std::filesystem::remove_all(left);
      std::filesystem::copy(folder, left, std::filesystem::copy_options::recursive);
      REQUIRE(mirror->poll());  // lost with the process
    }
    std::filesystem::remove_all(folder);
    std::filesystem::rename(left, folder);
  }
  const auto mirror = mirror_of(real_env(), far, temp.path + "/run");
  copy_all(*mirror);
  const auto all = values(*mirror);
  REQUIRE(all.size() == 40);
  for (int i = 0; i < 40; ++i) CHECK(all[static_cast<std::size_t>(i)] == std::to_string(i));
}

TEST_CASE("a mirror whose journal is damaged is copied anew, under another incarnation") {
  const sim::TempFolder temp;
  FarLog far;
  for (const char* value : {"a", "b", "c"}) far.add("chat", 0, value);
  Incarnation before;
  {
    const auto mirror = mirror_of(real_env(), far, temp.path);
    copy_all(*mirror);
    before = mirror->incarnation();
  }
  for (const auto& file : std::filesystem::directory_iterator(temp.path + "/journal")) {
    if (file.path().extension() != ".vtj") continue;
    std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(8);  // both headers
    bytes.write("damaged!", 8);
    bytes.seekp(2048 + 8);
    bytes.write("damaged!", 8);
  }
  const auto mirror = mirror_of(real_env(), far, temp.path);
  copy_all(*mirror);
  CHECK(values(*mirror) == std::vector<std::string>{"a", "b", "c"});
  CHECK(mirror->incarnation() != before);
}

TEST_CASE("appends go to the other side with server time, unknown topics are refused") {
  const sim::TempFolder temp;
  FarLog far;
  const auto mirror = mirror_of(real_env(), far, temp.path);
  bool done = false;
  REQUIRE(mirror->append({.topic = "chat", .record = {"show", "hello", {}, "c-9"}},
                         [&](Result<Position> result) { done = result.has_value(); }));
  CHECK(done);
  REQUIRE(far.appended.size() == 1);
  CHECK(far.appended.front().record.correlation == "c-9");
  CHECK(far.appended.front().record.timestamp > Time{});
  const auto refused = mirror->append({.topic = "nowhere", .record = {}}, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::Invalid);
}

TEST_CASE("start() returns when all that is there has been copied") {
  const sim::TempFolder temp;
  FarLog far;
  for (int i = 0; i < 7; ++i) far.add("chat", 0, std::to_string(i));
  const auto mirror = mirror_of(real_env(), far, temp.path);
  REQUIRE(mirror->start());
  CHECK(values(*mirror).size() == 7);  // all that was there
  mirror->stop();
  CHECK_FALSE(mirror->append({.topic = "chat", .record = {}}, {}));
}

TEST_CASE("a log that cannot be reached is said at start, within its patience") {
  const sim::TempFolder temp;
  FarLog far;
  far.away = true;
  const auto mirror = mirror_of(real_env(), far, temp.path);
  const auto started = mirror->start();
  REQUIRE_FALSE(started);
  CHECK(started.error().code == Code::Unavailable);
  CHECK(started.error().message.find("the far log is away") != std::string::npos);
  CHECK(mirror->away());
}

TEST_CASE("a full disk keeps what was read until there is space") {
  sim::PowerDisk disk;
  sim::ManualClock clock;
  sim::SeededRandom random{5};
  Env env{clock, disk, random};
  FarLog far;
  for (const char* value : {"a", "b", "c"}) far.add("chat", 0, value);
  MirrorOptions options;
  options.folder = "mirror";
  options.name = "shop";
  options.topics = {topic_of("chat")};
  options.journal.background = false;
  options.journal.prewrite_bytes = options.journal.prewrite_at_open_bytes = 0;
  auto mirror = MirrorEngine::open(env, options, [&](BytesView place) {
    return Result<std::unique_ptr<RemoteLog>>(std::make_unique<FarReader>(far, place));
  });
  REQUIRE_MESSAGE(mirror, (mirror ? std::string{} : mirror.error().message));
  REQUIRE(*(*mirror)->poll());
  disk.set_space(0);
  const auto full = (*mirror)->poll();
  REQUIRE_FALSE(full);
  CHECK((*mirror)->storage_full());
  CHECK((*mirror)->append({.topic = "chat", .record = {}}, {}).error().code == Code::StorageFull);
  disk.set_space({});
  copy_all(**mirror);
  CHECK_FALSE((*mirror)->storage_full());
  const auto all = (*mirror)->fetch(std::vector<std::string>{"chat"}, Position{1}, 100, 1U << 20U);
  REQUIRE(all);
  CHECK(all->records.size() == 3);
}
