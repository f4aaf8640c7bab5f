#pragma once
// FaultyBroker: stands before another UnitBroker and does to a runner what Kafka can do to it: a
// commit that is refused, one that happened and was not answered, a unit that is asked back in the
// middle of an epoch, one that is lost, a commit that comes too late. For tests; the same seed does
// the same.
//
// A unit that was taken away comes back with the next poll(): as if it had been elsewhere and had
// done nothing there. Threads: as the one behind it.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "streams/broker/unit_broker.h"

namespace vitrine {

struct Faults {
  // Each in 1,000 commits (the first four) or polls.
  unsigned again = 0, refused = 0, unanswered = 0, fenced = 0;
  unsigned revoked = 0, lost = 0;
};

class FaultyBroker final : public UnitBroker {
 public:
  FaultyBroker(UnitBroker& behind, Faults faults, std::uint64_t seed)
      : behind_(behind), faults_(faults), random_(seed * 2 + 1) {}

  std::uint32_t partitions(std::uint32_t topic) const override {
    return behind_.partitions(topic);
  }
  std::uint32_t units() const override { return behind_.units(); }
  std::vector<BrokerEvent> poll() override;
  Result<void> restore(Unit unit, BytesView after, const RowVisitor& visit) override {
    return behind_.restore(unit, after, visit);
  }
  Result<Bytes> place(Unit unit) override { return behind_.place(unit); }
  Result<std::unique_ptr<RowFollower>> follow_rows() override { return behind_.follow_rows(); }
  Result<std::vector<InputPosition>> committed(Unit unit) override {
    return behind_.committed(unit);
  }
  Result<void> resume(Unit unit, std::span<const InputPosition> from) override {
    return behind_.resume(unit, from);
  }
  Result<std::span<const Fetched>> fetch(std::size_t records_max) override {
    return behind_.fetch(records_max);
  }
  std::vector<InputPosition> ended() override { return behind_.ended(); }
  bool at_end() const override {
    return away_.empty() && asked_back_.empty() && behind_.at_end();
  }
  Ticket commit(std::vector<const UnitWork*> works) override;
  Result<bool> work() override;
  Result<void> release(std::span<const Unit> units) override;
  void wait(Duration at_most) override { behind_.wait(at_most); }
  void wake() override { behind_.wake(); }
  void hurry() override { behind_.hurry(); }

  std::uint64_t injected() const { return injected_; }

 private:
  bool chance(unsigned of_thousand);
  std::uint64_t draw();
  void take_away(std::vector<BrokerEvent>& events);

  UnitBroker& behind_;
  const Faults faults_;
  std::uint64_t random_;
  std::uint64_t injected_ = 0;
  std::uint64_t generation_ = 1'000'000;
  std::vector<BrokerEvent> own_;
  std::vector<Unit> ours_;  // assigned and not taken away
  std::vector<Unit> away_;  // come back with the next poll()
  std::vector<Unit> asked_back_;
  bool in_flight_ = false;   // behind
  std::vector<const UnitWork*> held_;  // a commit that never reaches the one behind
  Outcome answer_ = Outcome::Committed;
  Outcome hides_ = Outcome::Committed;  // what is told instead of Committed
  Ticket ticket_;                       // ours
};

}  // namespace vitrine
