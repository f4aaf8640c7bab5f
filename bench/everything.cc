// How near appends come to the disk while everything else goes on: the engine counts 200-byte
// events over a million keys, exactly once with fsync; sealed segments are split into runs a topic,
// the events expire after a minute, the topic of every eighth count is compacted, and state is
// checkpointed, all at the same time and as fast as events come.
//
// Commits are of 64 KiB at most, as in journal_append (EngineOptions::epoch_bytes_max): a commit as
// large as it comes is 2 MiB here, and then the bare loop shows how much a disk can take at once,
// which no computation keeps up with.
//
// In turns with it a bare loop of write + fdatasync on a pre-written file, with blocks as large as
// the engine's commits were. What the engine has not yet tidied up goes on beside the bare loop, so
// that it has the smaller part of the time (a tenth), and the engine's rate counts only while it
// appends. First of all, with nothing beside it, the bare loop says what the disk does when idle.
//
//   everything [--folder DIR] [--seconds N] [--keys N] [--group-kib N (0: as large as they come)]
//
// Wants free disk for about three minutes of appends (40 GB at 200 MB/s).
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/metrics.h"
#include "base/thread_turns.h"
#include "bench/bench_kit.h"
#include "bench/library_benches.h"
#include "vitrine/app.h"
#include "vitrine/engine.h"
#include "vitrine/engine_metrics.h"

using namespace vitrine;
using namespace vitrine::bench;

namespace {

constexpr std::size_t kEventBytes = 200;
constexpr ByteCount kRawFileBytes = 256U << 20U;

struct Arguments {
  std::string folder = "./var/bench-everything";
  double seconds = 60;
  std::uint64_t keys = 1'000'000;
  ByteCount group_kib = 64;
};

struct Rate {
  double mb_per_s = 0;
  ByteCount block = 0;  // bytes a commit
};

App counting_app() {
  App app{"everything"};
  app.stream(Topic<std::string, std::string>{"events"})
      .group_by_key()
      .count("counts")
      .filter([](std::uint64_t count) { return count % 8 == 0; })
      .to(Topic<std::string, std::uint64_t>{"latest"});
  return app;
}

// Appends for so long, waits for the commit of the last.
class Producer {
 public:
  Producer(Engine& engine, std::uint64_t keys) : engine_(engine), keys_(keys), block_(kBlock) {
    for (std::size_t i = 0; i < kBlock; ++i) names_.emplace_back();
  }

  Rate run(double seconds) {
    const auto begun = now_ns();
    const std::uint64_t commits_before = engine_.sync_nanos().count();
    std::uint64_t events = 0;
    while (seconds_since(begun) < seconds) {
      fill();
      for (std::span<const AppendView> left{block_}; !left.empty();) {
        const auto accepted = engine_.append_many(left);
        left = left.subspan(accepted.value_or(0));
        if (!accepted) std::this_thread::sleep_for(std::chrono::microseconds(200));
      }
      events += kBlock;
    }
    settle(engine_, "events");
    const double took_s = seconds_since(begun);
    const auto payload = static_cast<double>(events * kEventBytes);
    const auto commits = std::max<std::uint64_t>(1, engine_.sync_nanos().count() - commits_before);
    constexpr double kJournalBytes = 1.2;  // for each of payload, see keyed_count
    return {payload / took_s * 1e-6,
            static_cast<ByteCount>(payload * kJournalBytes / static_cast<double>(commits))};
  }

 private:
  static constexpr std::size_t kBlock = 256;
  void fill() {
    for (std::size_t i = 0; i < kBlock; ++i) {
      names_[i] = "key-";
      names_[i] += std::to_string(numbers_.next() % keys_);
      block_[i].topic = "events";
      block_[i].record.key = names_[i];
      block_[i].record.value = BytesView(value_).substr(names_[i].size());
    }
  }

  Engine& engine_;
  const std::uint64_t keys_;
  Numbers numbers_{5};
  const Bytes value_ = Bytes(kEventBytes, 'v');
  std::vector<std::string> names_;
  std::vector<AppendView> block_;
};

// The bare loop, on a file written before.
class Raw {
 public:
  explicit Raw(const std::string& path)
      : file_(std::move(real_env().disk.open(path, OpenMode::CreateNew).value())) {
    const Bytes zeros(1U << 20U, '\0');
    for (std::uint64_t at = 0; at < kRawFileBytes; at += zeros.size())
      VT_CHECK(file_->write_at(at, zeros).has_value());
    VT_CHECK(file_->sync().has_value());
  }

  // On a thread that is let in as soon as the committer is, so that only the disk differs.
  double run(double seconds, ByteCount block, Histogram& syncs) {
    double rate = 0;
    std::thread([&] {
      take_short_turns();
      rate = write(seconds, block, syncs);
    }).join();
    return rate;
  }

 private:
  double write(double seconds, ByteCount block, Histogram& syncs) {
    const Bytes data(std::min(block, kRawFileBytes / 4), 'r');
    const auto begun = now_ns();
    std::uint64_t bytes = 0;
    while (seconds_since(begun) < seconds) {
      if (at_ + data.size() > kRawFileBytes) at_ = 0;
      VT_CHECK(file_->write_at(at_, data).has_value());
      const auto before = now_ns();
      VT_CHECK(file_->sync().has_value());
      syncs.record(static_cast<std::uint64_t>(now_ns() - before));
      at_ += data.size();
      bytes += data.size();
    }
    return static_cast<double>(bytes) / seconds_since(begun) * 1e-6;
  }

  const std::unique_ptr<File> file_;
  std::uint64_t at_ = 0;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::uint64_t kept_in(const Engine& engine, const std::string& topic) {
  const std::vector<std::string> topics{topic};
  std::uint64_t count = 0;
  for (Position from{1}; from < engine.committed_end();) {
    const auto batch = engine.fetch(topics, from, 8192, 8U << 20U).value();
    count += batch.records.size();
    from = batch.next;
  }
  return count;
}

std::uint64_t runs_in(const std::string& folder) {
  std::uint64_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder))
    count += file.path().filename().string().starts_with("run-") ? 1 : 0;
  return count;
}

void figure(const char* name, double value, const char* unit) {
  std::printf("figure %s %.3f %s\n", name, value, unit);
}

int run(const Arguments& arguments) {
  std::filesystem::remove_all(arguments.folder);
  std::filesystem::create_directories(arguments.folder);
  EngineOptions options;
  options.folder = arguments.folder + "/engine";
  if (arguments.group_kib > 0) options.epoch_bytes_max = arguments.group_kib << 10U;
  options.keep["events"] = {.retention = std::chrono::minutes{1}};
  options.keep["latest"] = {.compact = true};
  App app = counting_app();
  auto engine = std::move(Engine::open(real_env(), app, options).value());
  VT_CHECK(engine->start().has_value());
  Producer producer{*engine, arguments.keys};
  Raw raw{arguments.folder + "/raw"};

  // How large commits are, then the disk alone with such blocks, after what the engine left to do.
  ByteCount block = producer.run(std::min(5.0, arguments.seconds / 10)).block;
  std::this_thread::sleep_for(std::chrono::seconds(5));
  Histogram idle_syncs;
  const double idle_mb = raw.run(5, block, idle_syncs);

  std::vector<double> own, bare;
  Histogram bare_syncs;
  const double round_s = std::min(60.0, arguments.seconds / 4);
  for (const auto begun = now_ns(); seconds_since(begun) < arguments.seconds;) {
    const Rate rate = producer.run(round_s * 0.9);
    block = rate.block;
    own.push_back(rate.mb_per_s);
    bare.push_back(raw.run(round_s * 0.1, block, bare_syncs));
    std::printf("round %zu: %.0f MB/s in commits of %zu KiB, bare %.0f MB/s\n", own.size(),
                own.back(), block >> 10U, bare.back());
    std::fflush(stdout);
  }
  const EngineMetrics metrics = engine->metrics();
  const std::uint64_t runs = runs_in(options.folder + "/journal");
  const std::uint64_t emitted = metrics.records - metrics.inputs.front().records;
  const double p99_ms = static_cast<double>(engine->sync_nanos().quantile(0.99)) * 1e-6;
  const double idle_p99_ms = static_cast<double>(idle_syncs.quantile(0.99)) * 1e-6;
  figure("append_everything_mb_per_s", median(own), "MB/s of 200-byte events");
  figure("raw_everything_mb_per_s", median(bare), "MB/s, in turns");
  figure("raw_idle_mb_per_s", idle_mb, "MB/s, before");
  figure("append_share_of_raw_everything", median(own) / median(bare), "ratio");
  figure("fdatasync_p99", p99_ms, "ms");
  figure("fdatasync_idle_p99", idle_p99_ms, "ms");
  figure("fdatasync_p99_ratio_to_idle", p99_ms / idle_p99_ms, "ratio");
  figure("checkpoints", static_cast<double>(metrics.checkpoints), "finished");
  figure("runs", static_cast<double>(runs), "files at the end");
  figure("compacted_topic_emitted", static_cast<double>(emitted), "records");
  figure("compacted_topic_kept", static_cast<double>(kept_in(*engine, "latest")), "records");
  engine->stop();
  engine.reset();
  std::filesystem::remove_all(arguments.folder);
  if (metrics.checkpoints > 0 && runs > 0) return 0;
  std::fprintf(stderr, "everything: no checkpoint or no run in this time; give it more seconds\n");
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--folder") == 0) arguments.folder = argv[i + 1];
    if (std::strcmp(argv[i], "--seconds") == 0) arguments.seconds = std::atof(argv[i + 1]);
    if (std::strcmp(argv[i], "--keys") == 0)
      arguments.keys = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--group-kib") == 0)
      arguments.group_kib = std::strtoull(argv[i + 1], nullptr, 10);
  }
  set_log_level(LogLevel::Error);
  return run(arguments);
}
