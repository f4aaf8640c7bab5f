#pragma once
// All topics an engine knows, by number: first those of the topology (the Task's numbers), then
// dead-letter topics, then topics that are only appended. Immutable after construction; any thread.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "streams/topology/task.h"

namespace vitrine {

using TopicNumber = std::uint32_t;

class TopicTable {
 public:
  static constexpr TopicNumber kNone = 0xffffffffU;

  TopicTable(const Topology& topology, std::span<const std::string> extra);

  TopicNumber find(std::string_view name) const;
  const TopicInfo& info(TopicNumber topic) const { return topics_[topic].info; }
  bool is_input(TopicNumber topic) const { return topics_[topic].input; }
  bool is_everywhere(TopicNumber topic) const { return topics_[topic].everywhere; }
  TopicNumber dead_letters_of(TopicNumber topic) const { return topics_[topic].dead_letters; }
  std::uint32_t rank(TopicNumber topic) const { return topics_[topic].rank; }  // by name
  std::uint32_t partition_of(TopicNumber topic, BytesView key) const {
    return virtual_partition(key) & (topics_[topic].info.partitions - 1);
  }
  std::size_t size() const { return topics_.size(); }
  std::uint32_t fewest_partitions() const;  // of topics that are read
  const std::vector<std::string>& inputs() const { return inputs_; }  // names

 private:
  struct Known {
    TopicInfo info;
    bool input = false;
    bool everywhere = false;  // each of several shards reads all of its partitions
    TopicNumber dead_letters = kNone;
    std::uint32_t rank = 0;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>{}(name);
    }
  };
  TopicNumber add(TopicInfo info);

  std::vector<Known> topics_;
  std::vector<std::string> inputs_;
  std::unordered_map<std::string, TopicNumber, Hash, std::equal_to<>> by_name_;
};

}  // namespace vitrine
