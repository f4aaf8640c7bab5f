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
  constexpr std::size_t kClosedMax = 64;
  const Epoch next{closed.value() + 1};
  auto clocks = task_->clocks();
  team_.links.post(number_, closed, team_.numbering.block_of(next, number_), clocks);
  if (clocks == own_told_) return;
  own_told_ = clocks;
  own_clocks_.push_back({closed, std::move(clocks)});
  // Somebody is far behind: the older ones can be left out, time then moves in longer steps.
  if (own_clocks_.size() > kClosedMax) own_clocks_.pop_front();
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
  }
  hear(step);
}

// Our own clocks count when everybody's records of that epoch are here, as theirs do.
bool Shard::own_clocks_due() const {
  return !own_clocks_.empty() && own_clocks_.front().epoch <= inbox_.told();
}

void Shard::hear(Step& step) {
  std::vector<SourceClock> clocks;
  inbox_.hear(epoch(), clocks);
  ClosedClocks own;
  for (; own_clocks_due(); own_clocks_.pop_front()) own = std::move(own_clocks_.front());
  clocks.insert(clocks.end(), own.clocks.begin(), own.clocks.end());
  if (clocks.empty()) return;
  for (const SourceClock& clock : clocks)
    step.heard.push_back({clock.shard, topics_.info(static_cast<TopicNumber>(clock.topic)).name,
                          clock.stream, clock.wall});
  stores_.begin_record();
  emitted_.records.clear();
  task_->on_clocks(clocks, emitted_);
  append_emitted();
}

bool Shard::caught_up() const {
  return !carrying() && next_hops_.size() == 0 && (alone() || inbox_.restored());
}

// What was remembered is as of the last epoch that we closed. When nothing was worked on since,
// all before the next record that others may have for us is done with: in a log at rest nothing is
// held.
Position Shard::needs_from(bool all_committed) {
  if (!alone() && all_committed && !has_work()) {
    inbox_.look_for_mail(epoch());
    inbox_from_ = inbox_from();
  }
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
