#include "streams/kafka/reader.h"

#include <chrono>
#include <map>
#include <numeric>

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

struct Stretch {
  std::int64_t first = 0, end = 0;
};

// What partitions hold now, with the records of open transactions; not those that hold nothing.
Result<std::map<std::uint32_t, Stretch>> stretches_of(const KafkaSettings& settings,
                                                      const std::string& topic,
                                                      const std::vector<std::uint32_t>& of) {
  VT_TRY(const auto consumer, Consumer::open(settings, topic + ".reader", {},
                                             {{"isolation.level", "read_uncommitted"}}));
  std::map<std::uint32_t, Stretch> out;
  for (const std::uint32_t partition : of) {
    Stretch stretch;
    VT_TRY(stretch.end, consumer->end_of({topic, partition}, &stretch.first));
    if (stretch.end > stretch.first) out[partition] = stretch;
  }
  return out;
}

}  // namespace

Result<void> kafka::read_partitions(const KafkaSettings& settings, const std::string& topic,
                                    const std::vector<std::uint32_t>& of,
                                    const MessageVisitor& visit,
                                    const std::map<std::uint32_t, std::int64_t>& after) {
  VT_TRY(auto ends, stretches_of(settings, topic, of));
  for (const auto& [partition, place] : after) {
    const auto known = ends.find(partition);
    const std::int64_t end = known == ends.end() ? 0 : known->second.end;
    if (known == ends.end() ? place > 0 : place > end || place < known->second.first) {
      return fail(Code::OutOfRange, "read " + topic + "/" + std::to_string(partition) +
                                        " from offset " + std::to_string(place) + ": it ends at " +
                                        std::to_string(end) + ", or has lost its beginning");
    }
    if (known == ends.end()) continue;
    known->second.first = place;
    if (place == end) ends.erase(known);
  }
  if (ends.empty()) return {};
  VT_TRY(const auto consumer,
         Consumer::open(settings, topic + ".reader", {},
                        {{"enable.partition.eof", "true"},
                         {"auto.offset.reset", "earliest"},
                         {"fetch.wait.max.ms", "5"},
                         {"queued.min.messages", "1000000"}}));
  std::vector<TopicPartition> all;
  for (const auto& [partition, stretch] : ends) all.push_back({topic, partition, stretch.first});
  VT_TRY_VOID(consumer->add(all));
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
        if (end != ends.end() && message->offset >= end->second.end) ends.erase(end);
      } else if (!may_pass(message->err) && !is_about_group(*message)) {
        return refuse("read " + topic, message->err, rd_kafka_message_errstr(message),
                      {"Read", "topic " + topic});
      }
    }
    if (Clock::now() > until) {
      return refuse("read " + topic + " to its end", RD_KAFKA_RESP_ERR__TIMED_OUT,
                    "a transaction of another process stays open, or the brokers are away");
    }
  }
  return {};
}

Result<void> read_topic(const KafkaSettings& settings, const std::string& name,
                        const KafkaVisitor& visit) {
  const std::string topic = settings.prefix + name;
  VT_TRY(Admin admin, Admin::open(settings));
  VT_TRY(auto found, admin.partitions({topic}));
  if (found[topic] == 0)
    return refuse("read " + topic + " on kafka://" + settings.brokers,
                  RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  std::vector<std::uint32_t> all(found[topic]);
  std::iota(all.begin(), all.end(), 0U);
  return read_partitions(settings, topic, all,
                         [&](const rd_kafka_message_t* message) -> Result<void> {
                           visit(static_cast<std::uint32_t>(message->partition), message->offset,
                                 record_of(message));
                           return {};
                         });
}

}  // namespace vitrine
