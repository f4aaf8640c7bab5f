#include <algorithm>
#include <utility>

#include "streams/broker/broker.h"

namespace vitrine {

Result<std::unique_ptr<EmbeddedBroker>> EmbeddedBroker::open(Env& env, const std::string& folder,
                                                             JournalOptions options) {
  VT_TRY(auto journal, Journal::open(env, folder, std::move(options)));
  return std::unique_ptr<EmbeddedBroker>(new EmbeddedBroker(std::move(journal)));
}

EmbeddedBroker::EmbeddedBroker(std::unique_ptr<Journal> journal) : journal_(std::move(journal)) {
  events_.push_back({BrokerEvent::Kind::Assigned, kUnit, kGeneration, {}, {}});
}

Result<void> EmbeddedBroker::ensure(const TopicInfo& topic) {
  const auto same_name = [&](const TopicInfo& known) { return known.name == topic.name; };
  const auto known = std::find_if(topics_.begin(), topics_.end(), same_name);
  if (known == topics_.end()) {
    topics_.push_back(topic);
  } else if (known->partitions != topic.partitions) {
    return fail(Code::Conflict,
                "topic " + topic.name + " has " + std::to_string(known->partitions) +
                    " partitions and was asked for with " + std::to_string(topic.partitions));
  }
  return {};
}

std::vector<BrokerEvent> EmbeddedBroker::poll() {
  const std::lock_guard lock(mutex_);
  return std::exchange(events_, {});
}

Result<Journal::Batch> EmbeddedBroker::fetch(std::span<const std::string> topics, Position from,
                                             std::size_t records_max, ByteCount bytes_max) const {
  return journal_->read(topics, from, records_max, bytes_max);
}

Ticket EmbeddedBroker::commit(Unit unit, Generation generation, Group&& group) {
  VT_CHECK(unit == kUnit && generation == kGeneration);
  const std::lock_guard lock(mutex_);
  VT_CHECK_MSG(on_the_way_ == nullptr, "one commit on the way at a time");
  on_the_way_ = std::make_unique<Group>(std::move(group));
  ticket_ = Ticket{ticket_.value() + 1};
  return ticket_;
}

Result<bool> EmbeddedBroker::work() {
  Group* group = nullptr;
  {
    const std::lock_guard lock(mutex_);
    group = on_the_way_.get();
  }
  if (group == nullptr) return false;
  const Group::Contents contents = group->contents();
  VT_TRY_VOID(journal_->commit(std::move(*group)));  // untouched after an Error
  const std::lock_guard lock(mutex_);
  for (const auto& [topic, records] : contents.records) totals_.records[topic] += records;
  for (const auto& [state, changes] : contents.changes) totals_.changes[state] += changes;
  on_the_way_.reset();
  events_.push_back({BrokerEvent::Kind::Done, kUnit, kGeneration, ticket_, Outcome::Committed});
  return true;
}

EmbeddedBroker::Totals EmbeddedBroker::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

CommittedPoint EmbeddedBroker::committed(Unit unit) const {
  VT_CHECK(unit == kUnit);
  return {journal_->committed_epoch(), journal_->committed_end()};
}

Result<void> EmbeddedBroker::restore(Unit unit, Epoch after,
                                     const Journal::GroupVisitor& visit) const {
  VT_CHECK(unit == kUnit);
  if (after < journal_->retired()) {
    return fail(Code::OutOfRange,
                "restore state from epoch " + std::to_string(after.value()) +
                    ": the journal holds state changes after epoch " +
                    std::to_string(journal_->retired().value()) +
                    " only; bring back the state folder from a backup or a savepoint");
  }
  return journal_->replay(after, visit);
}

}  // namespace vitrine
