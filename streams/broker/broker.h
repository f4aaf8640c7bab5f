#pragma once
// Broker: where a runtime's records come from and its commits go to. Commit-shaped, not "a producer
// with transactions": the runtime hands over everything one epoch did, and learns later whether it
// became durable.
//
// A unit is what commits together: embedded, all of one App (unit 0); on Kafka, a task and hop. A
// generation is one assignment of a unit to us: commits of an older one are Fenced. Speculation
// (computing epoch e+1 while e is on the way) lives above this interface; operators never ask which
// broker it is.
//
// Threads: poll() and commit() by the shard; work() by the committer's thread, beside them;
// fetch(), committed() and restore() by anyone.
//
// Kafka's part, not needed by the embedded broker and so not here yet: append() outside of any unit
// (gateways there produce themselves), pausing partitions, lag. Revoking, Lost, Reload and Fenced
// come from Kafka only; the runtime's answer to Reload is to drop speculative state, ask
// committed(), restore() and go on.
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/env.h"
#include "streams/log/journal.h"
#include "streams/topology/task.h"

namespace vitrine {

using Unit = Id<struct UnitTag, std::uint32_t>;
using Generation = Id<struct GenerationTag, std::uint64_t>;
using Ticket = Id<struct TicketTag, std::uint64_t>;

enum class Outcome {
  Committed,  // durable
  Again,      // nothing of it happened; the same work may be handed in again
  Reload,     // unknown: ask committed()
  Fenced      // somebody else owns the unit now
};

struct BrokerEvent {
  enum class Kind { Assigned, Revoking, Lost, Done };
  Kind kind = Kind::Assigned;
  Unit unit;
  Generation generation;
  Ticket ticket;                         // Done only
  Outcome outcome = Outcome::Committed;  // Done only
};

// How far a unit is committed.
struct CommittedPoint {
  Epoch epoch;
  Position next;  // the first record of the next commit gets this position or a later one
};

class Broker {
 public:
  virtual ~Broker() = default;

  // Makes the topic known; fine when it is already. Conflict when it exists with other partitions.
  virtual Result<void> ensure(const TopicInfo& topic) = 0;

  // What happened since the last call, in order. Never blocks.
  virtual std::vector<BrokerEvent> poll() = 0;

  // Committed records; see Journal::read.
  virtual Result<Journal::Batch> fetch(std::span<const std::string> topics, Position from,
                                       std::size_t records_max, ByteCount bytes_max) const = 0;

  // Hands over one epoch: steps, records and deltas, collected in a Group. At most one commit of a
  // unit may be on the way. Answered by a Done event with this ticket.
  virtual Ticket commit(Unit unit, Generation generation, Group&& group) = 0;

  // Does what blocks, for the commit on the way; false when there is none. StorageFull leaves it on
  // the way: call again when there may be space.
  virtual Result<bool> work() = 0;

  virtual CommittedPoint committed(Unit unit) const = 0;

  // State changes and steps of all commits after `after`, in order. OutOfRange when state changes
  // of some of them are gone.
  virtual Result<void> restore(Unit unit, Epoch after,
                               const Journal::GroupVisitor& visit) const = 0;
};

// The embedded log as a broker: one unit, assigned once and for ever; outcomes are always
// Committed, because a journal that does not know ends the process.
class EmbeddedBroker final : public Broker {
 public:
  static constexpr Unit kUnit{0};
  static constexpr Generation kGeneration{1};

  static Result<std::unique_ptr<EmbeddedBroker>> open(Env& env, const std::string& folder,
                                                      JournalOptions options);

  Result<void> ensure(const TopicInfo& topic) override;
  std::vector<BrokerEvent> poll() override;
  Result<Journal::Batch> fetch(std::span<const std::string> topics, Position from,
                               std::size_t records_max, ByteCount bytes_max) const override;
  Ticket commit(Unit unit, Generation generation, Group&& group) override;
  Result<bool> work() override;
  CommittedPoint committed(Unit unit) const override;
  Result<void> restore(Unit unit, Epoch after, const Journal::GroupVisitor& visit) const override;

  // What was committed since it was opened, by name. Any thread.
  struct Totals {
    std::map<std::string, std::uint64_t> records, changes;  // by topic, by state
  };
  Totals totals() const;

  const Journal& journal() const { return *journal_; }
  Journal& journal() { return *journal_; }

 private:
  explicit EmbeddedBroker(std::unique_ptr<Journal> journal);

  std::unique_ptr<Journal> journal_;
  std::vector<TopicInfo> topics_;      // set before work begins
  mutable std::mutex mutex_;           // guards the rest
  std::unique_ptr<Group> on_the_way_;  // taken out by work() only when it is committed
  Ticket ticket_;
  std::vector<BrokerEvent> events_;
  Totals totals_;
};

}  // namespace vitrine
