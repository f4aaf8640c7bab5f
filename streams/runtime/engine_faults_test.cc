#include <doctest/doctest.h>

#include <atomic>

#include "streams/runtime/engine_test_kit.h"

using namespace vitrine;
using namespace vitrine::test;

namespace {

// A disk that can be full: writes are refused, everything else works.
class FullDisk final : public Disk {
 public:
  explicit FullDisk(Disk& real) : real_(real) {}
  std::atomic<bool> full{false};

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    VT_TRY(auto file, real_.open(path, mode));
    return std::make_unique<FullFile>(std::move(file), full);
  }
  Result<std::vector<std::string>> list(const std::string& folder) const override {
    return real_.list(folder);
  }
  Result<void> make_folder(const std::string& path) override { return real_.make_folder(path); }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return real_.rename(from, to);
  }
  Result<void> remove(const std::string& path) override { return real_.remove(path); }
  Result<void> sync_folder(const std::string& path) override { return real_.sync_folder(path); }
  bool exists(const std::string& path) const override { return real_.exists(path); }
  Result<std::unique_ptr<FolderLock>> lock_folder(const std::string& path) override {
    return real_.lock_folder(path);
  }
  std::string file_system(const std::string& path) const override {
    return real_.file_system(path);
  }

 private:
  class FullFile final : public File {
   public:
    FullFile(std::unique_ptr<File> file, const std::atomic<bool>& full)
        : file_(std::move(file)), full_(full) {}
    Result<Bytes> read_at(std::uint64_t offset, ByteCount count) const override {
      return file_->read_at(offset, count);
    }
    Result<void> write_at(std::uint64_t offset, BytesView data) override {
      if (full_) return fail(Code::StorageFull, "write: no space left; free disk");
      return file_->write_at(offset, data);
    }
    Result<void> sync() override { return file_->sync(); }
    Result<std::uint64_t> size() const override { return file_->size(); }
    Result<void> truncate(std::uint64_t size) override { return file_->truncate(size); }

   private:
    std::unique_ptr<File> file_;
    const std::atomic<bool>& full_;
  };
  Disk& real_;
};

}  // namespace

SHARDED_TEST_CASE("a full disk stops accepting, loses nothing, and goes on when there is space") {
  TempFolder folder;
  Setup setup;
  FullDisk disk(real_env().disk);
  Env env{setup.clock, disk, real_env().random};
  setup.options.folder = folder.path;
  auto engine = Engine::open(env, std::make_shared<CountTopology>(), setup.options).value();
  REQUIRE(engine->append(word("a")));
  run_until_idle(*engine);

  disk.full = true;
  bool done = false;
  REQUIRE(
      engine->append(word("a"), [&](Result<Position> position) { done = position.has_value(); }));
  CHECK(engine->poll().error().code == Code::StorageFull);
  CHECK(engine->storage_full());
  CHECK(engine->append(word("b")).error().code == Code::StorageFull);
  CHECK(engine->poll().error().code == Code::StorageFull);
  CHECK_FALSE(done);
  CHECK(values(*engine, "counts").size() == 1);

  disk.full = false;
  run_until_idle(*engine);

  CHECK(done);
  CHECK_FALSE(engine->storage_full());
  REQUIRE(engine->append(word("a")));
  run_until_idle(*engine);
  CHECK(values(*engine, "counts") == std::vector<std::string>{"a=1", "a=2", "a=3"});
}

SHARDED_TEST_CASE(
    "stopping on a full disk fails what waits, and the next start has what was committed") {
  TempFolder folder;
  Setup setup;
  FullDisk disk(real_env().disk);
  Env env{setup.clock, disk, real_env().random};
  setup.options.folder = folder.path;
  auto engine = Engine::open(env, std::make_shared<CountTopology>(), setup.options).value();
  REQUIRE(engine->append(word("a")));
  run_until_idle(*engine);
  disk.full = true;
  int failed = 0;
  const auto count_failed = [&](const Result<Position>& position) { failed += position ? 0 : 1; };
  REQUIRE(engine->append(word("a"), count_failed));
  REQUIRE_FALSE(engine->poll().has_value());
  engine->stop();
  CHECK(failed == 1);
  engine.reset();
  disk.full = false;
  engine = Engine::open(env, std::make_shared<CountTopology>(), setup.options).value();
  CHECK(count_of(*engine, "a") == 1);
  CHECK(values(*engine, "counts").size() == 1);
}

TEST_CASE("more waiting appends than the bound are refused as overload") {
  TempFolder folder;
  Setup setup;
  setup.options.ingest_records_max = 10;
  auto engine = setup.open(folder);
  for (int i = 0; i < 10; ++i) REQUIRE(engine->append(word("a")));
  CHECK(engine->append(word("a")).error().code == Code::Overloaded);
  run_until_idle(*engine);
  CHECK(engine->append(word("a")));
}

TEST_CASE("of many appended at once those in front are accepted, as far as there is room") {
  TempFolder folder;
  Setup setup;
  setup.options.ingest_records_max = 10;
  auto engine = setup.open(folder);
  const std::vector<AppendView> many(7, {"words", {"a", "w", {}, {}}});
  int told = 0;
  const Engine::Done done = [&](const Result<Position>& position) { told += position ? 1 : 0; };
  CHECK(engine->append_many(many, done).value() == 7);
  CHECK(engine->append_many(many, done).value() == 3);
  CHECK(engine->append_many(many, done).error().code == Code::Overloaded);
  run_until_idle(*engine);
  CHECK(count_of(*engine, "a") == 10);
  CHECK(told == 1);
}

SHARDED_TEST_CASE("many appended at once are worked on as if they came one by one") {
  TempFolder folder;
  Setup setup;
  auto engine = setup.open(folder);
  std::vector<std::string> keys;
  for (int i = 0; i < 300; ++i) keys.push_back("key " + std::to_string(i * 7919 % 50));
  std::vector<AppendView> many;
  for (const std::string& key : keys) many.push_back({"words", {key, "w", {}, {}}});
  bool told = false;
  REQUIRE(engine->append_many(many, [&](auto position) { told = position.has_value(); }));
  CHECK(engine->append_many({}).value() == 0);
  run_until_idle(*engine);
  CHECK(told);
  CHECK(committed(*engine, "words").size() == keys.size());
  for (const std::string& key : keys) CHECK(count_of(*engine, key) == 6);

  many.resize(3);
  many[1].topic = "nowhere";
  CHECK(engine->append_many(many).value() == 1);
  CHECK(engine->append_many(std::span(many).subspan(1)).error().code == Code::Invalid);
}

SHARDED_TEST_CASE("an append to an unknown topic is refused with a hint") {
  TempFolder folder;
  Setup setup;
  setup.options.extra_topics = {"side"};
  auto engine = setup.open(folder);
  Append append = word("a");
  append.topic = "sid";
  CHECK(engine->append(append).error().code == Code::Invalid);
  append.topic = "side";
  CHECK(engine->append(append));
  run_until_idle(*engine);
  CHECK(values(*engine, "side").size() == 1);
}

SHARDED_TEST_CASE("a cache far smaller than the state gives the same counts") {
  TempFolder folder;
  TempFolder after_kill;
  Setup setup;
  setup.options.state_cache_bytes = 8'000;
  setup.options.checkpoint_deltas = 500;
  auto engine = setup.open(folder);
  for (int i = 0; i < 3'000; ++i) {
    REQUIRE(engine->append(word("key " + std::to_string(i * 7919 % 500))));
    if (i % 50 == 0) run_until_idle(*engine);
  }
  run_until_idle(*engine);
  after_kill.copy_from(folder);
  auto again = setup.open(after_kill);
  for (int key = 0; key < 500; ++key) {
    REQUIRE(count_of(*engine, "key " + std::to_string(key)) == 6);
    REQUIRE(count_of(*again, "key " + std::to_string(key)) == 6);
  }
}
