// Keyed count on the embedded log with fsync: 200-byte events over a million keys; each event
// becomes a count per key (state and delta). Beside it, in the same run, a bare write +
// fdatasync loop over a pre-written file with the same number of bytes a commit. The producer is
// one thread beside the shards and the committer.
//
// --work N puts N rounds of a hash on top of each event, for work that is bound by the CPU. Beside
// wall time it prints the CPU seconds of each kind of thread: on a machine with few or busy cores
// they say what wall time cannot.
//
//   keyed_count [--folder DIR] [--events N] [--keys N] [--checkpoint DELTAS]
//               [--shards N] [--work N]
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <iostream>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "bench/bench_kit.h"
#include "streams/store/typed_store.h"
#include "streams/topology/task.h"
#include "vitrine/engine.h"

using namespace vitrine;
using vitrine::bench::seconds_since;
using vitrine::bench::thread_seconds;

namespace {

class CountTask final : public Task {
 public:
  CountTask(StoreSet& stores, std::uint64_t work)
      : counts_(stores.keyed<std::string, std::int64_t>("counts")), work_(work) {}
  void on_record(std::size_t, std::uint32_t, Position, const RecordView& record, Output&) override {
    ++counts_.upsert(record.key);
    for (std::uint64_t i = 0; i < work_; ++i)
      sum_ = (sum_ ^ static_cast<unsigned char>(record.key[i % record.key.size()])) *
             0x100000001B3ULL;
  }
  void expect(std::size_t, const RecordView& record) override { counts_.expect(record.key); }
  void on_wall(Time, Output&) override {}
  Time next_wall_timer() const override { return Time::max(); }
  void restored() override {}

 private:
  Store<std::string, std::int64_t>& counts_;
  const std::uint64_t work_;
  volatile std::uint64_t sum_ = 1;
};

class CountTopology final : public Topology {
 public:
  explicit CountTopology(std::uint64_t work) : work_(work) {}
  const std::string& name() const override { return name_; }
  std::span<const TopicInfo> topics() const override { return topics_; }
  std::span<const std::size_t> inputs() const override { return inputs_; }
  std::vector<std::string> stores() const override { return {"counts|string|int64"}; }
  std::unique_ptr<Task> instantiate(StoreSet& stores) const override {
    return std::make_unique<CountTask>(stores, work_);
  }
  std::string describe() const override { return name_; }
  std::string mermaid() const override { return name_; }

 private:
  std::string name_ = "keyed-count";
  std::uint64_t work_;
  std::vector<TopicInfo> topics_{{"events", 8, true, "string", "string"}};
  std::vector<std::size_t> inputs_{0};
};

struct Options {
  std::string folder = "./var/bench-keyed-count";
  std::uint64_t events = 4'000'000;
  std::uint64_t keys = 1'000'000;
  std::uint64_t checkpoint = EngineOptions{}.checkpoint_deltas;
  std::uint32_t shards = 1;
  std::uint64_t work = 0;
};

Options options_from(int argc, char** argv) {
  Options out;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--folder") out.folder = argv[i + 1];
    if (name == "--events") out.events = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--checkpoint") out.checkpoint = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--shards")
      out.shards = static_cast<std::uint32_t>(std::strtoul(argv[i + 1], nullptr, 10));
    if (name == "--work") out.work = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--keys") out.keys = std::strtoull(argv[i + 1], nullptr, 10);
  }
  return out;
}

std::uint64_t bytes_in(const std::string& folder) {
  std::uint64_t sum = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (file.is_regular_file()) sum += file.file_size();
  }
  return sum;
}

double seconds_since(std::int64_t nanos) {
  return static_cast<double>(real_env().clock.monotonic_nanos() - nanos) * 1e-9;
}

constexpr std::size_t kEventBytes = 200;

// Appends everything in blocks, waits for the commit of the last; returns seconds.
double run_engine(Engine& engine, const Options& options) {
  constexpr std::size_t kBlock = 256;
  const Bytes value(kEventBytes, 'v');
  std::vector<std::string> names(kBlock);
  std::vector<AppendView> block(kBlock);
  const auto start = real_env().clock.monotonic_nanos();
  std::promise<void> last;
  std::uint64_t key = 1;
  for (std::uint64_t sent = 0; sent < options.events;) {
    const std::size_t count = std::min<std::uint64_t>(kBlock, options.events - sent);
    for (std::size_t i = 0; i < count; ++i) {
      key = key * 6364136223846793005ULL + 1442695040888963407ULL;
      names[i] = "key-";
      names[i] += std::to_string((key >> 33U) % options.keys);
      block[i].topic = "events";
      block[i].record.key = names[i];
      block[i].record.value = BytesView(value).substr(names[i].size());
    }
    sent += count;
    for (std::span<const AppendView> left{block.data(), count}; !left.empty();) {
      Engine::Done done;
      if (sent == options.events) done = [&](const Result<Position>&) { last.set_value(); };
      const auto accepted = engine.append_many(left, std::move(done));
      left = left.subspan(accepted.value_or(0));
      // Full: the shard has milliseconds of work; a producer that spins takes its core from it.
      if (!accepted) std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }
  last.get_future().wait();
  return seconds_since(start);
}

// `commits` times write + fdatasync of `bytes` / `commits` on a file written before; returns
// seconds.
double run_raw(const std::string& folder, std::uint64_t bytes, std::uint64_t commits) {
  auto file = real_env().disk.open(folder + "/raw", OpenMode::CreateNew).value();
  const Bytes block(static_cast<std::size_t>(bytes / commits), 'r');
  for (int round = 0; round < 2; ++round) {
    const auto start = real_env().clock.monotonic_nanos();
    for (std::uint64_t i = 0; i < commits; ++i) {
      VT_CHECK(file->write_at(i * block.size(), block).has_value());
      if (round == 1) VT_CHECK(file->sync().has_value());
    }
    VT_CHECK(file->sync().has_value());
    if (round == 1) return seconds_since(start);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = options_from(argc, argv);
  std::filesystem::remove_all(options.folder);
  std::filesystem::create_directories(options.folder);
  std::cout << "file_system " << real_env().disk.file_system(options.folder) << "\n";

  EngineOptions engine_options;
  engine_options.folder = options.folder + "/engine";
  engine_options.checkpoint_deltas = options.checkpoint;
  engine_options.shards = options.shards;
  auto engine =
      Engine::open(real_env(), std::make_shared<CountTopology>(options.work), engine_options);
  VT_CHECK_MSG(engine.has_value(), engine ? "" : engine.error().message);
  VT_CHECK((*engine)->start().has_value());
  const double seconds = run_engine(**engine, options);
  const double shard_seconds = thread_seconds("vt-shard");
  const double commit_seconds = thread_seconds("vt-commit");
  const double producer_seconds = thread_seconds("keyed_count");
  const std::uint64_t commits = (*engine)->sync_nanos().count();
  const double p50 = static_cast<double>((*engine)->sync_nanos().quantile(0.5)) * 1e-3;
  const double p99 = static_cast<double>((*engine)->sync_nanos().quantile(0.99)) * 1e-3;
  engine->reset();

  const std::uint64_t journal_bytes = bytes_in(options.folder + "/engine/journal");
  const double raw_seconds = run_raw(options.folder, journal_bytes, commits);
  const double payload = static_cast<double>(options.events * kEventBytes);
  const auto figure = [](const char* name, double value, const char* unit) {
    std::cout << "figure " << name << " " << value << " " << unit << "\n";
  };
  figure("events", static_cast<double>(options.events), "events");
  figure("keys", static_cast<double>(options.keys), "keys");
  figure("shards", options.shards, "threads");
  figure("shards_cpu", shard_seconds, "s");
  figure("committer_cpu", commit_seconds, "s");
  figure("producer_cpu", producer_seconds, "s");
  figure("commits", static_cast<double>(commits), "commits");
  const double events = static_cast<double>(options.events);
  figure("shards_cpu_an_event", shard_seconds / events * 1e9, "ns/event");
  figure("committer_cpu_an_event", commit_seconds / events * 1e9, "ns/event");
  figure("events_per_s_per_core", events / shard_seconds, "events per CPU second of the shard");
  figure("events_per_s", static_cast<double>(options.events) / seconds, "events/s");
  figure("fsync_p50", p50, "us");
  figure("fsync_p99", p99, "us");
  figure("ratio_to_raw_disk", raw_seconds / seconds, "raw seconds / ours");
  figure("journal_bytes_per_payload_byte", static_cast<double>(journal_bytes) / payload,
         "bytes/byte");
  std::filesystem::remove_all(options.folder);
  return 0;
}
