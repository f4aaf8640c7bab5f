#include "streams/runtime/mirror_engine.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "base/log.h"
#include "vitrine/engine_metrics.h"

namespace vitrine {
namespace {

constexpr std::string_view kStore = "vt.mirror";
constexpr std::string_view kPlace = "place";
constexpr ByteCount kPlaceBytesMax = 64U << 10U;
constexpr Duration kPause{1'000};  // after the other side or the disk said no

// A journal that cannot be trusted holds nothing that is not over there.
Result<void> throw_away(Disk& disk, const std::string& folder) {
  VT_TRY(const auto names, disk.list(folder));
  for (const std::string& name : names) VT_TRY_VOID(disk.remove(folder + "/" + name));
  return disk.sync_folder(folder);
}

Result<std::unique_ptr<Journal>> open_journal(Env& env, const MirrorOptions& options) {
  const std::string folder = options.folder + "/journal";
  JournalOptions how = options.journal;
  how.sync = false;
  VT_TRY_VOID(env.disk.make_folder(folder));
  auto journal = Journal::open(env, folder, how);
  if (journal || journal.error().code != Code::Corrupt) return journal;
  log(LogLevel::Warn, "mirror_thrown_away",
      {{"app", options.name}, {"why", journal.error().message}});
  VT_TRY_VOID(throw_away(env.disk, folder));
  return Journal::open(env, folder, how);
}

// How far the last commit had read.
Result<Bytes> place_in(const Journal& journal) {
  Bytes place;
  const Epoch last = journal.committed_epoch();
  if (last == Epoch{}) return place;
  VT_TRY_VOID(journal.replay(
      Epoch{last.value() - 1},
      [&](Epoch, BytesView, std::span<const Delta> changes) -> Result<void> {
        for (const Delta& one : changes) {
          if (one.store == kStore && one.key == kPlace) place = one.value;
        }
        return {};
      }));
  if (!place.empty()) return place;
  return fail(Code::Corrupt, "the newest commit does not say how far it had read");
}

}  // namespace

Result<std::unique_ptr<MirrorEngine>> MirrorEngine::open(Env& env, MirrorOptions options,
                                                         const OpenRemote& open_remote) {
  VT_TRY(auto journal, open_journal(env, options));
  auto place = place_in(*journal);
  if (!place && place.error().code == Code::Corrupt) {
    journal.reset();
    VT_TRY_VOID(throw_away(env.disk, options.folder + "/journal"));
    VT_TRY(journal, open_journal(env, options));
    place = Bytes{};
  }
  if (!place) return tl::unexpected<Error>(place.error());
  VT_TRY(auto remote, open_remote(*place));
  return std::unique_ptr<MirrorEngine>(
      new MirrorEngine(env, std::move(options), std::move(journal), std::move(remote)));
}

MirrorEngine::MirrorEngine(Env& env, MirrorOptions options, std::unique_ptr<Journal> journal,
                           std::unique_ptr<RemoteLog> remote)
    : env_(env),
      options_(std::move(options)),
      journal_(std::move(journal)),
      remote_(std::move(remote)),
      clock_(env.clock),
      keeper_(options_.name, *journal_, env.clock, [this] { return clock_.now(); }, [] {}),
      copied_(options_.topics.size()) {
  for (const TopicInfo& topic : options_.topics) journal_->keep(topic.name, topic.keep);
  journal_->release(journal_->committed_epoch());
}

Result<void> MirrorEngine::keep(const RemoteLog::Batch& batch) {
  VT_CHECK_MSG(!batch.place.empty() && batch.place.size() <= kPlaceBytesMax,
               "a remote log must say where it is");
  const std::int64_t arrived = env_.clock.monotonic_nanos();
  const Epoch epoch{journal_->committed_epoch().value() + 1};
  Group group(epoch, committed_end());
  for (const Positioned& one : batch.records)
    group.append(one.topic, one.partition, view_of(one.record));
  group.add_delta(kStore, kPlace, batch.place, false);
  group.set_time(clock_.now());
  VT_TRY_VOID(journal_->commit(std::move(group)));
  journal_->release(epoch);
  records_ += batch.records.size();
  for (const Positioned& one : batch.records) {
    const auto topic = std::find_if(options_.topics.begin(), options_.topics.end(),
                                    [&](const TopicInfo& info) { return info.name == one.topic; });
    if (topic != options_.topics.end()) ++copied_[topic - options_.topics.begin()];
  }
  ++batches_;
  commit_nanos_.record(static_cast<std::uint64_t>(env_.clock.monotonic_nanos() - arrived));
  listeners_.notify();
  return {};
}

// True: something was copied.
Result<bool> MirrorEngine::copy_one(Duration patience, bool* at_end) {
  if (!waiting_) {
    auto batch = remote_->read(patience);
    away_ = !batch;
    if (!batch) return tl::unexpected<Error>(std::move(batch).error());
    if (at_end != nullptr) *at_end = batch->at_end;
    if (batch->records.empty()) return false;
    waiting_ = std::move(*batch);
  }
  auto kept = keep(*waiting_);
  storage_full_ = !kept && kept.error().code == Code::StorageFull;
  if (!kept) return tl::unexpected<Error>(std::move(kept).error());
  waiting_.reset();
  return true;
}

// Everything that is there at this moment. Patience is for progress, not for the whole.
Result<void> MirrorEngine::catch_up() {
  constexpr std::int64_t kTellEveryNanos = 2'000'000'000;
  std::int64_t told = env_.clock.monotonic_nanos();
  std::int64_t moved = told;
  while (!stopping_) {
    bool at_end = false;
    const auto copied = copy_one(Duration{100}, &at_end);
    const std::int64_t now = env_.clock.monotonic_nanos();
    if (copied && at_end) return {};
    if (!copied && copied.error().code != Code::Unavailable)
      return tl::unexpected<Error>(copied.error());
    if (copied && *copied) moved = now;
    if (now - moved > std::chrono::nanoseconds(options_.patience).count()) {
      const std::string why = copied ? "its end was not reached" : copied.error().message;
      return fail(Code::Unavailable, "copy the log of " + options_.name + ": " + why);
    }
    if (!copied) pause(Duration{100});
    if (now - told < kTellEveryNanos) continue;
    told = now;
    log(LogLevel::Info, "mirror_copying",
        {{"app", options_.name}, {"records", records_.load()}});
  }
  return fail(Code::Unavailable, "copy the log of " + options_.name + ": stopped");
}

Result<void> MirrorEngine::start() {
  VT_CHECK_MSG(!thread_.joinable(), "start() is called once");
  VT_TRY_VOID(catch_up());
  log(LogLevel::Info, "mirror_opened",
      {{"app", options_.name}, {"end", committed_end().value()}});
  keeper_.start();
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "vt-mirror");
    run();
  });
  return {};
}

void MirrorEngine::run() {
  bool told = false;
  while (!stopping_) {
    const auto copied = copy_one(kPause, nullptr);
    if (copied) {
      told = false;
      continue;
    }
    if (!std::exchange(told, true)) {
      log(LogLevel::Error, "mirror_waits",
          {{"app", options_.name}, {"error", copied.error().message}});
    }
    pause(kPause);
  }
}

void MirrorEngine::pause(Duration time) {
  std::unique_lock lock(pausing_);
  stopped_.wait_for(lock, time, [&] { return stopping_.load(); });
}

void MirrorEngine::stop() {
  {
    const std::lock_guard lock(pausing_);
    if (stopping_.exchange(true)) return;
  }
  stopped_.notify_all();
  remote_->wake();
  if (thread_.joinable()) thread_.join();
  keeper_.stop();
}

Result<bool> MirrorEngine::poll() {
  VT_CHECK_MSG(!thread_.joinable(), "poll() is for an engine that was not started");
  VT_TRY(const bool copied, copy_one(Duration{0}, nullptr));
  keeper_.tend();
  return copied;
}

Result<void> MirrorEngine::append(Append record, Done done) {
  if (stopping_)
    return fail(Code::Unavailable, "append to " + record.topic + ": the engine is stopping");
  if (storage_full_) {
    return fail(Code::StorageFull, "append to " + record.topic +
                                       ": no space left for the copy; free disk, then try again");
  }
  const auto known = [&](const TopicInfo& topic) { return topic.name == record.topic; };
  if (std::none_of(options_.topics.begin(), options_.topics.end(), known)) {
    return fail(Code::Invalid,
                "append to " + record.topic + ": no such topic in " + options_.name);
  }
  if (!record.keep_timestamp) record.record.timestamp = clock_.now();
  return remote_->append(std::move(record), std::move(done));
}

EngineMetrics MirrorEngine::metrics() const {
  EngineMetrics out;
  out.domain = options_.name;
  out.committed_end = committed_end();
  out.epochs = batches_;
  out.records = records_;
  out.commit_nanos = &commit_nanos_;
  out.sync_nanos = &journal_->sync_nanos();
  out.storage_full = storage_full_;
  std::map<std::string, std::uint64_t> copied;  // by the topic's id in the map
  for (std::size_t i = 0; i < copied_.size(); ++i) {
    out.topics.push_back({options_.topics[i].name, copied_[i]});
    copied["topic:" + options_.topics[i].name] = copied_[i];
  }
  std::map<std::string, int> writers;
  for (const auto& edge : options_.map.edges) ++writers[edge.to];
  for (const auto& edge : options_.map.edges) {
    const bool only = copied.contains(edge.to) && writers[edge.to] == 1;
    out.edge_records.push_back(copied.contains(edge.from) ? copied[edge.from]
                               : only                     ? copied[edge.to]
                                                          : 0);
  }
  return out;
}

}  // namespace vitrine
