// Stream time of a unit: a clock for each partition that is read, and for each unit that tells one
// in a partition of a hop.
#include <algorithm>

#include "streams/topology/stream_time.h"

namespace vitrine {

// A row's name: the topic, the partition, and of a hop the sender: "clicks/3", "app.x.by-key/3/0".
StreamTime::Clock& StreamTime::unit_clock(std::size_t topic, std::uint32_t partition,
                                          std::uint32_t sender) {
  for (Clock& clock : clocks_) {
    if (clock.number == topic && clock.partition == partition && clock.shard == sender)
      return clock;
  }
  Clock fresh;
  fresh.number = topic;
  fresh.partition = partition;
  fresh.shard = sender;
  fresh.topic = topics_[topic] + "/" + std::to_string(partition);
  for (const Hop& hop : hops_) {
    if (hop.topic != topic) continue;
    fresh.level = hop.level;
    fresh.topic = hop.name + "/" + std::to_string(partition) + "/" + std::to_string(sender);
  }
  if (const Anchor* kept = topics_store_->find({{}, fresh.topic}))
    fresh.read = fresh.anchor = *kept;
  clocks_.push_back(std::move(fresh));
  return clocks_.back();
}

// Those of partitions that are read come back when they are awaited.
void StreamTime::restore_units() {
  awaiting_since_ = Time::min();
  own_clocks_.assign(topics_.size(), {});
  topics_store_->for_each([&](const ScopedRow&, const Anchor& kept) {
    wall_ = std::max(wall_, kept.wall);
  });
}

void StreamTime::awaits(std::size_t topic, std::uint32_t partition) {
  known_ = false;
  if (topic < topics_.size() && !topics_[topic].empty())
    own_clock(topic, partition).awaited = true;
  for (const Hop& hop : hops_) {
    if (hop.topic != topic) continue;
    for (std::uint32_t sender = 0; sender < place_.count; ++sender) {
      Clock& clock = unit_clock(topic, partition, sender);
      clock.awaited = !clock.anchor;
    }
  }
}

// A hop's clocks are told in it; its end says nothing of units that have not begun.
bool StreamTime::at_end(std::size_t topic, std::uint32_t partition) {
  for (Clock& clock : clocks_) {
    if (clock.number != topic || clock.partition != partition || clock.level > 0) continue;
    if (!clock.awaited) continue;
    known_ = clock.awaited = false;
    return true;
  }
  return false;
}

void StreamTime::told(std::size_t topic, std::uint32_t partition, std::uint32_t sender,
                      const UnitClock& clock) {
  if (clock.level > level_) return;
  const auto before = now();
  Clock& known = unit_clock(topic, partition, sender);
  const Anchor said{clock.stream, clock.wall};
  known.awaited = false;
  if (!known.anchor || known.anchor->stream != said.stream || known.anchor->wall != said.wall)
    topics_store_->put({{}, known.topic}, said);
  known.anchor = said;
  known_ = false;
  hold_floor(before);
}

// The clock that is behind, as it is: whoever hears of it moves it on by his own wall. Nothing
// while we do not know which it is.
std::optional<UnitClock> StreamTime::tells() const {
  if (store_ == nullptr) return {};
  std::optional<Anchor> least, furthest;
  for (const Clock& clock : clocks_) {
    if (holds_up(clock)) return {};
    if (!says(clock)) continue;
    const Anchor& at = *clock.anchor;
    if (!furthest || moved(*furthest) < moved(at)) furthest = at;
    if (!idle(at) && (!least || moved(at) < moved(*least))) least = at;
  }
  UnitClock out;
  out.level = level_ + 1;
  const auto& said = least ? least : furthest;
  if (said) out.stream = said->stream, out.wall = said->wall;
  return out;
}

}  // namespace vitrine
