#pragma once
// UnitTask: one unit's Task, its state, and the epoch being built. UnitRunner owns threads, waiting
// and the broker. Driven by calls only: the same calls with the same inputs do the same again.
//
// What it emits goes to its topics, also where the App reads them itself: it comes back through the
// broker. Inside a step the order is (timestamp, topic, partition, offset), where a record counts
// at least as late as the one before it in its partition.
//
// Threads: one at a time; a closed epoch's work may be read by another until committed().
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "streams/broker/last_updates.h"
#include "streams/broker/unit_broker.h"
#include "streams/runtime/steps.h"
#include "streams/runtime/topic_table.h"
#include "streams/store/typed_store.h"
#include "streams/topology/task.h"

namespace vitrine {

struct UnitBounds {
  std::size_t epoch_records_max = 100'000;
  ByteCount epoch_bytes_max = 16U << 20U;
  ByteCount cache_bytes = 256U << 20U;
};

class UnitTask {
 public:
  // Its own state: "vt.unit". One row says which epoch this is, when, and how far the inputs are
  // consumed, one what others were told of our clocks, one what it was written by.
  static constexpr const char* kOwnStore = "vt.unit";
  static constexpr std::string_view kShape = "shape";
  // A record's position is its offset + 1, shifted, and where it comes from below.
  static constexpr unsigned kOffsetShift = 18;

  // `backend` holds committed rows, or none. `partitions` of each topic, as the broker has them.
  UnitTask(const Topology& topology, const TopicTable& topics,
           const std::vector<std::uint32_t>& partitions, std::unique_ptr<StateBackend> backend,
           UnitBounds bounds, Unit unit, std::uint32_t units, Generation generation);

  // Before anything else: every row, then restored(), which says where to read on.
  Result<void> restore(const RowView& row);
  Result<std::vector<InputPosition>> restored();
  // Inputs are read on from there, and not from where restored() said.
  void read_from(std::span<const InputPosition> positions);
  // Of the records of an epoch to these topics (by number) only each key's last one stays.
  void keep_last(std::vector<bool> topics) { last_updates_.emplace(std::move(topics)); }

  // The record is one of ours that we have not had. Of a topic that every unit reads we may be told
  // what we know.
  bool wants(const Fetched& one) const {
    const Input& in = inputs_[first_input_[one.topic] + one.partition];
    return !in.seen || one.offset >= in.next;
  }
  // The partition has been read to where it ended.
  bool at_end(std::uint32_t topic, std::uint32_t partition);  // false: nobody waited for that
  // One step of the current epoch. The records are all of this unit, those of a partition in order.
  void run_step(Time wall, std::span<const Fetched> records);

  bool has_work() const;
  bool full() const;
  // Closes the epoch and begins the next one. The work stays until committed() of its epoch.
  const UnitWork& finish_epoch();
  const UnitWork& closed() const { return works_[(epoch_.value() - 1) & 1U]; }  // the last one
  void committed(Epoch epoch) { stores_.committed(epoch); }
  // Writes all state to the backend. Nothing is on the way, and has_work() is false.
  Result<void> checkpoint();
  ByteCount bytes_since_checkpoint() const { return stores_.bytes_since_checkpoint(); }

  Unit unit() const { return unit_; }
  Generation generation() const { return generation_; }
  Epoch epoch() const { return epoch_; }
  Time recorded_time() const { return recorded_time_; }
  Time next_wall_timer() const { return task_->next_wall_timer(); }
  std::uint64_t fed() const { return fed_; }
  std::uint64_t dead_letters() const { return dead_letters_; }
  const StoreSet& stores() const { return stores_; }

 private:
  class Emitted final : public Output {
   public:
    explicit Emitted(UnitTask& task) : task_(task) {}
    void emit(std::size_t topic, const RecordView& record) override {
      task_.append(static_cast<TopicNumber>(topic), record);
    }

   private:
    UnitTask& task_;
  };
  struct Place {  // of a record in canonical order
    Time timestamp;
    std::uint32_t rank;
    std::uint32_t partition;
    std::uint32_t index;
    auto operator<=>(const Place&) const = default;
  };
  struct Input {  // a partition that is read
    std::int64_t next = 0;
    Time latest{};           // in this step
    std::size_t range = 0;   // of this step, plus one; 0: none yet
    bool seen = false;
  };

  void arrange(std::span<const Fetched> records);
  void note(const Fetched& one, Step& step);
  void feed(const Fetched& one);
  void dead_letter(const Fetched& one, const std::string& cause);
  void append(TopicNumber topic, const RecordView& record);
  bool hears_clock(const Fetched& one);
  void tell_clocks();
  Result<void> check_shape();
  void remember();
  UnitWork& building() { return works_[epoch_.value() & 1U]; }
  const UnitWork& building() const { return works_[epoch_.value() & 1U]; }
  Input& input(std::uint32_t topic, std::uint32_t partition) {
    return inputs_[first_input_[topic] + partition];
  }
  std::vector<InputPosition> consumed(bool all) const;
  Position position_of(const Fetched& one) const;

  const Unit unit_;
  const Generation generation_;
  const TopicTable& topics_;
  const std::vector<std::uint32_t>& partitions_;
  const UnitBounds bounds_;
  const std::unique_ptr<StateBackend> backend_;
  StoreSet stores_;
  Store<std::string, std::string>& own_;
  std::unique_ptr<Task> task_;
  Emitted emitted_{*this};
  Epoch epoch_{1};
  std::array<UnitWork, 2> works_;
  std::vector<Step> steps_;
  std::vector<std::size_t> first_input_;  // by topic
  std::vector<Input> inputs_;
  std::vector<Place> order_;
  std::optional<LastUpdates> last_updates_;
  std::size_t taken_ = 0;  // records of inputs, in this epoch
  std::vector<std::uint32_t> hop_levels_;  // by topic
  std::vector<UnitClock> told_;
  const Bytes plan_;
  const std::vector<std::string> state_lines_;  // "name|key|value", of the program
  const std::vector<NameUpgrade> upgrades_;
  Bytes shape_;  // to be written with the next epoch; empty: it is there
  bool may_tell_ = true;  // what we have not told, without anything else to commit
  std::vector<InputPosition> ended_;  // since the last step
  Time recorded_time_{};
  std::uint64_t fed_ = 0;
  std::uint64_t dead_letters_ = 0;
};

}  // namespace vitrine
