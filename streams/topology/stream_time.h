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

  // `stores` null: event time is not used, only the wall is kept. `topics`: by number, the names of
  // those that have a clock, empty for the others.
  StreamTime(StoreSet* stores, const EventTime& rules, const std::vector<std::string>& topics);

  void restored();
  void on_wall(Time now) {
    if (now <= wall_) return;
    wall_ = now;
    known_ = false;
  }
  void on_record(std::size_t topic, Time timestamp);  // moves stream time on, never back
  // Several shards: these clocks of theirs, ours included, count from now on.
  void heard(std::span<const SourceClock> clocks);
  std::vector<SourceClock> clocks() const;  // our own that have spoken
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
  };
  bool idle(const Anchor& clock) const;
  Time moved(const Anchor& clock) const;
  std::optional<Time> least() const;
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
  std::optional<Anchor> floor_;  // stream time has been there
  Time wall_ = Time::min();
  // Asked for several times a record, and changed by some of them: what now() said stays until the
  // wall, a clock or the floor moves.
  mutable bool known_ = false;
  mutable std::optional<Time> now_;
};

}  // namespace vitrine
