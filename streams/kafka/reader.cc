#include "streams/kafka/reader.h"

#include <chrono>
#include <map>

#include "streams/kafka/admin.h"
#include "streams/kafka/consumer.h"
#include "streams/kafka/kafka_topics.h"
#include "streams/kafka/partition_reader.h"

namespace vitrine {

using namespace kafka;

namespace {

constexpr std::size_t kRecords = 10'000;
constexpr int kWaitMillis = 100;
// Without any progress: longer than the brokers need to end an abandoned transaction.
constexpr std::chrono::seconds kPatience{60};

// Where partitions end, with the records of open transactions.
Result<std::map<std::uint32_t, std::int64_t>> ends_of(const KafkaSettings& settings,
                                                      const std::string& topic,
                                                      std::uint32_t partitions) {
  VT_TRY(const auto consumer, Consumer::open(settings, topic + ".ends", {},
                                             {{"isolation.level", "read_uncommitted"}}));
  std::map<std::uint32_t, std::int64_t> out;
  for (std::uint32_t partition = 0; partition < partitions; ++partition) {
    VT_TRY(const std::int64_t end, consumer->end_of({topic, partition}));
    if (end > 0) out[partition] = end;
  }
  return out;
}

}  // namespace

Result<void> kafka::read_partitions(const KafkaSettings& settings, const std::string& topic,
                                    std::map<std::uint32_t, std::int64_t> ends,
                                    const MessageVisitor& visit) {
  VT_TRY(const auto consumer,
         Consumer::open(settings, topic + ".reader", {},
                        {{"enable.partition.eof", "true"}, {"queued.min.messages", "1000000"}}));
  std::vector<TopicPartition> all;
  for (const auto& [partition, end] : ends) all.push_back({topic, partition});
  if (!all.empty()) VT_TRY_VOID(consumer->add(all));
  using Clock = std::chrono::steady_clock;
  auto until = Clock::now() + kPatience;
  while (!ends.empty()) {
    for (const rd_kafka_message_t* message : consumer->fetch(kRecords, kWaitMillis)) {
      until = Clock::now() + kPatience;
      const auto partition = static_cast<std::uint32_t>(message->partition);
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        VT_TRY_VOID(visit(message));
      } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        const auto end = ends.find(partition);
        if (end != ends.end() && message->offset >= end->second) ends.erase(end);
      } else if (!may_pass(message->err)) {
        return refuse("read " + topic, message->err, rd_kafka_message_errstr(message));
      }
    }
    if (Clock::now() > until) {
      return refuse("read " + topic + " to its end", RD_KAFKA_RESP_ERR__TIMED_OUT,
                    "a transaction of another process stays open, or the brokers are away");
    }
  }
  return {};
}

Result<void> kafka::read_partition(const KafkaSettings& settings, const std::string& topic,
                                   std::uint32_t partition, const MessageVisitor& visit) {
  VT_TRY(const auto consumer, Consumer::open(settings, topic + ".ends", {},
                                             {{"isolation.level", "read_uncommitted"}}));
  VT_TRY(const std::int64_t end, consumer->end_of({topic, partition}));
  if (end <= 0) return {};
  return read_partitions(settings, topic, {{partition, end}}, visit);
}

Result<void> read_topic(const KafkaSettings& settings, const std::string& topic,
                        const KafkaVisitor& visit) {
  VT_TRY(Admin admin, Admin::open(settings));
  VT_TRY(auto found, admin.partitions({topic}));
  if (found[topic] == 0)
    return refuse("read " + topic + " on kafka://" + settings.brokers,
                  RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  VT_TRY(auto ends, ends_of(settings, topic, found[topic]));
  return read_partitions(settings, topic, std::move(ends),
                         [&](const rd_kafka_message_t* message) -> Result<void> {
                           visit(static_cast<std::uint32_t>(message->partition), message->offset,
                                 record_of(message));
                           return {};
                         });
}

}  // namespace vitrine
