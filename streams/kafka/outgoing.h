#pragma once
// A record on its way into a producer.
#include <cstdint>
#include <string_view>

#include "streams/kafka/rd.h"

namespace vitrine::kafka {

inline constexpr const char* kCorrelationHeader = "vt-correlation";

struct Outgoing {
  std::uint32_t partition = 0;
  const void* key = nullptr;  // null: no key
  std::size_t key_bytes = 0;
  const void* value = nullptr;  // null: a tombstone
  std::size_t value_bytes = 0;
  std::int64_t timestamp = 0;
  std::string_view correlation = {};  // a header, when not empty
};

// Copies the record into the producer's queue; waits while that is full, as long as there is no
// other error.
rd_kafka_error_t* produce_waiting(rd_kafka_t* client, rd_kafka_topic_t* topic,
                                  const Outgoing& record);

}  // namespace vitrine::kafka
