#pragma once
// The only place that includes librdkafka: its handles with owners, its errors as ours. For the
// files of this room; nothing of it appears in kafka_broker.h.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>  // for tests

#include <memory>
#include <string>

#include "base/result.h"

namespace vitrine::kafka {

template <auto free>
struct Freed {
  template <class T>
  void operator()(T* one) const {
    free(one);
  }
};

using Handle = std::unique_ptr<rd_kafka_t, Freed<rd_kafka_destroy>>;
using Conf = std::unique_ptr<rd_kafka_conf_t, Freed<rd_kafka_conf_destroy>>;
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, Freed<rd_kafka_topic_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Freed<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Freed<rd_kafka_event_destroy>>;
using Failure = std::unique_ptr<rd_kafka_error_t, Freed<rd_kafka_error_destroy>>;
using Partitions =
    std::unique_ptr<rd_kafka_topic_partition_list_t, Freed<rd_kafka_topic_partition_list_destroy>>;
using GroupMetadata = std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                                      Freed<rd_kafka_consumer_group_metadata_destroy>>;

inline Partitions partitions_list(std::size_t room = 0) {
  return Partitions(rd_kafka_topic_partition_list_new(static_cast<int>(room)));
}

// The right a request stands on, to be named where it is missing: {"Write", "topic counts"}.
struct Needed {
  const char* right = "";
  std::string on = {};
};

// What a Kafka error means for whoever has to act, and the sentence for them: "<doing>: <why>;
// <what to do>".
Error error_of(const std::string& doing, rd_kafka_resp_err_t code, const std::string& text = {},
               const Needed& needed = {});
// The same request will be answered so however often it is sent: somebody has to change something.
bool is_refusal(rd_kafka_resp_err_t code);
// Brokers that are away, new or busy: the same request may do well a moment later.
bool may_pass(rd_kafka_resp_err_t code);
inline tl::unexpected<Error> refuse(const std::string& doing, rd_kafka_resp_err_t code,
                                    const std::string& text = {}, const Needed& needed = {}) {
  return tl::unexpected<Error>(error_of(doing, code, text, needed));
}

}  // namespace vitrine::kafka
