// Shard as one of several: what goes to the others and what comes from them.
#include <algorithm>
#include <utility>

#include "streams/runtime/shard.h"

namespace vitrine {

Group Shard::group_of(Epoch epoch, Position next) const {
  const Numbering& numbering = team_.numbering;
  if (numbering.dense()) return Group(epoch, next);
  return {epoch, numbering.base_of(epoch), numbering.block_of(epoch, number_)};
}

// An epoch's block of positions is used up, or its next record could do so. An input also counts
// when it wrote nothing.
bool Shard::epoch_has_enough() const {
  const Position begin = team_.numbering.block_of(group_.epoch(), number_);
  return inputs_ >= bounds_.epoch_records_max ||
         group_.next_position().value() - begin.value() >= Numbering::kBlock / 2;
}

void Shard::check_number(Position position) const {
  VT_CHECK_MSG(
      position < team_.numbering.block_of(group_.epoch(), number_ + 1),
      "one record or timer wrote more than an epoch of several shards can number; write less");
}

void Shard::deliver(TopicNumber topic, std::uint32_t partition, Position position,
                    const RecordView& record) {
  if (!alone()) {
    if (topics_.is_everywhere(topic)) {
      send_to_others(topic, partition, position, record);
    } else if (const std::uint32_t owner = partition & (team_.links.shards() - 1);
               owner != number_) {
      return send(owner, topic, partition, position, record);
    }
  }
  next_hops_.add(topic, partition, position, record);
}

void Shard::send(std::uint32_t to, TopicNumber topic, std::uint32_t partition, Position position,
                 const RecordView& record) {
  team_.links.ring(number_, to).send(group_.epoch(), position, topic, partition, record);
  sent_to_ |= std::uint64_t{1} << to;
}

void Shard::send_to_others(TopicNumber topic, std::uint32_t partition, Position position,
                           const RecordView& record) {
  for (std::uint32_t to = 0; to < team_.links.shards(); ++to) {
    if (to != number_) send(to, topic, partition, position, record);
  }
}

void Shard::tell_others(Epoch closed) {
  const Epoch next{closed.value() + 1};
  team_.links.post(number_, closed, team_.numbering.block_of(next, number_), task_->clocks());
}

// By the sender's number, each in its own order.
void Shard::receive(Step& step) {
  for (std::uint32_t from = 0; from < team_.links.shards(); ++from) {
    if (from == number_) continue;
    ReceivedRange range{from, {}, {}, 0};
    while (!full() && !carrying()) {
      const auto one = inbox_.peek(from, epoch());
      if (!one) break;
      feed(one->topic, one->partition, one->position, one->record);
      if (range.records++ == 0) range.first = one->position;
      range.last = one->position;
      ++inputs_;
      inbox_.done(from, one->position);
    }
    if (range.records > 0) step.received.push_back(range);
    hear(from, step);
  }
}

void Shard::hear(std::uint32_t from, Step& step) {
  const auto* clocks = inbox_.clocks(from, epoch());
  if (clocks == nullptr) return;
  for (const SourceClock& clock : *clocks)
    step.heard.push_back({from, topics_.info(static_cast<TopicNumber>(clock.topic)).name,
                          clock.stream, clock.wall});
  stores_.begin_record();
  emitted_.records.clear();
  task_->on_clocks(from, *clocks, emitted_);
  append_emitted();
}

bool Shard::caught_up() const {
  return !carrying() && next_hops_.size() == 0 && (alone() || inbox_.restored());
}

Position Shard::needs_from() const {
  if (inbox_from_ == Position{}) return carried_from_;
  return carried_from_ == Position{} ? inbox_from_ : std::min(carried_from_, inbox_from_);
}

// The least of where the others' records are worked on from.
Position Shard::inbox_from() const {
  Position first;
  for (std::uint32_t from = 0; from < team_.links.shards(); ++from) {
    if (from == number_) continue;
    const Position next = inbox_.next(from);
    if (first == Position{} || next < first) first = next;
  }
  return first;
}

}  // namespace vitrine
