#pragma once
// CanonicalOrder: the order in which the inputs of a step are worked on, whatever came first:
// (timestamp, topic by name, partition, position). A record's timestamp counts at least as much as
// that of the one before it in its partition, so that a partition keeps its order.
//
// Threads: one. What comes from outside has server time, which does not run backwards: then only
// those of one millisecond have to be put in order, and that by counting.
#include <cstdint>
#include <span>
#include <vector>

#include "streams/runtime/topic_table.h"

namespace vitrine {

class CanonicalOrder {
 public:
  struct Place {
    Time timestamp;
    std::uint32_t lane;    // topic and partition, in their order
    std::uint32_t source;  // as the caller counts them
    std::uint32_t index;   // within the source
    auto operator<=>(const Place&) const = default;
  };

  explicit CanonicalOrder(const TopicTable& topics);

  void begin();
  // What is added from here on is of `source`; sources and indexes rise.
  void begin_source(std::uint32_t source);
  void add(std::uint32_t index, TopicNumber topic, std::uint32_t partition, Time timestamp) {
    const std::uint32_t lane = lane_of(topic, partition);
    Time& latest = latest_[lane];
    if (latest < timestamp) latest = timestamp;
    rising_ &= latest >= last_;
    last_ = latest;
    places_.push_back({latest, lane, source_, index});
  }
  std::span<const Place> sorted();

  std::uint32_t lanes() const { return static_cast<std::uint32_t>(latest_.size()); }
  std::uint32_t lane_of(TopicNumber topic, std::uint32_t partition) const {
    return first_lane_[topic] + partition;
  }

 private:
  void sort_by_lane(std::size_t begin, std::size_t end);

  std::vector<std::uint32_t> first_lane_;  // by topic
  std::vector<Time> latest_;               // by lane
  std::vector<Place> places_, scattered_;
  std::vector<std::uint32_t> next_;  // by lane
  std::uint32_t source_ = 0;
  Time last_{};
  bool rising_ = true;
};

}  // namespace vitrine
