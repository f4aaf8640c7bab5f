#pragma once
// Deliveries: an epoch at least once. Its records are seen as they arrive; when the brokers have
// all of them, its offsets are committed. What was in the middle is done again by the next life.
#include <functional>
#include <string>

#include "streams/kafka/producing.h"

namespace vitrine::kafka {

class Deliveries final : public Producing {
 public:
  // `commit_offsets` tells the group, and waits for its answer.
  using CommitOffsets = std::function<rd_kafka_resp_err_t(rd_kafka_topic_partition_list_t&)>;
  Deliveries(KafkaSettings settings, std::string name, CommitOffsets commit_offsets);

  Result<void> open() override;
  Ended begin() override { return Ended::Well; }
  Ended send_offsets(const rd_kafka_topic_partition_list_t* offsets,
                     const rd_kafka_consumer_group_metadata_t* group) override;
  Ended commit() override;

 private:
  bool all_delivered();

  const CommitOffsets commit_offsets_;
  Partitions offsets_;  // of this epoch
};

}  // namespace vitrine::kafka
