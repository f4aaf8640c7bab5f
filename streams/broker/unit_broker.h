#pragma once
// UnitBroker: where the records of units come from and their commits go to, when there may be
// several processes: Kafka, and what stands for it in tests. The embedded log has the narrower
// Broker (broker.h); docs/decisions/0007-kafka-by-units.md says why there are two.
//
// A unit commits as a whole: the App in one task (local plan), or the share of one partition of the
// inputs (distributed plan). A generation is one assignment of a unit to us; whatever is handed in
// under an older one is Fenced.
//
// Every unit reads all partitions of the topics of Topology::everywhere(), each at its own pace: a
// broker that reads them once for several units gives a unit records again that it has had.
//
// Topics go by their numbers: first the topology's, then "<input>.dlq" for each input (TopicTable).
//
// A unit's life: Assigned -> restore(), resume() -> fetch(), commit() … -> Revoking -> (its last
// commit) -> release(). Lost: it is somebody else's already; drop it. Done{Reload}: nobody knows
// whether the commit happened, or it did not; drop what is in memory, restore(), resume().
//
// Threads: work() by the committer's thread, wake() by any, all the rest by the runner's.
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "streams/broker/broker.h"
#include "streams/broker/unit_work.h"

namespace vitrine {

// A committed record of an input, borrowed until the next fetch().
struct Fetched {
  std::uint32_t topic = 0;  // its number in the topology
  std::uint32_t partition = 0;
  std::int64_t offset = 0;  // increasing within the partition, with gaps
  RecordView record;
};

// The rows of units that others own, as their commits leave them. Threads: one.
class RowFollower {
 public:
  virtual ~RowFollower() = default;
  // Rows behind that place(); empty: all there are. OutOfRange when there is no such place (any
  // more).
  virtual Result<void> add(Unit unit, BytesView after) = 0;
  virtual Result<void> drop(Unit unit) = 0;
  using Visitor = std::function<Result<void>(Unit unit, const RowView& row)>;
  // Those that are there, at most so many, and how many they were; waits when there are none.
  virtual Result<std::size_t> read(std::size_t rows_max, Duration at_most,
                                   const Visitor& visit) = 0;
  // All before have been visited: for UnitBroker::restore().
  virtual Bytes place(Unit unit) const = 0;
};

class UnitBroker {
 public:
  virtual ~UnitBroker() = default;

  // How many there are; what the topology says is only what we would have made.
  virtual std::uint32_t partitions(std::uint32_t topic) const = 0;
  // Into how many units the App is parted: a power of two. Unit k has the partitions p of inputs
  // with p mod units = k.
  virtual std::uint32_t units() const = 0;

  // What happened since the last call, in order. Never blocks.
  virtual std::vector<BrokerEvent> poll() = 0;

  // Every row of state the unit's commits have left, each once or more often, the last one counts.
  // Waits until no commit of an earlier owner can follow. `after`: those up to that place(), told
  // at any time before, may be left out; OutOfRange when there is no such place (any more).
  using RowVisitor = std::function<Result<void>(const RowView&)>;
  virtual Result<void> restore(Unit unit, BytesView after, const RowVisitor& visit) = 0;
  // Where its rows end, when none is on the way: all before are committed. Bytes of the broker's.
  virtual Result<Bytes> place(Unit unit) = 0;
  // For a process that stands by to own them. Any thread; the broker outlives it.
  virtual Result<std::unique_ptr<RowFollower>> follow_rows() {
    return fail(Code::Unsupported, "follow rows of state: this broker cannot");
  }
  // How far its commits consumed its own partitions of the inputs, in order; those never read are
  // not among them.
  virtual Result<std::vector<InputPosition>> committed(Unit unit) = 0;
  // From now on fetch() gives the unit's records from there on.
  virtual Result<void> resume(Unit unit, std::span<const InputPosition> from) = 0;

  // Records of resumed units that are there now; those of a partition in order. Never blocks. The
  // span and what it points to are the broker's until the next call.
  virtual Result<std::span<const Fetched>> fetch(std::size_t records_max) = 0;

  // Partitions that have been fetched to where they ended, since the last call; each once after a
  // resume(), and more often as it may be. Never blocks.
  virtual std::vector<InputPosition> ended() = 0;

  // Everything that was there has been fetched, of all resumed units; for runs that end.
  virtual bool at_end() const = 0;

  // Hands over one epoch of some units; the works stay as they are until the Done with this ticket.
  // One at a time.
  virtual Ticket commit(std::vector<const UnitWork*> works) = 0;
  // Does what blocks, for the commit on the way; false when there is none.
  virtual Result<bool> work() = 0;

  // The answer to Revoking, for all units that were asked for: nothing of them is on the way any
  // more.
  virtual Result<void> release(std::span<const Unit> units) = 0;

  // Until there may be something to fetch or poll, or wake() was called, or the time has passed.
  virtual void wait(Duration at_most) = 0;
  virtual void wake() = 0;
  // We are stopping: whoever waits for others that are away gives up. What is not committed then is
  // done again by the next life. Any thread.
  virtual void hurry() {}
};

}  // namespace vitrine
