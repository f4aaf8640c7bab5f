// library_bench guarantee: what exactly once costs.
//
// The same App (a count per key, every update emitted), the same 200-byte events, one thread that
// is shard and committer, commits without fdatasync so that only CPU is compared. Exactly once is
// what the engine does: marks to undo a record, changed state as deltas, steps, all in the commit.
// At most once leaves all of that out, and writes as many other bytes in its place, so that the
// journal's part costs both the same. Alternating rounds; medians.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "base/hash.h"
#include "bench/bench_kit.h"
#include "bench/library_benches.h"
#include "streams/log/journal.h"
#include "streams/runtime/record_arena.h"
#include "streams/runtime/steps.h"
#include "streams/store/store.h"
#include "streams/topology/task.h"
#include "vitrine/app.h"

namespace vitrine::bench {
namespace {

constexpr std::uint64_t kEpoch = 20'000;
constexpr std::size_t kEventBytes = 200;

class Emitted final : public Output {
 public:
  void emit(std::size_t topic, const RecordView& record) override {
    records.add(static_cast<std::uint32_t>(topic), 0, {}, record);
  }
  RecordArena records;
};

struct Measured {
  double cpu_ns_per_event = 0;
  ByteCount record_bytes = 0, guarantee_bytes = 0;  // in the journal
  std::uint64_t records = 0, deltas = 0, groups = 0;
};

class Side {
 public:
  Side(const Topology& topology, const std::string& folder, std::uint64_t keys)
      : topology_(topology), keys_(keys), stores_(*backend_, 1U << 30U) {
    JournalOptions options;
    options.sync = false;
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    journal_ = std::move(Journal::open(real_env(), folder, options).value());
    task_ = topology.instantiate(stores_);
    task_->restored();
  }

  // Takes over the sizes of the other side's epochs when it is at most once.
  Measured run(std::uint64_t events, bool exactly_once, std::vector<ByteCount>& extra) {
    Measured out;
    const double begun_s = own_seconds();
    for (std::uint64_t done = 0; done < events; done += kEpoch) {
      Group group{Epoch{journal_->committed_epoch().value() + 1}, journal_->committed_end()};
      for (std::uint64_t i = 0; i < kEpoch; ++i) one_event(group, exactly_once);
      out.records += group.records();
      out.record_bytes += group.bytes();
      const ByteCount before = group.bytes();
      if (exactly_once) {
        out.deltas += stores_.drain(
            group.epoch(), [&](const std::string& store, BytesView key, BytesView value,
                               bool removed) { group.add_delta(store, key, value, removed); });
        group.set_steps(encode_steps({Step{Time{}, Position{1}, kEpoch, {}, {}, {}, {}, {}}}));
        extra.push_back(group.bytes() - before);
      } else {
        group.set_steps(Bytes(extra[out.groups % extra.size()], 'f'));
      }
      out.guarantee_bytes += group.bytes() - before;
      ++out.groups;
      const Epoch epoch = group.epoch();
      VT_CHECK(journal_->commit(std::move(group)).has_value());
      if (exactly_once) stores_.committed(epoch);
    }
    out.cpu_ns_per_event = (own_seconds() - begun_s) * 1e9 / static_cast<double>(events);
    return out;
  }

 private:
  void one_event(Group& group, bool exactly_once) {
    key_ = "key-";
    key_ += std::to_string(numbers_.next() % keys_);
    const RecordView event{key_, BytesView(value_).substr(key_.size()), at(Duration{1}), {}};
    const std::uint32_t partition = virtual_partition(key_) & 7U;
    const Position position = group.append("events", partition, event);
    if (exactly_once) stores_.begin_record();
    task_->on_record(topology_.inputs().front(), partition, position, event, emitted_);
    for (std::size_t i = 0; i < emitted_.records.size(); ++i)
      group.append("counted", virtual_partition(emitted_.records.record(i).key) & 7U,
                   emitted_.records.record(i));
    emitted_.records.clear();
  }

  const Topology& topology_;
  const std::uint64_t keys_;
  std::unique_ptr<StateBackend> backend_ = memory_backend();
  StoreSet stores_;
  std::unique_ptr<Task> task_;
  std::unique_ptr<Journal> journal_;
  Numbers numbers_{11};
  Bytes key_, value_ = Bytes(kEventBytes, 'v');
  Emitted emitted_;
};

double median_cpu(const std::vector<Measured>& rounds) {
  std::vector<double> all;
  for (const Measured& one : rounds) all.push_back(one.cpu_ns_per_event);
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

void compare(const Options& options, std::uint64_t keys) {
  App app{"guarantee"};
  app.stream(Topic<std::string, std::string>{"events"})
      .group_by_key()
      .count("counts")
      .to(Topic<std::string, std::uint64_t>{"counted"});
  const auto topology = app.topology().value();
  constexpr int kRounds = 7;
  const std::uint64_t events = std::max(kEpoch, options.or_else(400'000) / kEpoch * kEpoch);
  Side exactly{*topology, options.folder + "/exactly", keys};
  Side at_most{*topology, options.folder + "/at-most", keys};
  std::vector<Measured> exactly_rounds, at_most_rounds;
  for (int round = 0; round <= kRounds; ++round) {
    std::vector<ByteCount> extra;
    const Measured one = exactly.run(events, true, extra);
    const Measured other = at_most.run(events, false, extra);
    if (round == 0) continue;  // every key is new
    exactly_rounds.push_back(one);
    at_most_rounds.push_back(other);
  }
  const Measured& one = exactly_rounds.back();
  const double exactly_ns = median_cpu(exactly_rounds), at_most_ns = median_cpu(at_most_rounds);
  const auto figure = [&](const char* name, double value, const char* unit) {
    std::printf("figure guarantee_%s_of_%llu_keys %.3f %s\n", name,
                static_cast<unsigned long long>(keys), value, unit);
  };
  figure("exactly_once_cpu", exactly_ns, "ns/event");
  figure("at_most_once_cpu", at_most_ns, "ns/event");
  figure("cpu_ratio", exactly_ns / at_most_ns, "ratio");
  const auto records = static_cast<double>(one.records);
  figure("messages_ratio", (records + static_cast<double>(one.groups)) / records,
         "messages an event, against at most once");
  figure("entries_ratio", (records + static_cast<double>(one.deltas + one.groups)) / records,
         "journal entries with deltas and steps, against records alone");
  figure("bytes_ratio",
         static_cast<double>(one.record_bytes + one.guarantee_bytes) /
             static_cast<double>(one.record_bytes),
         "journal bytes, against records alone");
}

}  // namespace

int guarantee(const Options& options) {
  for (const std::uint64_t keys : {1'000U, 10'000U, 1'000'000U}) compare(options, keys);
  return 0;
}

}  // namespace vitrine::bench
