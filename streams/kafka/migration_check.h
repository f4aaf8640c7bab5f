#pragma once
// What of an embedded log stands on Kafka, by reading both: the same records, and where one is.
// Reads what is committed; waits for transactions that are open there. Threads: one.
//
// Memory: a digest for each partition; of a compacted topic that differs, a row for each key, at
// most kKeysMax.
#include <cstdint>
#include <string>
#include <vector>

#include "streams/kafka/migration_map.h"
#include "streams/kafka/settings.h"
#include "streams/log/journal.h"
#include "streams/topology/task.h"

namespace vitrine::kafka {

inline constexpr std::size_t kKeysMax = 4'000'000;

struct TopicThere {
  const KafkaSettings& settings;
  std::string name;  // as the brokers know it
};

struct Bounds {
  std::int64_t first = 0, end = 0;  // with the records of open transactions
};
Result<std::vector<Bounds>> bounds_of(const KafkaSettings& settings, const std::string& name,
                                      std::size_t partitions);

// As Java clients and a KafkaBroker choose it; an empty key is one like others.
std::uint32_t partition_there(BytesView key, std::uint32_t partitions);

struct Comparison {
  bool equal = false;
  std::uint64_t records = 0;  // compared, on each side
  std::uint64_t digest = 0;   // of all partitions
  std::string what;           // a sentence: what is equal, or what differs
};
// Records of the log up to `until` (not included) and all of the topic's, by partition in their
// order. Where records have left one side since (retention), those that both have are compared;
// where others were replaced (a compacted topic), the last one of each key.
Result<Comparison> compare_topic(const TopicThere& there, const Journal& log,
                                 const TopicInfo& topic, Position until);

// Where the records of the log from `position` on begin: an offset for each partition.
Result<std::vector<std::int64_t>> offsets_from(const TopicThere& there, const Journal& log,
                                               const std::string& topic, const MigrationMap& map,
                                               Position position);

}  // namespace vitrine::kafka
