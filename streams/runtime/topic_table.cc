#include "streams/runtime/topic_table.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "base/result.h"
#include "streams/topology/dead_letter.h"

namespace vitrine {

TopicTable::TopicTable(const Topology& topology, std::span<const std::string> extra) {
  for (const TopicInfo& info : topology.topics()) VT_CHECK(add(info) + 1 == topics_.size());
  for (const std::size_t input : topology.inputs()) {
    inputs_.push_back(topics_[input].info.name);
    topics_[input].input = true;
    const TopicInfo dead{
        dead_letter_topic(inputs_.back()), topics_[input].info.partitions, true, {}, {}};
    const TopicNumber dead_letters = add(dead);
    topics_[input].dead_letters = dead_letters;
  }
  for (const std::size_t topic : topology.everywhere()) topics_[topic].everywhere = true;
  for (const std::string& name : extra) add({name, 8, true, {}, {}});

  std::vector<TopicNumber> by_rank(topics_.size());
  std::iota(by_rank.begin(), by_rank.end(), 0U);
  const auto name_of = [&](TopicNumber topic) -> const std::string& {
    return topics_[topic].info.name;
  };
  std::sort(by_rank.begin(), by_rank.end(),
            [&](auto a, auto b) { return name_of(a) < name_of(b); });
  for (std::uint32_t rank = 0; rank < by_rank.size(); ++rank) topics_[by_rank[rank]].rank = rank;
}

TopicNumber TopicTable::add(TopicInfo info) {
  VT_CHECK_MSG(std::has_single_bit(info.partitions),
               "topic " + info.name + ": partitions must be a power of two");
  const auto [at, fresh] =
      by_name_.try_emplace(info.name, static_cast<TopicNumber>(topics_.size()));
  if (fresh) topics_.push_back({std::move(info), false, false, kNone, 0});
  return at->second;
}

std::uint32_t TopicTable::fewest_partitions() const {
  std::uint32_t fewest = kVirtualPartitions;
  for (const Known& topic : topics_) {
    if (topic.input) fewest = std::min(fewest, topic.info.partitions);
  }
  return fewest;
}

TopicNumber TopicTable::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? kNone : found->second;
}

}  // namespace vitrine
