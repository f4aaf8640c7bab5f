#include "streams/kafka/kafka_topics.h"

#include <bit>

#include "base/log.h"
#include "streams/kafka/admin.h"
#include "streams/kafka/outgoing.h"

namespace vitrine::kafka {
namespace {

std::vector<std::pair<std::string, std::string>> config_of(const TopicInfo& info) {
  std::vector<std::pair<std::string, std::string>> out;
  const TopicKeep& keep = info.keep;
  const bool for_ever = keep.retention == Duration{0};
  if (keep.compact) out.emplace_back("cleanup.policy", for_ever ? "compact" : "compact,delete");
  if (!keep.compact || !for_ever)
    out.emplace_back("retention.ms", for_ever ? "-1" : std::to_string(keep.retention.count()));
  return out;
}

Result<void> check(const TopicTable& table, const std::vector<std::uint32_t>& partitions) {
  for (TopicNumber topic = 0; topic < table.size(); ++topic) {
    if (!table.is_input(topic)) continue;
    if (std::has_single_bit(partitions[topic]) && partitions[topic] <= kVirtualPartitions) continue;
    return fail(Code::Invalid, "read topic " + table.info(topic).name + ": it has " +
                                   std::to_string(partitions[topic]) +
                                   " partitions; a power of two up to 1024 is needed, so that "
                                   "state finds its partition");
  }
  return {};
}

}  // namespace

Result<KafkaTopics> KafkaTopics::open(const Topology& topology, const KafkaSettings& settings,
                                      const std::string& app_id,
                                      const std::string& prefix) {
  KafkaTopics out(topology, app_id, prefix);
  VT_TRY(Admin admin, Admin::open(settings));
  std::vector<WantedTopic> wanted;
  for (TopicNumber topic = 0; topic < out.table.size(); ++topic) {
    const TopicInfo& info = out.table.info(topic);
    wanted.push_back(wanted_topic(info, out.name(topic)));
    out.compacted.push_back(info.keep.compact);
  }
  VT_TRY(auto found, admin.ensure(wanted));
  out.changelog_partitions = kVirtualPartitions;
  for (TopicNumber topic = 0; topic < out.table.size(); ++topic) {
    out.partitions.push_back(found[out.name(topic)]);
    if (!out.table.is_input(topic)) continue;
    if (!out.driver.empty() && out.partitions.back() >= out.changelog_partitions) continue;
    out.changelog_partitions = out.partitions.back();
    out.driver = out.name(topic);
  }
  VT_TRY_VOID(check(out.table, out.partitions));
  const std::uint32_t count = out.changelog_partitions;
  VT_TRY(found, admin.ensure({{out.changelog, count, true, {{"cleanup.policy", "compact"}}},
                              {out.commits, count, true, {}}}));
  return out;
}

TopicNumber KafkaTopics::number_of(std::string_view name) const {
  return name.starts_with(prefix) ? table.find(name.substr(prefix.size())) : TopicTable::kNone;
}

// Handles are few and stay; a message's topic is found by its handle.
TopicNumber KafkaTopics::number_of(const rd_kafka_topic_t* topic) {
  const auto [at, fresh] = by_handle_.try_emplace(topic, TopicTable::kNone);
  if (fresh) at->second = number_of(std::string_view(rd_kafka_topic_name(topic)));
  VT_CHECK(at->second != TopicTable::kNone);
  return at->second;
}

bool is_about_group(const rd_kafka_message_t& message) {
  return message.err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
}

namespace {

// A consumer asks a group for nothing but its place in it.
Needed needed_to_read(const rd_kafka_message_t* message) {
  if (message->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
    return {"Read", "the group, which has the App's name"};
  if (message->rkt == nullptr) return {};
  return {"Read", std::string("topic ") + rd_kafka_topic_name(message->rkt)};
}

}  // namespace

Result<void> heard(const rd_kafka_message_t* message) {
  const char* topic = message->rkt == nullptr ? "" : rd_kafka_topic_name(message->rkt);
  switch (message->err) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR__FATAL:
      return refuse(std::string("read ") + topic, message->err, rd_kafka_message_errstr(message),
                    needed_to_read(message));
    default:
      log(LogLevel::Warn, "kafka_read",
          {{"topic", topic}, {"text", rd_kafka_message_errstr(message)}});
      return {};
  }
}

WantedTopic wanted_topic(const TopicInfo& info, const std::string& name) {
  return {name, info.partitions, false, config_of(info)};
}

RecordView record_of(const rd_kafka_message_t* message) {
  RecordView out;
  out.key = {static_cast<const char*>(message->key), message->key_len};
  out.value = {static_cast<const char*>(message->payload), message->len};
  rd_kafka_timestamp_type_t type;
  out.timestamp = time_of_millis(rd_kafka_message_timestamp(message, &type));
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const void* value = nullptr;
    std::size_t bytes = 0;
    if (rd_kafka_header_get_last(headers, kCorrelationHeader, &value, &bytes) ==
        RD_KAFKA_RESP_ERR_NO_ERROR)
      out.correlation = {static_cast<const char*>(value), bytes};
  }
  return out;
}

bool has_more(const rd_kafka_message_t* message) {
  rd_kafka_headers_t* headers = nullptr;
  const void* value = nullptr;
  std::size_t bytes = 0;
  return rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
         rd_kafka_header_get_last(headers, kMoreHeader, &value, &bytes) ==
             RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace vitrine::kafka
