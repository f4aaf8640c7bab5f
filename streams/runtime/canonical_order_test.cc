// Counting must give what sorting gives.
#include "streams/runtime/canonical_order.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <tuple>

#include "streams/runtime/engine_test_kit.h"

using namespace vitrine;

namespace {

struct Added {
  Time timestamp;
  std::uint32_t source, index;
  TopicNumber topic;
  std::uint32_t partition;
};

// (timestamp, topic by name, partition, position), each partition's timestamps made to rise.
std::vector<std::pair<std::uint32_t, std::uint32_t>> sorted_plainly(const TopicTable& topics,
                                                                    std::vector<Added> all) {
  std::map<std::tuple<std::uint32_t, TopicNumber, std::uint32_t>, Time> latest;
  for (Added& one : all) {
    Time& its = latest.try_emplace({one.source, one.topic, one.partition}, one.timestamp)
                    .first->second;
    one.timestamp = its = std::max(its, one.timestamp);
  }
  std::sort(all.begin(), all.end(), [&](const Added& a, const Added& b) {
    return std::tuple(a.timestamp, topics.info(a.topic).name, a.partition, a.source, a.index) <
           std::tuple(b.timestamp, topics.info(b.topic).name, b.partition, b.source, b.index);
  });
  std::vector<std::pair<std::uint32_t, std::uint32_t>> out;
  for (const Added& one : all) out.emplace_back(one.source, one.index);
  return out;
}

}  // namespace

TEST_CASE("inputs are put in order of timestamp, topic, partition, position, however they come") {
  const test::CountTopology topology;
  const std::vector<std::string> extra{"zebra", "apple"};
  const TopicTable topics(topology, extra);
  CanonicalOrder order(topics);
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const std::uint64_t sources = 1 + random() % 3;
    const bool rising = random() % 2 == 0;  // as server time does
    std::vector<Added> all;
    order.begin();
    for (std::uint32_t source = 0; source < sources; ++source) {
      order.begin_source(source);
      std::int64_t millis = 1'000;
      const std::size_t count = random() % 400;
      for (std::uint32_t i = 0; i < count; ++i) {
        millis = rising ? millis + static_cast<std::int64_t>(random() % 100 == 0)
                        : static_cast<std::int64_t>(random() % 9);
        const auto topic = static_cast<TopicNumber>(random() % topics.size());
        const auto partition = static_cast<std::uint32_t>(random() % 8);
        all.push_back({time_of_millis(millis), source, 2 * i, topic, partition});
        order.add(2 * i, topic, partition, all.back().timestamp);
      }
    }
    std::vector<std::pair<std::uint32_t, std::uint32_t>> out;
    for (const auto& place : order.sorted()) out.emplace_back(place.source, place.index);
    CHECK(out == sorted_plainly(topics, all));
  }
}
