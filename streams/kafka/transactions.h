#pragma once
// Transactions: one transactional producer. A transaction is begun, filled and ended by one thread;
// its records are seen by read_committed readers as a whole or never.
//
// What it cannot know becomes Outcome::Reload, and a producer that is made anew: its
// init_transactions ends whatever was left open.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "streams/kafka/outgoing.h"
#include "streams/kafka/settings.h"

namespace vitrine::kafka {

// How a call ended, as far as the transaction is concerned.
enum class Ended {
  Well,
  Abort,    // nothing of it happened, or will have after abort()
  Unknown,  // the producer must be made anew
  Fenced,   // somebody else has our transactional id, or our place in the group
};

class Transactions {
 public:
  Transactions(KafkaSettings settings, std::string transactional_id);

  // Makes the producer; ends what an earlier one with our id left open, and shuts it out.
  Result<void> open();

  std::size_t topic(const std::string& name);  // a number for produce(); before open() or after
  Ended begin();
  Ended produce(std::size_t topic, const Outgoing& record);
  Ended send_offsets(const rd_kafka_topic_partition_list_t* offsets,
                     const rd_kafka_consumer_group_metadata_t* group);
  Ended commit();
  Ended abort();
  const std::string& why() const { return why_; }  // the last call did not end well

 private:
  Ended judge(const char* doing, rd_kafka_error_t* error);
  Ended insist(const char* doing, const std::function<rd_kafka_error_t*(int millis)>& call);
  void hear_errors();
  rd_kafka_topic_t* handle(std::size_t topic);

  const KafkaSettings settings_;
  const std::string id_;
  const std::function<void()> hear_;
  std::vector<std::string> names_;
  Handle client_;
  std::vector<TopicHandle> handles_;  // die before the client
  std::string why_;
};

}  // namespace vitrine::kafka
