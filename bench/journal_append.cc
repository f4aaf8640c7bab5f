// How near a durable append comes to the disk itself.
//
// Workload: 200-byte records (16-byte keys, 8 partitions of one topic) appended in groups of about
// --group-kib, each group committed with its fdatasync, one thread. Beside it, alternately in the
// same run, a bare loop of pwrite + fdatasync of as many bytes a block on a pre-written file.
// Median of the rounds. Both files are pre-written before the clock runs, as a recycled segment is;
// the `_prewriting` figure has the default options instead, where zeros are written ahead during
// the run.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "base/env.h"
#include "base/metrics.h"
#include "streams/log/journal.h"

using namespace vitrine;

namespace {

constexpr ByteCount kRecordBytes = 200;
constexpr ByteCount kKeyBytes = 16;
constexpr ByteCount kFileBytesMax = 256U << 20U;  // of one round
constexpr int kRounds = 5;

struct Arguments {
  std::string folder = "./bench-journal";
  double seconds = 6;
  ByteCount group_kib = 64;
};

struct Round {
  double mb_per_s = 0;
  double sync_p50_us = 0;
  double sync_p99_us = 0;
  ByteCount block_bytes = 0;
  double cpu_ns_per_record = 0;  // of the committing thread
};

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "journal_append: %s\n", why.c_str());
  std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

std::int64_t thread_cpu_nanos() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

double micros(std::uint64_t nanos) { return static_cast<double>(nanos) / 1000.0; }

Round finished(ByteCount bytes, std::int64_t nanos, const Histogram& syncs, ByteCount block) {
  return {static_cast<double>(bytes) * 1e3 / static_cast<double>(nanos),
          micros(syncs.quantile(0.5)), micros(syncs.quantile(0.99)), block, 0};
}

// Of one group.
ByteCount records_in(const Arguments& arguments) {
  return std::max<ByteCount>(1, (arguments.group_kib << 10U) / kRecordBytes);
}

Round append_round(const Arguments& arguments, double seconds, bool prewriting) {
  Env& env = real_env();
  JournalOptions options;
  if (!prewriting) {
    options.segment_bytes = kFileBytesMax;
    options.prewrite_at_open_bytes = kFileBytesMax;
    options.prewrite_bytes = 0;
  }
  const std::string folder = arguments.folder + "/journal";
  auto journal = must(Journal::open(env, folder, options));
  const ByteCount records = records_in(arguments);
  const Bytes value(kRecordBytes - kKeyBytes, 'v');
  Bytes key(kKeyBytes, 'k');
  const std::int64_t cpu_begin = thread_cpu_nanos();
  const std::int64_t begin = env.clock.monotonic_nanos();
  const auto limit = static_cast<std::int64_t>(seconds * 1e9);
  ByteCount user_bytes = 0;
  ByteCount block = 0;
  std::uint64_t count = 0;
  std::int64_t took = 0;
  while (took < limit && user_bytes < kFileBytesMax * 9 / 10) {
    Group group{Epoch{journal->committed_epoch().value() + 1}, journal->committed_end()};
    for (ByteCount i = 0; i < records; ++i, ++count) {
      std::memcpy(key.data(), &count, sizeof count);
      group.append("bench.events", static_cast<std::uint32_t>(i * 8 / records),
                   {key, value, at(Duration{1}), {}});
    }
    block = group.bytes();
    must(journal->commit(std::move(group)));
    user_bytes += records * kRecordBytes;
    took = env.clock.monotonic_nanos() - begin;
  }
  Round round = finished(user_bytes, took, journal->sync_nanos(), block);
  round.cpu_ns_per_record =
      static_cast<double>(thread_cpu_nanos() - cpu_begin) / static_cast<double>(count);
  journal.reset();
  std::filesystem::remove_all(folder);
  return round;
}

Round raw_round(const Arguments& arguments, double seconds, ByteCount block) {
  Env& env = real_env();
  const std::string path = arguments.folder + "/raw";
  auto file = must(env.disk.open(path, OpenMode::CreateNew));
  const Bytes zeros(1U << 20U, '\0');
  for (std::uint64_t at = 0; at < kFileBytesMax; at += zeros.size())
    must(file->write_at(at, zeros));
  must(file->sync());
  const Bytes data(block, 'r');
  Histogram syncs;
  const std::int64_t cpu_begin = thread_cpu_nanos();
  const std::int64_t begin = env.clock.monotonic_nanos();
  const auto limit = static_cast<std::int64_t>(seconds * 1e9);
  ByteCount bytes = 0;
  std::int64_t now = begin;
  while (now - begin < limit && bytes + block <= kFileBytesMax * 9 / 10) {
    must(file->write_at(bytes, data));
    const std::int64_t before = env.clock.monotonic_nanos();
    must(file->sync());
    now = env.clock.monotonic_nanos();
    syncs.record(static_cast<std::uint64_t>(now - before));
    bytes += block;
  }
  Round round = finished(bytes, now - begin, syncs, block);
  const auto records = static_cast<double>(bytes / block * records_in(arguments));
  round.cpu_ns_per_record = static_cast<double>(thread_cpu_nanos() - cpu_begin) / records;
  must(env.disk.remove(path));
  return round;
}

double median(const std::vector<Round>& rounds, double Round::*what) {
  std::vector<double> values;
  for (const Round& round : rounds) values.push_back(round.*what);
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Arguments arguments_of(int argc, char** argv) {
  Arguments out;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (i + 1 == argc) give_up(name + " needs a value");
    if (name == "--folder")
      out.folder = argv[i + 1];
    else if (name == "--seconds")
      out.seconds = std::atof(argv[i + 1]);
    else if (name == "--group-kib")
      out.group_kib = static_cast<ByteCount>(std::atol(argv[i + 1]));
    else
      give_up(name + " is unknown; known are --folder --seconds --group-kib");
  }
  if (out.seconds <= 0 || out.group_kib < 1 || out.group_kib > 65536)
    give_up("a value is out of range");
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = arguments_of(argc, argv);
  must(real_env().disk.make_folder(arguments.folder));
  const double seconds = arguments.seconds / (3 * kRounds);
  std::vector<Round> own;
  std::vector<Round> raw;
  std::vector<Round> prewriting;
  for (int i = 0; i < kRounds; ++i) {
    own.push_back(append_round(arguments, seconds, false));
    raw.push_back(raw_round(arguments, seconds, own.back().block_bytes));
    prewriting.push_back(append_round(arguments, seconds, true));
  }
  const double own_mb = median(own, &Round::mb_per_s);
  const double raw_mb = median(raw, &Round::mb_per_s);
  std::printf(
      "file system %s, groups of %zu KiB, %d rounds of %.2f s, 200-byte records, fdatasync each "
      "group\n",
      real_env().disk.file_system(arguments.folder).c_str(), arguments.group_kib, kRounds, seconds);
  std::printf("figure append_mb_per_s %.1f MB/s\n", own_mb);
  std::printf("figure append_records_per_s %.0f records/s\n",
              own_mb * 1e6 / static_cast<double>(kRecordBytes));
  std::printf("figure append_cpu_per_record %.0f ns\n", median(own, &Round::cpu_ns_per_record));
  std::printf("figure raw_cpu_per_record %.0f ns\n", median(raw, &Round::cpu_ns_per_record));
  std::printf("figure raw_mb_per_s %.1f MB/s\n", raw_mb);
  std::printf("figure append_ratio_to_raw %.3f ratio\n", own_mb / raw_mb);
  std::printf("figure append_prewriting_mb_per_s %.1f MB/s\n",
              median(prewriting, &Round::mb_per_s));
  std::printf("figure append_fdatasync_p50 %.0f us\n", median(own, &Round::sync_p50_us));
  std::printf("figure append_fdatasync_p99 %.0f us\n", median(own, &Round::sync_p99_us));
  std::printf("figure raw_fdatasync_p50 %.0f us\n", median(raw, &Round::sync_p50_us));
  std::printf("figure raw_fdatasync_p99 %.0f us\n", median(raw, &Round::sync_p99_us));
  return 0;
}
