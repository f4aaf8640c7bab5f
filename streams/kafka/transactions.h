#pragma once
// Transactions: an epoch as one transaction; its records are seen by read_committed readers as a
// whole or never.
//
// What it cannot know becomes Outcome::Reload, and a producer that is made anew: its
// init_transactions ends whatever was left open.
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "streams/kafka/producing.h"

namespace vitrine::kafka {

class Transactions final : public Producing {
 public:
  // `group`: where offsets are going to be sent, for sentences.
  Transactions(KafkaSettings settings, std::string transactional_id, std::string group = {});

  // Ends what an earlier one with our id left open, and shuts it out.
  Result<void> open() override;
  Ended begin() override;
  Ended send_offsets(const rd_kafka_topic_partition_list_t* offsets,
                     const rd_kafka_consumer_group_metadata_t* group) override;
  Ended commit() override;
  Ended abort();
  void abandon() override { static_cast<void>(abort()); }

 private:
  Ended insist(const char* doing, const std::function<rd_kafka_error_t*(int millis)>& call);
};

}  // namespace vitrine::kafka
