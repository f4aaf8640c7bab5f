#include "streams/runtime/canonical_order.h"

#include <algorithm>
#include <utility>

namespace vitrine {

CanonicalOrder::CanonicalOrder(const TopicTable& topics) : first_lane_(topics.size()) {
  std::vector<TopicNumber> by_rank(topics.size());
  for (TopicNumber topic = 0; topic < topics.size(); ++topic) by_rank[topics.rank(topic)] = topic;
  std::uint32_t lanes = 0;
  for (const TopicNumber topic : by_rank) {
    first_lane_[topic] = lanes;
    lanes += topics.info(topic).partitions;
  }
  latest_.resize(lanes);
  next_.resize(lanes);
}

void CanonicalOrder::begin() {
  places_.clear();
  last_ = Time::min();
  rising_ = true;
}

void CanonicalOrder::begin_source(std::uint32_t source) {
  source_ = source;
  std::fill(latest_.begin(), latest_.end(), Time::min());
}

std::span<const CanonicalOrder::Place> CanonicalOrder::sorted() {
  if (!rising_) {
    std::sort(places_.begin(), places_.end());
    return places_;
  }
  scattered_.resize(places_.size());
  for (std::size_t begin = 0; begin < places_.size();) {
    std::size_t end = begin + 1;
    while (end < places_.size() && places_[end].timestamp == places_[begin].timestamp) ++end;
    sort_by_lane(begin, end);
    begin = end;
  }
  return scattered_;
}

// Of one timestamp, in the order of sources and indexes: those of a lane stay as they are.
void CanonicalOrder::sort_by_lane(std::size_t begin, std::size_t end) {
  const auto from = places_.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto to = places_.begin() + static_cast<std::ptrdiff_t>(end);
  if (end - begin <= next_.size() / 4) {  // too few to go over all lanes
    std::sort(from, to);
    std::copy(from, to, scattered_.begin() + static_cast<std::ptrdiff_t>(begin));
    return;
  }
  std::fill(next_.begin(), next_.end(), 0U);
  for (auto at = from; at != to; ++at) ++next_[at->lane];
  auto first = static_cast<std::uint32_t>(begin);
  for (std::uint32_t& next : next_) first += std::exchange(next, first);
  for (auto at = from; at != to; ++at) scattered_[next_[at->lane]++] = *at;
}

}  // namespace vitrine
