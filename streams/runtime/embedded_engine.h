#pragma once
// EmbeddedEngine: the Engine of engine.h over the embedded log. Wires ingest, shard, committer and
// upstreams; owns the shard's thread and its sleep.
//
// Pipeline: epoch e+1 is computed while e is on its way to disk; at most those two exist. Work
// drives commits: as soon as the disk is free, what there is goes out; while it is busy, further
// steps join the epoch being built, up to its bounds. Idle means parked on a condition variable,
// until somebody appends, an upstream commits, or a timer is due.
#include <atomic>
#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "streams/runtime/committer.h"
#include "streams/runtime/log_keeper.h"
#include "streams/runtime/shard.h"
#include "streams/runtime/state_queries.h"
#include "vitrine/engine.h"

namespace vitrine {

class EmbeddedEngine final : public Engine {
 public:
  static Result<std::unique_ptr<EmbeddedEngine>> open(Env& env,
                                                      std::shared_ptr<const Topology> topology,
                                                      EngineOptions options);
  ~EmbeddedEngine() override;

  Result<void> start() override;
  void stop() override;
  Result<bool> poll() override;
  // The two sides of poll(), for tests in which one of them is slow: the shard goes on while an
  // epoch is on its way, and the disk takes its time. False: nothing to do.
  Result<bool> poll_shard();
  Result<bool> poll_disk();
  Result<void> append(Append record, Done done) override;
  Result<Journal::Batch> fetch(std::span<const std::string> topics, Position from,
                               std::size_t max_records, ByteCount max_bytes) const override;
  Position committed_end() const override;
  Incarnation incarnation() const override { return broker_->journal().incarnation(); }
  const RecoveryReport& recovery() const override { return broker_->journal().recovery(); }
  bool storage_full() const override { return committer_.storage_full(); }
  void hold(const std::string& who, Position from) override { broker_->journal().hold(who, from); }
  void let_go(const std::string& who) override { broker_->journal().let_go(who); }
  Result<BackupReport> backup(const std::string& folder) override;
  Result<BackupReport> savepoint(const std::string& name) override;
  std::uint64_t on_commit(std::function<void()> notify) override {
    return listeners_.add(std::move(notify));
  }
  void remove_on_commit(std::uint64_t token) override { listeners_.remove(token); }
  std::optional<Bytes> state_get(const std::string& store, BytesView key) const override;
  Result<StatePage> state_scan(const StateScan& scan) const override;
  std::vector<std::string> state_types() const override { return topology_->stores(); }
  const std::string& name() const override { return topology_->name(); }
  const Histogram& sync_nanos() const override { return broker_->journal().sync_nanos(); }
  const Histogram& commit_nanos() const override { return committer_.commit_nanos(); }

 private:
  struct StateRequest {
    std::string store;
    Bytes key;
    std::promise<std::optional<Bytes>> answer;
  };
  struct HeldAnswer {  // a value that may be told once its epoch is durable
    Epoch epoch;
    std::optional<Bytes> value;
    std::promise<std::optional<Bytes>> answer;
  };
  struct Upstream {
    Engine* engine;
    UpstreamRange consumed;
    std::uint64_t token = 0;
    Position handed_over;  // as the epoch on its way says
  };

  EmbeddedEngine(Env& env, std::shared_ptr<const Topology> topology, EngineOptions options,
                 std::unique_ptr<EmbeddedBroker> broker, std::unique_ptr<StateBackend> backend);
  Result<void> restore();
  Result<void> say_what_is_kept();
  Result<void> check_missed(Engine& upstream, Position next) const;
  void hold_what_is_needed();

  // The shard's turn: true when something was done.
  bool turn();
  bool settle();  // learns of commits
  bool answer_state_requests();
  Epoch newest_epoch() const;  // that makes everything done so far durable
  bool checkpoint_if_due(bool at_stop);
  void write_slice_beside();  // of the checkpoint, by a thread of its own
  bool end_slice_beside(bool at_stop);
  bool slice_ended(const Result<bool>& finished, bool at_stop);
  bool step();
  bool close_epoch();
  bool due(Time now) const;
  bool read_upstreams(std::vector<UpstreamInput>& out);
  bool upstream_waits() const;
  void run_shard();
  void drain();
  void final_checkpoint();
  void fail_waiting();
  void flush_beside();
  void flush_state(Epoch through);
  bool checkpoint_due() const;
  void wake() const;
  void park();

  Env& env_;
  const std::shared_ptr<const Topology> topology_;
  const EngineOptions options_;
  const TopicTable topics_;
  std::unique_ptr<EmbeddedBroker> broker_;
  std::unique_ptr<StateBackend> backend_;
  IngestQueue ingest_;
  CommitListeners listeners_;
  Committer committer_;
  Shard shard_;
  LogKeeper keeper_;
  mutable StateQueries queries_;
  std::vector<Upstream> upstreams_;

  // The shard's.
  std::vector<Completion> completions_;
  std::int64_t oldest_nanos_ = 0;
  bool in_flight_ = false;
  int steps_at_stop_ = 0;
  Time last_wall_{};
  Epoch checkpoint_;  // the last one begun
  Position held_;     // of our own records: those still to be read
  std::int64_t checkpoint_not_before_nanos_ = 0;
  std::vector<HeldAnswer> held_answers_;
  std::thread flusher_;
  std::thread slicer_;  // while a slice is being written
  Result<void> slice_result_;

  // Shared.
  std::atomic<bool> stopping_{false};
  std::atomic<bool> running_{false};
  std::atomic<bool> flush_failed_{false};
  std::atomic<bool> slice_written_{false};
  std::mutex backing_up_;  // one backup at a time
  mutable std::mutex mutex_;  // guards the rest
  mutable std::condition_variable woken_;
  mutable bool wake_ = false;
  mutable std::vector<StateRequest> state_requests_;
  std::thread thread_;
};

}  // namespace vitrine
