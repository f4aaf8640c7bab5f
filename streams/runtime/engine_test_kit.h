#pragma once
// For the tests of this room: a small topology written by hand, a clock moved by hand, folders that
// can be copied to play a kill -9 (what a killed process leaves is what its files held at that
// moment).
#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "sim/sim_env.h"
#include "sim/test_folder.h"
#include "streams/store/typed_store.h"
#include "streams/topology/scoped_row.h"
#include "streams/topology/task.h"
#include "vitrine/engine.h"

namespace vitrine::test {

// How many shards Setup's engines have.
inline std::uint32_t shards_of_tests = 1;

inline void on_several_shards(void (*test)()) {
  struct Reset {
    ~Reset() { shards_of_tests = 1; }
  } const reset;
  for (const std::uint32_t shards : {1U, 2U, 4U}) {
    CAPTURE(shards);
    shards_of_tests = shards;
    test();
  }
}

// A test that must hold whatever the number of shards: run on one, two and four.
#define VT_SHARDED_TEST(function, name)            \
  static void function();                          \
  TEST_CASE(name) { on_several_shards(function); } \
  static void function()
#define SHARDED_TEST_CASE(name) VT_SHARDED_TEST(DOCTEST_ANONYMOUS(on_shards_), name)

struct TempFolder : sim::TempFolder {
  // A copy as of one moment: RocksDB's own threads may still be removing files of the state, so it
  // is taken again until nothing moved meanwhile.
  void copy_from(const TempFolder& other) const {
    for (int attempt = 0; attempt < 1000; ++attempt) {
      std::error_code error;
      const auto before = files(other.path);
      std::filesystem::remove_all(path);
      std::filesystem::copy(other.path, path, std::filesystem::copy_options::recursive, error);
      if (!error && before == files(other.path)) return;
      std::this_thread::yield();
    }
    throw std::runtime_error("files in " + other.path + " never stood still");
  }
 private:
  static std::map<std::string, std::uintmax_t> files(const std::string& folder) {
    std::map<std::string, std::uintmax_t> sizes;
    std::error_code gone;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (!entry.is_directory(gone)) sizes[entry.path()] = entry.file_size(gone);
    }
    return sizes;
  }
};

// words -> a running count per key in "counts". A word's value says what else happens: "throw"
// throws after a change, "hop" emits to "again", which this topology reads too, "cycle" does so for
// ever, "ring" sets a wall timer a second later.
class CountTopology final : public Topology {
 public:
  enum : std::size_t { kWords, kCounts, kAgain };
  explicit CountTopology(std::string name = "count", std::string count_type = "int64")
      : name_(std::move(name)) {
    stores_ = {"counts|string|" + count_type, "rings|scoped-row:1|string"};
  }
  const std::string& name() const override { return name_; }
  std::span<const TopicInfo> topics() const override { return topics_; }
  std::span<const std::size_t> inputs() const override { return inputs_; }
  std::vector<std::string> stores() const override { return stores_; }
  std::unique_ptr<Task> instantiate(StoreSet& stores) const override;
  std::string describe() const override { return name_; }
  std::string mermaid() const override { return name_; }

 private:
  std::string name_;
  std::vector<TopicInfo> topics_{{"words", 8, true, "string", "string"},
                                 {"counts", 8, true, "string", "string"},
                                 {"again", 8, true, "string", "string"}};
  std::vector<std::size_t> inputs_{kWords, kAgain};
  std::vector<std::string> stores_;
};

class CountTask final : public Task {
 public:
  explicit CountTask(StoreSet& stores)
      : counts_(stores.keyed<std::string, std::int64_t>("counts")),
        rings_(stores.keyed<ScopedRow, std::string>("rings")) {}

  void on_record(std::size_t topic, std::uint32_t, Position, const RecordView& record,
                 Output& out) override {
    const std::int64_t count = ++counts_.upsert(record.key);
    const std::string text = std::to_string(count);
    out.emit(CountTopology::kCounts, {record.key, text, record.timestamp, record.correlation});
    if (record.value == "throw") throw std::runtime_error("asked to throw");
    if (record.value == "hop")
      out.emit(CountTopology::kAgain, {record.key, "w", record.timestamp, {}});
    if (record.value == "cycle") out.emit(CountTopology::kAgain, record);
    if (record.value == "ring" && topic == CountTopology::kWords) {
      const std::int64_t due = millis_of(record.timestamp) + 1000;
      rings_.put({Bytes(record.key), std::to_string(due)}, {});
      due_[due] = std::string(record.key);
    }
  }
  void on_wall(Time now, Output& out) override {
    while (!due_.empty() && due_.begin()->first <= millis_of(now)) {
      out.emit(CountTopology::kCounts, {due_.begin()->second, "ring", now, {}});
      rings_.erase({due_.begin()->second, std::to_string(due_.begin()->first)});
      due_.erase(due_.begin());
    }
  }
  Time next_wall_timer() const override {
    return due_.empty() ? Time::max() : time_of_millis(due_.begin()->first);
  }
  void restored() override {
    rings_.for_each([&](const ScopedRow& row, const std::string&) {
      due_[std::stoll(row.rest)] = row.scope;
    });
  }

 private:
  Store<std::string, std::int64_t>& counts_;
  Store<ScopedRow, std::string>& rings_;
  std::map<std::int64_t, std::string> due_;
};

inline std::unique_ptr<Task> CountTopology::instantiate(StoreSet& stores) const {
  return std::make_unique<CountTask>(stores);
}

// One engine in a folder, driven by hand unless started.
struct Setup {
  sim::SetClock clock{time_of_millis(1'000'000)};
  Env env{clock, real_env().disk, real_env().random};
  EngineOptions options;

  Setup() {
    options.journal.segment_bytes = 1U << 20U;
    options.shards = shards_of_tests;
  }

  std::unique_ptr<Engine> open(const TempFolder& folder, std::string name = "count") {
    options.folder = folder.path;
    auto engine = Engine::open(env, std::make_shared<CountTopology>(std::move(name)), options);
    VT_CHECK_MSG(engine.has_value(), engine ? "" : engine.error().message);
    return std::move(*engine);
  }
};

inline Append word(std::string key, std::string value = "w") {
  Append append;
  append.topic = "words";
  append.record.key = std::move(key);
  append.record.value = std::move(value);
  return append;
}

inline void run_until_idle(Engine& engine) {
  while (engine.poll().value()) {
  }
}

inline std::vector<Positioned> committed(const Engine& engine, std::string topic) {
  const std::vector<std::string> topics{std::move(topic)};
  std::vector<Positioned> out;
  for (Position from{1}; from < engine.committed_end();) {
    auto batch = engine.fetch(topics, from, 1000, 1U << 20U).value();
    for (auto& one : batch.records) out.push_back(std::move(one));
    from = batch.next;
  }
  return out;
}

// "key=value" of each committed record of a topic.
inline std::vector<std::string> values(const Engine& engine, std::string topic) {
  std::vector<std::string> out;
  for (const auto& one : committed(engine, std::move(topic)))
    out.push_back(one.record.key + "=" + one.record.value);
  return out;
}

inline std::int64_t count_of(const Engine& engine, const std::string& key) {
  const auto bytes = engine.state_get("counts", key);
  return bytes ? decoded<std::int64_t>(*bytes).value() : 0;
}

}  // namespace vitrine::test
