#pragma once
// EmbeddedEngine: the Engine of engine.h over the embedded log. Wires ingest, shards, committer and
// upstreams; owns the shards' threads and their sleep.
//
// Pipeline: epoch e+1 is computed while e is on its way to disk; at most those two exist. Work
// drives commits: as soon as the disk is free, what there is goes out; while it is busy, further
// steps join the epoch being built, up to its bounds. Idle means parked on a condition variable,
// until somebody appends, an upstream commits, or a timer is due.
//
// Several shards (EngineOptions::shards): each has a thread, a queue, and a part of every epoch;
// EpochBoard says when parts are closed, and the one who closes last hands the group over.
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "streams/runtime/committer.h"
#include "streams/runtime/engine_shard.h"
#include "streams/runtime/epoch_board.h"
#include "streams/runtime/log_keeper.h"
#include "streams/runtime/server_clock.h"
#include "vitrine/engine.h"
#include "vitrine/topology_map.h"

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
  // The sides of poll(), for tests in which one of them is slow: a shard goes on while an epoch is
  // on its way or another shard is late, and the disk takes its time. False: nothing to do.
  Result<bool> poll_shard(std::uint32_t number);
  Result<bool> poll_disk();
  Result<void> append(Append record, Done done) override;
  Result<std::size_t> append_many(std::span<const AppendView> records, Done done) override;
  Result<Journal::Batch> fetch(std::span<const std::string> topics, Position from,
                               std::size_t max_records, ByteCount max_bytes) const override;
  Position committed_end() const override;
  Incarnation incarnation() const override { return broker_->journal().incarnation(); }
  Position same_below(Incarnation known) const override { return lineage_.same_below(known); }
  const RecoveryReport& recovery() const override { return recovery_; }
  bool storage_full() const override { return committer_.storage_full(); }
  void hold(const std::string& who, Position from) override { broker_->journal().hold(who, from); }
  void let_go(const std::string& who) override { broker_->journal().let_go(who); }
  Result<BackupReport> backup(const std::string& folder) override;
  // For a standby, which copies the log as it grows.
  Journal& journal() { return broker_->journal(); }
  const std::string& folder() const { return options_.folder; }
  Result<BackupReport> savepoint(const std::string& name) override;
  std::uint64_t on_commit(std::function<void()> notify) override {
    return listeners_.add(std::move(notify));
  }
  void remove_on_commit(std::uint64_t token) override { listeners_.remove(token); }
  std::optional<Bytes> state_get(const std::string& store, BytesView key) const override;
  Result<StatePage> state_scan(const StateScan& scan) const override;
  EngineMetrics metrics() const override;
  TopologyMap map() const override { return topology_->map(); }
  std::vector<std::string> state_types() const override { return topology_->stores(); }
  std::uint32_t shards() const override { return options_.shards; }
  const std::string& name() const override { return topology_->name(); }
  const Histogram& sync_nanos() const override { return broker_->journal().sync_nanos(); }
  const Histogram& commit_nanos() const override { return committer_.commit_nanos(); }

 private:
  struct Upstream {
    Engine* engine;
    std::uint64_t token = 0;
    Position align;  // changing the number of shards: where all of them shall stand
  };
  struct Needs {  // of a shard, as of the last commit it knows
    std::vector<Position> upstreams;
    Position own;
  };

  EmbeddedEngine(Env& env, std::shared_ptr<const Topology> topology, EngineOptions options,
                 std::unique_ptr<EmbeddedBroker> broker, std::unique_ptr<StateBackend> backend);
  static Result<std::unique_ptr<EmbeddedEngine>> open_as(Env& env,
                                                         std::shared_ptr<const Topology> topology,
                                                         EngineOptions options);
  Result<void> restore_rows();
  Result<void> begin();
  void begin_lineage();
  Result<void> begin_upstream(Engine& upstream);
  Result<void> check_history(const Engine& upstream, UpstreamRange& consumed) const;
  Result<void> say_what_is_kept();
  Result<void> check_missed(Engine& upstream, Position next) const;
  void hold_what_is_needed(EngineShard& one);

  // Another number of shards than the log was written by: engine_reshard.cc.
  static Result<void> change_shards(Env& env, std::shared_ptr<const Topology> topology,
                                    EngineOptions options, std::uint32_t before);
  Result<void> work_off();
  bool worked_off() const;
  Result<void> align_upstreams();
  Result<void> check_staying_rows() const;
  Result<void> fold_into(std::uint32_t shards);
  void grow_from(std::uint32_t shards);

  Result<bool> ask_rows(const StateScan& scan, Epoch through, std::vector<ScanPart>& parts) const;
  Result<void> accepting(std::string_view topic) const;
  Result<IngestQueue::Arriving> arriving(const AppendView& one) const;
  std::uint32_t owner_of(const IngestQueue::Arriving& one) const;  // its shard
  Result<std::size_t> push(std::span<const IngestQueue::Arriving> records, Done done);
  Result<std::span<const IngestQueue::Arriving>> run_of_a_shard(
      std::span<const AppendView> records, std::span<IngestQueue::Arriving> run) const;

  // A shard's turn: true when something was done.
  bool turn(EngineShard& one);
  bool settle(EngineShard& one);  // learns of commits
  void learn_commit();            // tells all shards
  bool checkpoint_if_due(EngineShard& one, bool at_stop);
  bool checkpoint_due(EngineShard& one);
  // Slices of checkpoints are written by a thread of its own.
  bool slices_beside() const { return running_ && backend_->lasting(); }
  bool gather_beside(EngineShard& one);
  void write_slice_beside(EngineShard& one);
  bool end_slice_beside(EngineShard& one, bool at_stop);
  bool one_by_one(EngineShard& one);  // epochs: the next slice needs all of them committed
  bool slice_ended(EngineShard& one, const Result<bool>& finished, bool at_stop);
  bool step(EngineShard& one);
  bool take_in(EngineShard& one, StepInput& input);
  bool steps_at_stop(EngineShard& one);
  bool close_epoch(EngineShard& one);
  bool close_for_sleeper(EngineShard& one);
  Duration lingers(const EngineShard& one) const;  // how long its epoch must still stay open
  void hand_over(EpochPart whole);
  // Its last part is not known to be durable.
  static bool in_flight(const EngineShard& one) {
    return one.settled.value() + 1 != one.shard->epoch().value();
  }
  static bool wants_end(const EngineShard& one) {  // of the epoch being built
    return one.shard->has_work() || one.queries.waits();
  }
  bool due(const EngineShard& one, Time now) const;
  bool read_upstreams(EngineShard& one, std::vector<UpstreamInput>& out);
  void run_shard(EngineShard& one);
  bool may_end(EngineShard& one);
  void drain();
  bool turn_all();
  bool close_behind();
  Result<bool> commit_now();
  Result<bool> commit_the_rest();
  void final_checkpoint();
  void fail_waiting();
  void flush_beside(Epoch through);
  void flush_state(Epoch through);
  void publish_figures(EngineShard& one);
  void wake_all() const;
  void park(EngineShard& one, std::unique_lock<std::mutex>& turning);

  Env& env_;
  const std::shared_ptr<const Topology> topology_;
  const EngineOptions options_;
  const TopicTable topics_;
  std::unique_ptr<EmbeddedBroker> broker_;
  std::unique_ptr<StateBackend> backend_;
  SharedBackend shared_backend_;
  const Numbering numbering_;
  ServerClock clock_;
  ShardLinks links_;
  EpochBoard board_;
  CommitListeners listeners_;
  Committer committer_;
  std::vector<std::unique_ptr<EngineShard>> shards_;
  LogKeeper keeper_;
  std::vector<Upstream> upstreams_;
  RecoveryReport recovery_;
  Lineage lineage_;  // stands once begun
  std::size_t deltas_restored_ = 0;
  double restore_seconds_ = 0;
  bool begun_ = false;  // else there is nothing to stop

  // Shared by the shards.
  std::atomic<bool> stopping_{false};
  std::atomic<bool> running_{false};
  std::atomic<bool> working_off_{false};
  std::atomic<bool> ended_{false};       // stopping: nobody has anything left
  std::atomic<bool> gave_up_{false};     // stopping: a cycle of topics would never end
  std::atomic<bool> flush_failed_{false};
  std::atomic<std::int64_t> closed_nanos_{kLongAgo};  // when an epoch was last asked to close
  std::atomic<std::uint64_t> checkpoints_{0};
  std::atomic<std::int64_t> checkpoint_nanos_{0};    // of the last one, or of open()
  std::atomic<std::uint64_t> checkpoint_wanted_{0};  // the epoch all of them shall have written
  std::mutex backing_up_;                            // one backup at a time
  std::atomic<std::uint64_t> flushed_{0};            // the epoch the state was last flushed at
  std::mutex flushing_;                              // guards the thread
  std::thread flusher_;
  std::mutex needing_;  // guards the two
  std::vector<Needs> needs_;
  Position held_;  // of our own records: those still to be read
  std::mutex ending_;  // guards who has nothing left
  std::vector<bool> quiet_;
};

}  // namespace vitrine
