#pragma once
// MirrorEngine: an Engine without an App of its own: it copies the committed records of a log
// elsewhere into a journal here, and sends what is appended there. For a gateway whose topologies
// run in other processes: whatever it does with an Engine (fetch by position, cursors that outlive
// a restart, waking after each commit) works as with an embedded one.
//
//   auto shop = MirrorEngine::open(env, {.folder = "./var/shop", .name = "shop", .topics = …},
//                                  [&](BytesView place) { return kafka_log(…, place); });
//
// The journal is a cache: the truth is over there. How far it has read stands in each commit, so a
// record is there once whatever kills the process. It is not synced at each commit; what a power
// cut leaves of it is checked at open, and a journal that is damaged is thrown away and copied
// anew, under another incarnation (cursors of the former one are void).
// Its positions are its own, not those of the other side.
//
// Threads: as Engine. One of its own ("vt-mirror") copies; `done` is called on a thread of the
// remote log.
#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "streams/runtime/committer.h"
#include "streams/runtime/log_keeper.h"
#include "streams/runtime/remote_log.h"
#include "streams/runtime/server_clock.h"
#include "streams/topology/task.h"
#include "vitrine/engine_metrics.h"

namespace vitrine {

struct MirrorOptions {
  std::string folder;  // journal in <folder>/journal
  std::string name;    // the App's
  std::vector<TopicInfo> topics;  // what is copied and may be appended to; others are refused
  // How long start() waits for the other side, and for everything that is there to be copied: no
  // progress for this long is an Error.
  Duration patience = std::chrono::seconds{30};
  JournalOptions journal;  // `sync` is not looked at
  // As the App runs over there, and in how many parts.
  TopologyMap map;
  std::uint32_t units = 1;
};

class MirrorEngine final : public Engine {
 public:
  // Opens the other side after `place`; empty: from its first record.
  using OpenRemote = std::function<Result<std::unique_ptr<RemoteLog>>(BytesView place)>;
  static Result<std::unique_ptr<MirrorEngine>> open(Env& env, MirrorOptions options,
                                                    const OpenRemote& open_remote);
  ~MirrorEngine() override { stop(); }

  // Returns when all that is there has been copied; from then on in the background.
  Result<void> start() override;
  void stop() override;
  Result<bool> poll() override;  // driven: copies one batch; false when there was none

  Result<void> append(Append record, Done done) override;
  Result<Journal::Batch> fetch(std::span<const std::string> topics, Position from,
                               std::size_t max_records, ByteCount max_bytes) const override {
    return journal_->read(topics, from, max_records, max_bytes);
  }
  Position committed_end() const override {
    return std::max(journal_->committed_end(), Position{1});
  }
  Incarnation incarnation() const override { return journal_->incarnation(); }
  const RecoveryReport& recovery() const override { return journal_->recovery(); }
  bool storage_full() const override { return storage_full_; }
  void hold(const std::string& who, Position from) override { journal_->hold(who, from); }
  void let_go(const std::string& who) override { journal_->let_go(who); }
  std::uint64_t on_commit(std::function<void()> notify) override {
    return listeners_.add(std::move(notify));
  }
  void remove_on_commit(std::uint64_t token) override { listeners_.remove(token); }

  // There is no state here: it is where the topologies run.
  std::optional<Bytes> state_get(const std::string&, BytesView) const override { return {}; }

  // Records of topics are those copied here, whoever wrote them; on edges only what topics tell:
  // who reads a topic reads its records, and a topic's only writer wrote them.
  EngineMetrics metrics() const override;
  TopologyMap map() const override { return options_.map; }
  std::uint32_t shards() const override { return options_.units; }
  // The other side does not answer, since the last read that failed.
  bool away() const { return away_; }
  const std::string& name() const override { return options_.name; }
  const Histogram& sync_nanos() const override { return journal_->sync_nanos(); }
  // How long a batch took from its arrival until it could be fetched.
  const Histogram& commit_nanos() const override { return commit_nanos_; }

 private:
  MirrorEngine(Env& env, MirrorOptions options, std::unique_ptr<Journal> journal,
               std::unique_ptr<RemoteLog> remote);
  Result<bool> copy_one(Duration patience, bool* at_end);
  Result<void> keep(const RemoteLog::Batch& batch);
  Result<void> catch_up();
  void run();
  void pause(Duration time);  // ends early when stopping

  Env& env_;
  const MirrorOptions options_;
  const std::unique_ptr<Journal> journal_;
  const std::unique_ptr<RemoteLog> remote_;
  ServerClock clock_;
  CommitListeners listeners_;
  LogKeeper keeper_;
  Histogram commit_nanos_;
  std::optional<RemoteLog::Batch> waiting_;  // read and not kept yet: the disk was full
  std::vector<std::atomic<std::uint64_t>> copied_;  // by topic, as in options_
  std::atomic<std::uint64_t> records_{0};
  std::atomic<std::uint64_t> batches_{0};
  std::atomic<bool> storage_full_{false};
  std::atomic<bool> away_{false};
  std::atomic<bool> stopping_{false};
  std::mutex pausing_;
  std::condition_variable stopped_;
  std::thread thread_;
};

}  // namespace vitrine
