#pragma once
// Producing: the one producer of a KafkaBroker. An epoch is begun, filled with records and offsets,
// and ended by one thread; `Transactions` makes it a transaction, `Deliveries` only sees to it that
// the offsets are committed when all records have been.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "streams/kafka/client.h"
#include "streams/kafka/outgoing.h"
#include "streams/kafka/settings.h"

namespace vitrine::kafka {

// How a call ended, as far as the epoch is concerned.
enum class Ended {
  Well,
  Abort,    // nothing of it happened, or will have after abort()
  Unknown,  // the producer must be made anew
  Fenced,   // somebody else has our transactional id, or our place in the group
};

class Producing {
 public:
  virtual ~Producing() = default;

  // Makes the producer, or makes it anew.
  virtual Result<void> open() = 0;
  std::size_t topic(const std::string& name);  // a number for produce(); before open() or after
  virtual Ended begin() = 0;
  Ended produce(std::size_t topic, const Outgoing& record);
  virtual Ended send_offsets(const rd_kafka_topic_partition_list_t* offsets,
                             const rd_kafka_consumer_group_metadata_t* group) = 0;
  virtual Ended commit() = 0;
  const std::string& why() const { return why_; }  // the last call did not end well

 protected:
  Producing(KafkaSettings settings, std::string name);
  // `usual` is what the settings file may say otherwise.
  Result<void> make(const Settings& usual, const Settings& fixed);
  Ended judge(const char* doing, rd_kafka_error_t* error);
  void hear_errors();
  rd_kafka_t* client() const { return client_.get(); }

  const KafkaSettings settings_;
  const std::string id_;
  std::string why_;
  std::uint64_t lost_ = 0;  // records that could not be delivered, since make()

 private:
  rd_kafka_topic_t* handle(std::size_t topic);

  const std::function<void()> hear_;
  std::vector<std::string> names_;
  Handle client_;
  std::vector<TopicHandle> handles_;  // die before the client
};

}  // namespace vitrine::kafka
