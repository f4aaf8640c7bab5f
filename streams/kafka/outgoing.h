#pragma once
// A record on its way into a producer.
#include <cstdint>
#include <functional>
#include <string_view>

#include "streams/broker/unit_work.h"
#include "streams/kafka/rd.h"

namespace vitrine::kafka {

inline constexpr const char* kCorrelationHeader = "vt-correlation";
inline constexpr const char* kMoreHeader = "vt-more";

struct Outgoing {
  std::uint32_t partition = 0;
  const void* key = nullptr;  // null: no key
  std::size_t key_bytes = 0;
  const void* value = nullptr;  // null: a tombstone
  std::size_t value_bytes = 0;
  std::int64_t timestamp = 0;
  std::string_view correlation = {};  // a header, when not empty
  bool more = false;  // one with the same correlation follows in this partition: a header, too
};

// Copies the record into the producer's queue. `opaque` comes back with its delivery report.
rd_kafka_error_t* produce(rd_kafka_t* client, rd_kafka_topic_t* topic, const Outgoing& record,
                          void* opaque = nullptr);

// A record of an epoch or of a batch. An empty key is no key; an empty value is a tombstone where
// the topic is compacted.
Outgoing outgoing_of(const WorkRecords& records, std::size_t i, bool compacted);
// The same. While the queue is full it calls `full` and waits, as long as there is no other error:
// records that could not be delivered take room until they are heard of.
rd_kafka_error_t* produce_waiting(rd_kafka_t* client, rd_kafka_topic_t* topic,
                                  const Outgoing& record, const std::function<void()>& full,
                                  void* opaque = nullptr);

}  // namespace vitrine::kafka
