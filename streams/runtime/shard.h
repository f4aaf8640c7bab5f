#pragma once
// Shard: the Task, its state, and the epoch being built. It decides what happens; the engine around
// it owns threads, waiting and the way to disk. Driven by calls only: the same calls with the same
// inputs do the same again.
//
// Threads: one at a time. Position order is processing order: what a step takes in is appended
// first, what it emits to the topology's own inputs follows, wave after wave, within the epoch; an
// epoch that grows past its bounds carries the rest over.
//
// One of several shards (ShardTeam) works on the records of its own partitions. What it writes for
// another one goes into its log and through a ring; what others wrote for it comes by its Inbox.
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "streams/broker/broker.h"
#include "streams/runtime/canonical_order.h"
#include "streams/runtime/inbox.h"
#include "streams/runtime/ingest_queue.h"
#include "streams/runtime/lineage.h"
#include "streams/runtime/record_arena.h"
#include "streams/runtime/steps.h"
#include "streams/store/typed_store.h"

namespace vitrine {

struct ShardBounds {
  std::size_t epoch_records_max = 50'000;
  ByteCount epoch_bytes_max = 8U << 20U;
};

struct UpstreamInput {
  UpstreamRange range;
  std::vector<Positioned> records;
};

struct StepInput {
  Time wall{};
  IngestBatch ingested;
  std::vector<UpstreamInput> upstreams;
};

struct Completion {
  Engine::Done done;
  Position position;
};

// What the shards of an engine have in common. They all outlive the shard.
struct ShardTeam {
  const Numbering& numbering;
  const Broker& broker;
  ShardLinks& links;
};

class Shard {
 public:
  // Stores of the engine itself, of which every shard has its own.
  static constexpr const char* kOwnStore = "vt.engine";

  Shard(const Topology& topology, const TopicTable& topics, StateBackend& backend,
        ByteCount cache_bytes, ShardBounds bounds, ShardTeam team, std::uint32_t number);

  // Before anything else: the deltas after what the backend holds, then restored().
  void restore(std::span<const Delta> deltas);  // passes over those of other shards
  // How the log was written: by so many shards, from this position on.
  struct Layout {
    std::uint32_t shards = 1;
    Position from{1};
  };
  Layout kept_layout() const;              // shard 0's
  void keep_layout(const Layout& layout);  // the same
  Lineage kept_lineage() const;            // of this log; shard 0's
  // With the next commit: reading the log alone changes nothing.
  void keep_lineage(const Lineage& lineage) { lineage_to_keep_ = lineage.encode(); }
  // Rows of the engine's own store that mean nothing under another number of shards; those that
  // only shard 0 has.
  static bool between_shards(BytesView key);
  static bool of_shard_zero(BytesView key);
  static bool is_layout(BytesView key);  // of them: how many shards there are, and from where on
  void forget_others() { remembers_others_ = false; }  // the last epoch under this number
  Result<void> restored(const Layout& layout);
  Time recorded_time() const { return recorded_time_; }
  UpstreamRange consumed(const std::string& domain) const;  // `next` is where to read on

  // One step of the current epoch. Must not be given records while carrying(); callers for `done`
  // are added to completions.
  void run_step(StepInput& input, std::vector<Completion>& completions);
  bool carrying() const { return hops_.size() > 0; }
  bool wants(TopicNumber topic, std::uint32_t partition) const {
    return inbox_.wants(topic, partition);
  }
  bool inbox_ready() { return !alone() && (inbox_.ready(epoch()) || own_clocks_due()); }
  // Everything up to here that others wrote for us, and that we carried, is worked on.
  bool caught_up() const;
  // Records of our log before this are not read again, also after a crash. 0: none are.
  Position needs_from(bool all_committed);
  // Which of the others were sent something since the last call; as bits.
  std::uint64_t take_sent_to() { return std::exchange(sent_to_, 0); }
  Position carried_from() const { return carried_from_; }  // as last remembered; 0: nothing
  bool full() const;
  bool has_work() const;  // something that must be committed
  std::size_t room_records() const;
  ByteCount room_bytes() const;
  Epoch epoch() const { return group_.epoch(); }

  // Closes the epoch and begins the next one.
  Group finish_epoch();
  void committed(Epoch epoch) { stores_.committed(epoch); }

  Time next_wall_timer() const { return task_->next_wall_timer(); }
  std::size_t deltas_since_checkpoint() const { return deltas_; }
  void begin_checkpoint(Epoch epoch);
  Result<bool> checkpoint_slice();
  bool checkpointing() const { return stores_.checkpointing(); }
  std::optional<Bytes> get(const std::string& store, BytesView key) const;
  bool settled(const std::string& store, BytesView key) const;
  StoreSet& stores() { return stores_; }
  const StoreSet& stores() const { return stores_; }
  std::span<const UpstreamRange> all_consumed() const { return consumed_; }

  // For metrics: since the beginning, and of the epoch that was closed last.
  std::uint64_t fed(TopicNumber topic) const { return fed_[topic]; }
  std::uint64_t dead_letters() const { return dead_letters_; }
  std::size_t carried() const { return hops_.size() - next_hop_ + next_hops_.size(); }
  struct Closed {
    std::uint64_t epochs = 0, records = 0, epoch_records = 0;
    ByteCount epoch_bytes = 0;
  };
  const Closed& closed() const { return closed_; }
  const Task& task() const { return *task_; }

 private:
  static constexpr Group::Section kNoSection = ~Group::Section{0};
  class Emitted final : public Output {
   public:
    void emit(std::size_t topic, const RecordView& record) override {
      records.add(static_cast<TopicNumber>(topic), 0, Position{}, record);
    }
    RecordArena records;
  };
  // Its source is 0: ingested, else 1 + number of the upstream.
  using Place = CanonicalOrder::Place;

  std::span<const Place> arrange(const StepInput& input);
  void take_in(StepInput& input, Step& step, std::vector<Completion>& completions);
  std::uint32_t partition_here(TopicNumber topic, const Positioned& record) const;
  void take_in_ingested(const Ingested& one, Position position, bool behind);
  void expect(const StepInput& input, const Place& place);
  void feed(TopicNumber topic, std::uint32_t partition, Position position,
            const RecordView& record);
  void dead_letter(TopicNumber topic, std::uint32_t partition, Position position,
                   const RecordView& record, const std::string& cause);
  void on_wall(Time wall);
  void run_hops();
  void append_emitted();
  Position append(TopicNumber topic, const RecordView& record);
  Position write(std::uint32_t lane, TopicNumber topic, std::uint32_t partition,
                 const RecordView& record);
  void deliver(TopicNumber topic, std::uint32_t partition, Position position,
               const RecordView& record);
  void send(std::uint32_t to, TopicNumber topic, std::uint32_t partition, Position position,
            const RecordView& record);
  void send_to_others(TopicNumber topic, std::uint32_t partition, Position position,
                      const RecordView& record);
  void receive(Step& step);
  void hear(Step& step);
  bool own_clocks_due() const;
  void append_ingested(std::span<const Place> order, IngestBatch& batch,
                       std::vector<Completion>& completions);
  bool alone() const { return team_.numbering.dense(); }
  Group group_of(Epoch epoch, Position next) const;
  bool epoch_has_enough() const;
  void check_number(Position position) const;
  void tell_others(Epoch closed);
  void remember_progress();
  void remember_inbox();
  Position inbox_from() const;
  void begin_inbox(const Layout& layout, Position end);
  Result<void> load_carried(Position from);

  const ShardTeam team_;
  const std::uint32_t number_;
  const TopicTable& topics_;
  const ShardBounds bounds_;
  StoreSet stores_;
  Store<std::string, std::string>& own_;  // the engine's own state: times and positions
  std::unique_ptr<Task> task_;
  Inbox inbox_;
  std::uint64_t sent_to_ = 0;
  struct ClosedClocks {
    Epoch epoch;
    std::vector<SourceClock> clocks;
  };
  std::deque<ClosedClocks> own_clocks_;  // that do not count yet, by epoch
  std::vector<SourceClock> own_told_;    // the last of those
  Group group_;
  std::vector<Step> steps_;
  std::vector<UpstreamRange> consumed_;
  std::size_t inputs_ = 0;  // taken in this epoch
  RecordArena hops_, next_hops_;
  std::size_t next_hop_ = 0;  // of hops_, not yet fed
  Emitted emitted_;
  CanonicalOrder order_;
  std::vector<Group::Section> sections_;  // of group_, by lane; kNoSection: not used yet
  std::vector<Position> ingested_at_;     // by its place in the batch, where somebody asks
  Time recorded_time_{};
  Bytes lineage_to_keep_;
  Position carried_from_;  // as last remembered
  Position inbox_from_;    // the same
  std::size_t deltas_ = 0;
  bool remembers_others_ = true;
  std::vector<std::uint64_t> fed_;  // by topic
  std::vector<bool> is_dead_letters_;
  std::uint64_t dead_letters_ = 0;
  Closed closed_;
};

}  // namespace vitrine
