#pragma once
// The seam between what a topology does and what runs it. A Topology is a description; Task is one
// running copy of it, on one thread. The runtime (embedded, TestDriver, simulator, later Kafka)
// feeds a Task records and wall ticks and collects what it emits; a Task never knows which of them
// is driving it.
//
// Threads: a Task and its stores are used by one thread at a time. No clock, disk or randomness
// inside.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "streams/log/record.h"
#include "streams/log/topic_keep.h"
#include "vitrine/topology_map.h"
#include "vitrine/version.h"

namespace vitrine {

class StoreSet;  // streams/store/store.h: the task's named state

struct TopicInfo {
  std::string name;
  std::uint32_t partitions = 8;
  bool durable = true;
  std::string key_serde, value_serde;
  TopicKeep keep{};  // how long its records stay
};

// What the runtime gives a Task while it works on one record or tick.
class Output {
 public:
  virtual ~Output() = default;
  // Appends to a topic of the topology. Partition is chosen by the runtime from the key.
  // Same-domain consumers of the topic will see the record later in this same epoch.
  virtual void emit(std::size_t topic, const RecordView& record) = 0;
};

// How far a topic from outside has got in event time, where `shard` reads it: stream_time.h.
struct SourceClock {
  std::uint32_t shard = 0;
  std::size_t topic = 0;
  Time stream{};
  Time wall{};
  friend bool operator==(const SourceClock&, const SourceClock&) = default;
};

// Units: what a unit tells of its clocks in each partition of the hops of one level, behind the
// records that it sent there. {Time::min(), Time::min()}: there is nothing that holds you up.
struct UnitClock {
  std::uint32_t level = 0;
  Time stream = Time::min();
  Time wall = Time::min();
  friend bool operator==(const UnitClock&, const UnitClock&) = default;
};

class Task {
 public:
  virtual ~Task() = default;
  // One input record. `topic` indexes Topology::topics(). `position` is the record's place in its
  // journal: with the model or room's name it seeds any randomness, and ids born inside a decision
  // derive from it. Throws only what user code throws: the runtime then undoes this record's state
  // changes and emissions and dead-letters it to "<topic>.dlq".
  virtual void on_record(std::size_t topic, std::uint32_t partition, Position position,
                         const RecordView& record, Output& out) = 0;
  // A record that on_record() will be given after a few others: the time to fetch its rows from
  // memory. Changes nothing that can be seen.
  virtual void expect(std::size_t /*topic*/, const RecordView& /*record*/) {}
  // Wall-clock time as recorded in the step: called at the start of every step, before its records.
  // Fires due timers in (due, store, key) order. Never runs backwards. Does not throw: a timer
  // whose code throws is undone alone and dead-lettered.
  virtual void on_wall(Time now, Output& out) = 0;
  // The earliest wall timer, or Time::max(): the runtime ticks no later than this.
  virtual Time next_wall_timer() const = 0;
  // Called once after stores were restored, before the first record (rebuilds in-memory indexes
  // such as timer queues).
  virtual void restored() = 0;

  // Several shards: how far our own clocks have been read, and clocks of shards (this one included)
  // that count from now on, all together. That is said behind the records they cover; what they
  // make due fires now. They are no state: they are said again after a start.
  virtual std::vector<SourceClock> clocks() const { return {}; }
  virtual void on_clocks(std::span<const SourceClock> clocks, Output& out) {
    static_cast<void>(clocks), static_cast<void>(out);
  }
  // Units: a partition that we read. Until its first record, or its end, has come it holds stream
  // time up; a hop's until all units have told their clocks there.
  virtual void awaits(std::size_t topic, std::uint32_t partition) {
    static_cast<void>(topic), static_cast<void>(partition);
  }
  // It has been read to where it ended: it holds nobody up.
  // False: it did not before.
  virtual bool at_end(std::size_t topic, std::uint32_t partition) {
    return static_cast<void>(topic), static_cast<void>(partition), false;
  }
  virtual std::vector<UnitClock> tells() const { return {}; }
  // `sender` told it in this partition of a hop; what it makes due fires now.
  virtual void on_told(std::size_t topic, std::uint32_t partition, std::uint32_t sender,
                       const UnitClock& clock, Output& out) {
    static_cast<void>(topic), static_cast<void>(partition), static_cast<void>(sender);
    static_cast<void>(clock), static_cast<void>(out);
  }
  // For metrics. Nothing: the topology has no event time, or there was no record yet.
  virtual std::optional<Time> stream_time() const { return {}; }
  virtual std::uint64_t ahead_records() const { return 0; }  // refused: too far in the future
  // Adds to `out`, by number of the edge in Topology::map(): the records that went along it. One
  // whose code threw counts as far as it got.
  virtual void add_edge_records(std::span<std::uint64_t> out) const { static_cast<void>(out); }
};

// A finished, checked description of an App. Immutable; may be shared by many runtimes.
class Topology {
 public:
  virtual ~Topology() = default;
  virtual const std::string& name() const = 0;
  virtual std::span<const TopicInfo> topics() const = 0;    // every topic named, inputs and outputs
  virtual std::span<const std::size_t> inputs() const = 0;  // indexes of topics that are read
  // Inputs that feed a broadcast table, or tell each shard something: every shard reads all of
  // their partitions. Other nodes reading such a topic get the shard's own partitions, as ever.
  virtual std::vector<std::size_t> everywhere() const { return {}; }
  // Stores that belong to a shard and not to a key: each shard has its own.
  virtual std::vector<std::string> shard_stores() const { return {}; }
  virtual bool uses_event_time() const { return false; }
  // By topic: which hop it is, counted from the sources; 0 for what is no hop, and for those of
  // Plan::Local. No topics: there are none.
  virtual std::vector<std::uint32_t> hop_levels() const { return {}; }
  // The same with every hop to another key through a topic, as several shards need it; null: this
  // one is like that.
  virtual std::shared_ptr<const Topology> split() const { return nullptr; }
  // Those of them whose rows stay with their shard: the number of shards can change when they are
  // empty only.
  virtual std::vector<std::string> staying_stores() const { return {}; }
  virtual std::vector<std::string> stores()
      const = 0;  // names of state, sorted, with serde identities "name|key|value"
  // Former names of types in these states whose values can still be read.
  virtual std::vector<NameUpgrade> upgrades() const { return {}; }
  virtual std::unique_ptr<Task> instantiate(StoreSet& stores) const = 0;
  virtual std::string describe() const = 0;  // text for people: one line a node, arrows indented
  virtual std::string mermaid() const = 0;
  virtual TopologyMap map() const { return {}; }  // the same for programs
};

}  // namespace vitrine
