#include "streams/kafka/changelog.h"

#include <chrono>

#include "streams/kafka/consumer.h"

namespace vitrine::kafka {
namespace {

constexpr std::size_t kRecords = 10'000;
constexpr int kWaitMillis = 100;
// Without any progress: longer than the broker needs to end an abandoned transaction.
constexpr std::chrono::seconds kPatience{60};

BytesView view(const void* data, std::size_t bytes) {
  return {static_cast<const char*>(data), bytes};
}

// With open transactions: read_committed readers stop before them, and we wait until we may pass.
Result<std::int64_t> high_watermark(const KafkaSettings& settings, const std::string& group,
                                    const TopicPartition& of) {
  VT_TRY(const auto consumer,
         Consumer::open(settings, group, {}, {{"isolation.level", "read_uncommitted"}}));
  return consumer->end_of(of);
}

}  // namespace

Result<void> read_changelog(const KafkaSettings& settings, const std::string& topic,
                            std::uint32_t partition, const UnitBroker::RowVisitor& visit) {
  const std::string group = topic + ".restore";
  const TopicPartition from{topic, partition};
  VT_TRY(const std::int64_t end, high_watermark(settings, group, from));
  if (end <= 0) return {};
  VT_TRY(const auto consumer,
         Consumer::open(settings, group, {},
                        {{"enable.partition.eof", "true"}, {"queued.min.messages", "1000000"}}));
  VT_TRY_VOID(consumer->add({from}));
  using Clock = std::chrono::steady_clock;
  auto until = Clock::now() + kPatience;
  for (bool at_end = false; !at_end;) {
    for (const rd_kafka_message_t* message : consumer->fetch(kRecords, kWaitMillis)) {
      until = Clock::now() + kPatience;
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        at_end = message->offset >= end;
      } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const BytesView row = view(message->key, message->key_len);
        VT_TRY_VOID(visit({partition, row, view(message->payload, message->len),
                           message->payload == nullptr}));
      } else if (message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) {
        return refuse("read " + topic, message->err);
      }
    }
    if (Clock::now() > until) {
      return refuse("read " + topic + " up to offset " + std::to_string(end),
                    RD_KAFKA_RESP_ERR__TIMED_OUT,
                    "a transaction of another process stays open, or the brokers are away");
    }
  }
  return {};
}

}  // namespace vitrine::kafka
