#pragma once
// KafkaTopics: the topics of one App on Kafka, by number: which there are, with how many
// partitions; and what their messages mean. Threads: one.
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "streams/kafka/admin.h"
#include "streams/kafka/rd.h"
#include "streams/kafka/settings.h"
#include "streams/runtime/topic_table.h"

namespace vitrine::kafka {

struct KafkaTopics {
  KafkaTopics(const Topology& topology, const std::string& app_id, std::string topic_prefix)
      : table(topology, {}),
        prefix(std::move(topic_prefix)),
        changelog(app_id + ".changelog"),
        commits(app_id + ".commits") {}

  TopicTable table;  // by the names the App gives
  std::string prefix;
  std::vector<std::uint32_t> partitions;  // by number, as the brokers have them
  std::vector<bool> compacted;            // the same
  std::string changelog, commits;
  std::string driver;  // the input that a group shares: one with fewest partitions
  std::uint32_t changelog_partitions = 0;  // of both

  // Makes the topics that are missing.
  static Result<KafkaTopics> open(const Topology& topology, const KafkaSettings& settings,
                                  const std::string& app_id, const std::string& prefix);

  std::string name(TopicNumber topic) const { return prefix + table.info(topic).name; }
  TopicNumber number_of(std::string_view name) const;  // as the brokers know it
  TopicNumber number_of(const rd_kafka_topic_t* topic);

 private:
  std::unordered_map<const rd_kafka_topic_t*, TopicNumber> by_handle_;
};

// As we would make it where it is missing.
WantedTopic wanted_topic(const TopicInfo& info, const std::string& name);

// Borrowed from the message.
RecordView record_of(const rd_kafka_message_t* message);
// The input that caused this record caused the next one of this partition, too.
bool has_more(const rd_kafka_message_t* message);
// Every consumer has to name a group; one that never joins it needs no right to it.
bool is_about_group(const rd_kafka_message_t& message);
// A message that is an error: what nobody has to act on is passed over.
Result<void> heard(const rd_kafka_message_t* message);

}  // namespace vitrine::kafka
