#pragma once
// Stream time: how far a task has got in event time. vitrine/event_time.h says the rules.
//
// Each topic from outside has a clock: its greatest timestamp, and the wall when it last spoke.
// Stream time is the least of the clocks that are not idle, each moved on by the wall since then,
// and never less than it was before. Replaying old records works the same: only what passes on the
// wall counts. Clocks, and how far stream time has been, are kept in the stores
// "stream-time.topics" and "stream-time" (only in topologies that use event time), so that a closed
// window stays closed.
//
// On a UnitBroker the partitions of a topic are read apart, so that each has a clock; one that has
// records which we have not read yet holds stream time up. Several units tell each other: in every
// partition of a hop stands, behind the records that a unit sent there, how far what it made them
// from had got. So a hop's partition has a clock for each unit, and what those of one level say
// goes on into the hops of the next one (unit_time.cc).
//
// With several shards a clock stands where the topic's partitions are read. It counts, here as
// elsewhere, from when it is told: at the end of an epoch, and behind all records of all shards up
// to there. So a record that changes shards is not late because others are faster. Every shard has
// its rows of its own; what others told it is not kept.
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "base/time.h"
#include "streams/store/typed_store.h"
#include "streams/topology/scoped_row.h"
#include "streams/topology/task.h"
#include "vitrine/event_time.h"
#include "vitrine/serde.h"

namespace vitrine {

class StreamTime {
 public:
  static constexpr const char* kStore = "stream-time";
  static constexpr const char* kTopicsStore = "stream-time.topics";
  struct Anchor {
    Time stream{};
    Time wall{};
    auto fields() { return std::tie(stream, wall); }
  };

  struct Hop {
    std::size_t topic;
    std::string name;
    std::uint32_t level;  // from 1 on
  };

  // `stores` null: event time is not used, only the wall is kept. `topics`: by number, the names of
  // those that have a clock, empty for the others.
  // `hops` and `level` are for units: what stands behind `level` hops looks at no clocks that are
  // told through later ones. Each level has a StreamTime of its own, over the same rows but for the
  // floor.
  StreamTime(StoreSet* stores, const EventTime& rules, const std::vector<std::string>& topics,
             std::vector<Hop> hops = {}, std::uint32_t level = 0);

  void restored();
  void on_wall(Time now) {
    if (awaiting_since_ == Time::min()) awaiting_since_ = now, known_ = false;
    if (now <= wall_) return;
    wall_ = now;
    known_ = false;
  }
  // Moves stream time on, never back.
  void on_record(std::size_t topic, std::uint32_t partition, Time timestamp);
  // Several shards: these clocks of theirs, ours included, count from now on.
  void heard(std::span<const SourceClock> clocks);
  std::vector<SourceClock> clocks() const;  // our own that have spoken
  // Units: see Task.
  void awaits(std::size_t topic, std::uint32_t partition);
  bool at_end(std::size_t topic, std::uint32_t partition);
  std::optional<UnitClock> tells() const;  // to those behind one hop more
  void told(std::size_t topic, std::uint32_t partition, std::uint32_t sender,
            const UnitClock& clock);
  // What passed on the wall is written down, so that a restart does not turn it back.
  void settle();

  Time wall() const { return wall_; }
  bool used() const { return store_ != nullptr; }
  bool too_far_ahead(Time timestamp) const;
  // Why, for people; counts the record.
  std::string refusal(const std::string& topic, Time timestamp) const;
  std::optional<Time> now() const {  // none before the first record
    if (!known_) work_out_now();
    return now_;
  }
  // When the wall shows this, stream time will have reached `event` without further records.
  Time wall_of(Time event) const;

 private:
  struct Clock {
    std::string topic;  // empty for another shard's
    std::size_t number = 0;
    std::uint32_t shard = 0;
    std::optional<Anchor> read;    // as far as we have read; ours only
    std::optional<Anchor> anchor;  // what counts; none before its first record
    // Units.
    std::uint32_t partition = 0;
    std::uint32_t level = 0;  // of the hop it was told through; 0: of our own partition
    bool awaited = false;     // it may be anywhere
  };
  bool idle(const Anchor& clock) const;
  Time moved(const Anchor& clock) const;
  std::optional<Time> least() const;
  bool holds_up(const Clock& clock) const {
    return clock.awaited && (awaiting_since_ == Time::min() ||
                             wall_ - awaiting_since_ < rules_.idle_after);
  }
  // A unit may have told that nothing of it holds us up.
  static bool says(const Clock& clock) {
    return clock.anchor && clock.anchor->stream != Time::min();
  }
  void move_on(Clock& clock, Time timestamp);
  Clock& own_clock(std::size_t topic, std::uint32_t partition) {
    auto& known = own_clocks_[topic];
    if (partition >= known.size()) known.resize(partition + 1);
    if (known[partition] == 0) {
      unit_clock(topic, partition, place_.number);
      known[partition] = clocks_.size();
    }
    return clocks_[known[partition] - 1];
  }
  Clock& unit_clock(std::size_t topic, std::uint32_t partition, std::uint32_t sender);
  void restore_units();
  void hold_floor(std::optional<Time> before);
  void write_floor(Time stream);
  void work_out_now() const;

  EventTime rules_;
  Store<std::string, Anchor>* store_ = nullptr;
  Store<ScopedRow, Anchor>* topics_store_ = nullptr;
  std::vector<std::size_t> clock_of_;  // by topic; kNoClock
  std::vector<Clock> clocks_;  // ours first
  std::size_t ours_ = 0;
  ShardPlace place_;
  std::vector<std::string> topics_;  // by number, those with a clock
  std::vector<Hop> hops_;
  const std::uint32_t level_;
  const std::string floor_row_;
  std::vector<std::vector<std::size_t>> own_clocks_;  // by topic, by partition: its place plus one
  Time awaiting_since_ = Time::min();
  std::optional<Anchor> floor_;  // stream time has been there
  Time wall_ = Time::min();
  // Asked for several times a record, and changed by some of them: what now() said stays until the
  // wall, a clock or the floor moves.
  mutable bool known_ = false;
  mutable std::optional<Time> now_;
};

}  // namespace vitrine
