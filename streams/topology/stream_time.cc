#include "streams/topology/stream_time.h"

#include <algorithm>

#include "base/metrics.h"

namespace vitrine {
namespace {

constexpr std::size_t kNoClock = static_cast<std::size_t>(-1);

std::string text_of(Duration duration) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(duration);
  if (minutes == duration) return std::to_string(minutes.count()) + " minutes";
  return std::to_string(duration.count()) + " ms";
}

}  // namespace

StreamTime::StreamTime(StoreSet* stores, const EventTime& rules,
                       const std::vector<std::string>& topics, std::vector<Hop> hops,
                       std::uint32_t level)
    : rules_(rules),
      topics_(topics),
      hops_(std::move(hops)),
      level_(level),
      floor_row_(level == 0 ? "" : std::to_string(level)) {
  std::erase_if(hops_, [level](const Hop& hop) { return hop.level > level; });
  if (stores == nullptr) return;
  store_ = &stores->keyed<std::string, Anchor>(kStore);
  topics_store_ = &stores->keyed<ScopedRow, Anchor>(kTopicsStore);
  place_ = stores->place();
  for (const std::string& topic : topics) {
    clock_of_.push_back(topic.empty() ? kNoClock : clocks_.size());
    if (topic.empty() || place_.units) continue;
    clocks_.push_back({topic, clock_of_.size() - 1, stores->place().number, {}, {}});
  }
  ours_ = clocks_.size();
}

void StreamTime::restored() {
  if (store_ == nullptr) return;
  if (const Anchor* kept = store_->find(floor_row_)) floor_ = *kept;
  clocks_.resize(ours_);
  if (place_.units) restore_units();
  for (Clock& clock : clocks_) {
    if (place_.units) break;
    if (const Anchor* kept = topics_store_->find({{}, clock.topic})) clock.read = *kept;
    if (clock.read) wall_ = std::max(wall_, clock.read->wall);
    if (place_.count == 1) clock.anchor = clock.read;
  }
  if (floor_) wall_ = std::max(wall_, floor_->wall);
  known_ = false;
}

bool StreamTime::idle(const Anchor& clock) const {
  return clock.wall != Time::min() && wall_ - clock.wall >= rules_.idle_after;
}

Time StreamTime::moved(const Anchor& clock) const {
  if (clock.wall == Time::min() || wall_ <= clock.wall) return clock.stream;
  return clock.stream + (wall_ - clock.wall);
}

std::optional<Time> StreamTime::least() const {
  std::optional<Time> least, furthest;
  for (const Clock& clock : clocks_) {
    if (holds_up(clock)) return {};
    if (!says(clock)) continue;
    const Time reached = moved(*clock.anchor);
    furthest = std::max(furthest.value_or(reached), reached);
    if (!idle(*clock.anchor)) least = std::min(least.value_or(reached), reached);
  }
  return least ? least : furthest;
}

void StreamTime::work_out_now() const {
  now_ = least();
  if (floor_) now_ = std::max(now_.value_or(floor_->stream), floor_->stream);
  known_ = true;
}

void StreamTime::write_floor(Time stream) {
  floor_ = Anchor{stream, wall_};
  known_ = false;
  store_->put(floor_row_, *floor_);
}

void StreamTime::on_record(std::size_t topic, std::uint32_t partition, Time timestamp) {
  const std::size_t number = clock_of_[topic];
  if (number == kNoClock) return;
  if (place_.units) {
    move_on(own_clock(topic, partition), timestamp);
  } else {
    move_on(clocks_[number], timestamp);
  }
}

void StreamTime::move_on(Clock& clock, Time timestamp) {
  const auto before = now();
  if (clock.awaited) known_ = clock.awaited = false;
  const Time reached = timestamp - rules_.out_of_order;
  const Anchor moved_on{clock.read ? std::max(clock.read->stream, reached) : reached, wall_};
  if (clock.read && clock.read->stream == moved_on.stream && clock.read->wall == moved_on.wall)
    return;  // as before
  clock.read = moved_on;
  topics_store_->put({{}, clock.topic}, moved_on);
  if (place_.count > 1 && !place_.units) return;
  clock.anchor = clock.read;
  known_ = false;
  hold_floor(before);
}

// The topic has spoken, and may have turned out to be behind what the wall made of it.
void StreamTime::hold_floor(std::optional<Time> before) {
  if (!before || (floor_ && floor_->stream >= *before)) return;
  const auto reached = least();
  if (!reached || *reached < *before) write_floor(*before);
}

void StreamTime::heard(std::span<const SourceClock> clocks) {
  if (store_ == nullptr || clocks.empty()) return;
  const auto before = now();
  for (const SourceClock& told : clocks) {
    auto clock = std::find_if(clocks_.begin(), clocks_.end(), [&](const Clock& one) {
      return one.shard == told.shard && one.number == told.topic;
    });
    if (clock == clocks_.end())
      clock = clocks_.insert(clock, {{}, told.topic, told.shard, {}, {}});
    clock->anchor = Anchor{told.stream, told.wall};
  }
  known_ = false;
  hold_floor(before);
}

std::vector<SourceClock> StreamTime::clocks() const {
  std::vector<SourceClock> out;
  for (std::size_t i = 0; i < ours_; ++i) {
    const Clock& clock = clocks_[i];
    if (!clock.read) continue;
    out.push_back({place_.number, clock.number, clock.read->stream, clock.read->wall});
  }
  return out;
}

void StreamTime::settle() {
  const auto reached = now();
  if (reached && (!floor_ || floor_->stream != *reached)) write_floor(*reached);
}

bool StreamTime::too_far_ahead(Time timestamp) const {
  return wall_ != Time::min() && timestamp > wall_ + rules_.max_ahead;
}

std::string StreamTime::refusal(const std::string& topic, Time timestamp) const {
  counter("vitrine_streams_ahead_records_total",
          "records refused because their timestamp was too far ahead of the wall clock", "topic",
          topic)
      .add();
  return "the timestamp " + std::to_string(millis_of(timestamp)) + " is more than " +
         text_of(rules_.max_ahead) + " ahead of the wall clock " + std::to_string(millis_of(wall_));
}

// All topics that hold stream time back must have reached the moment or fallen silent; and one at
// least must have reached it.
Time StreamTime::wall_of(Time event) const {
  if (floor_ && event <= floor_->stream) return floor_->wall;
  Time held = Time::min(), first = Time::max();
  for (const Clock& clock : clocks_) {
    if (holds_up(clock)) {
      if (awaiting_since_ == Time::min()) return Time::max();
      held = std::max(held, awaiting_since_ + rules_.idle_after);
    }
    if (!says(clock)) continue;
    const Anchor& at = *clock.anchor;
    if (at.wall == Time::min()) return Time::max();
    const Time reached = event <= at.stream ? at.wall : at.wall + (event - at.stream);
    first = std::min(first, reached);
    if (!idle(at)) held = std::max(held, std::min(reached, at.wall + rules_.idle_after));
  }
  return std::max(held, first);
}

}  // namespace vitrine
