#pragma once
// KafkaMigration: copies topics of an embedded log to Kafka, each record once, in the order it has
// there by partition and so by key; key, value, time and correlation as a KafkaBroker writes them.
//
// A batch is one transaction, together with the topic's row in "vitrine.migration" (compacted):
// how far the log is copied, and where it went (migration_map.h). Whoever comes after a kill reads
// the row and goes on there. One migration at a time: the transactional id of all of them is one.
//
// Memory: a batch, and the maps. Threads: one.
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "streams/broker/unit_work.h"
#include "streams/kafka/admin.h"
#include "streams/kafka/migration_map.h"
#include "streams/kafka/settings.h"
#include "streams/kafka/transactions.h"
#include "streams/log/journal.h"
#include "streams/topology/task.h"

namespace vitrine {

struct MigrationOptions {
  KafkaSettings settings;
  std::string as;  // stands before the names over there, behind the settings' own prefix
  std::size_t batch_records = 50'000;
  ByteCount batch_bytes = 8U << 20U;
};

// The maps by topic, as the log names them, of what was copied under these names; NotFound where
// nothing was.
Result<std::map<std::string, kafka::MigrationMap>> read_migration_maps(
    const KafkaSettings& settings, const std::string& as);

class KafkaMigration {
 public:
  struct Copied {
    std::uint64_t now = 0;
    std::uint64_t in_all = 0;
    Position up_to;        // not included
    bool expired = false;  // some had left the log before they could be copied
  };

  // Ends what an earlier one left open.
  static Result<std::unique_ptr<KafkaMigration>> open(MigrationOptions options);
  // All that is committed in the log. The topic is made where it is missing; Conflict where it
  // holds what no migration from this log wrote.
  Result<Copied> copy(const Journal& log, const TopicInfo& topic);

 private:
  struct Target {
    std::string name;  // as the brokers know it
    std::size_t number = 0;
    bool compacted = false;
  };

  KafkaMigration(MigrationOptions options, kafka::Admin admin);
  Result<void> begin();
  Result<Target> prepare(const Journal& log, const TopicInfo& topic);
  Result<void> check_ours(const std::string& name, const kafka::MigrationMap& map) const;
  Result<Position> take(const Journal& log, const TopicInfo& topic, Position from, bool& expired);
  Result<void> write(const Target& target, const std::string& topic, Position next);
  kafka::Ended carry_out(const Target& target, const std::string& topic,
                         kafka::MigrationMap& map);
  kafka::Ended produce(const Target& target);
  std::string there(const std::string& topic) const {
    return options_.settings.prefix + options_.as + topic;
  }

  const MigrationOptions options_;
  const std::string maps_topic_;
  kafka::Admin admin_;
  kafka::Transactions transactions_;
  std::size_t maps_number_ = 0;
  std::map<std::string, std::size_t> numbers_;  // of topics, for the producer
  std::map<std::string, kafka::MigrationMap> maps_;
  // One batch.
  WorkRecords records_;
  std::vector<Position> positions_;
  std::vector<std::int64_t> offsets_;  // told when the records are there
};

}  // namespace vitrine
