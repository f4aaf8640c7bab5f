#include "streams/broker/faulty_broker.h"

#include <algorithm>
#include <utility>

namespace vitrine {

std::uint64_t FaultyBroker::draw() {
  random_ ^= random_ << 13U;
  random_ ^= random_ >> 7U;
  random_ ^= random_ << 17U;
  return random_;
}

bool FaultyBroker::chance(unsigned of_thousand) {
  if (draw() % 1'000 >= of_thousand) return false;
  ++injected_;
  return true;
}

// One unit is asked back or gone.
void FaultyBroker::take_away(std::vector<BrokerEvent>& events) {
  if (ours_.empty() || !asked_back_.empty()) return;
  const bool lost = chance(faults_.lost);
  if (!lost && !chance(faults_.revoked)) return;
  const std::size_t which = draw() % ours_.size();
  const Unit unit = ours_[which];
  const auto kind = lost ? BrokerEvent::Kind::Lost : BrokerEvent::Kind::Revoking;
  events.push_back({kind, unit, Generation{generation_}, {}, {}});
  ours_.erase(ours_.begin() + static_cast<std::ptrdiff_t>(which));
  (lost ? away_ : asked_back_).push_back(unit);
}

std::vector<BrokerEvent> FaultyBroker::poll() {
  std::vector<BrokerEvent> out = std::exchange(own_, {});
  for (BrokerEvent event : behind_.poll()) {
    if (event.kind == BrokerEvent::Kind::Assigned) ours_.push_back(event.unit);
    if (event.kind == BrokerEvent::Kind::Lost) {
      std::erase(ours_, event.unit);
      std::erase(asked_back_, event.unit);
    }
    if (event.kind == BrokerEvent::Kind::Done) {
      event.ticket = ticket_;
      in_flight_ = false;
      if (event.outcome == Outcome::Committed) event.outcome = std::exchange(hides_, event.outcome);
    }
    out.push_back(event);
  }
  // Nobody is assigned a unit while an earlier owner's commit may still happen.
  for (const Unit unit : in_flight_ ? std::vector<Unit>{} : std::exchange(away_, {})) {
    out.push_back({BrokerEvent::Kind::Assigned, unit, Generation{++generation_}, {}, {}});
    ours_.push_back(unit);
  }
  take_away(out);
  return out;
}

Ticket FaultyBroker::commit(std::vector<const UnitWork*> works) {
  ticket_ = Ticket{ticket_.value() + 1};
  const bool fenced = chance(faults_.fenced), again = chance(faults_.again);
  if (fenced || again || chance(faults_.refused)) {
    held_ = std::move(works);
    answer_ = fenced ? Outcome::Fenced : again ? Outcome::Again : Outcome::Reload;
  } else {
    if (chance(faults_.unanswered)) hides_ = Outcome::Reload;
    behind_.commit(std::move(works));
    in_flight_ = true;
  }
  return ticket_;
}

Result<bool> FaultyBroker::work() {
  if (held_.empty()) return behind_.work();
  for (const UnitWork* work : held_) {
    if (answer_ != Outcome::Fenced) continue;
    // Whoever is refused for good learns that the unit is gone.
    own_.push_back({BrokerEvent::Kind::Lost, work->unit, work->generation, {}, {}});
    std::erase(ours_, work->unit);
    std::erase(asked_back_, work->unit);
    away_.push_back(work->unit);
  }
  const UnitWork& first = *held_.front();
  own_.insert(own_.begin(),
              {BrokerEvent::Kind::Done, first.unit, first.generation, ticket_, answer_});
  held_.clear();
  behind_.wake();
  return true;
}

Result<void> FaultyBroker::release(std::span<const Unit> units) {
  VT_TRY_VOID(behind_.release(units));
  for (const Unit unit : units) {
    if (std::erase(asked_back_, unit) > 0) away_.push_back(unit);
  }
  behind_.wake();
  return {};
}

}  // namespace vitrine
