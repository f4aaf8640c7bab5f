#pragma once
// Consumer: reads partitions it was told to read, committed records only, many at a time and
// without copies. Threads: one, except where said.
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "streams/kafka/client.h"

namespace vitrine::kafka {

struct TopicPartition {
  std::string topic;
  std::uint32_t partition = 0;
  std::int64_t offset = RD_KAFKA_OFFSET_BEGINNING;
  std::string note = {};  // committed with the offset
  bool same_place(const TopicPartition& other) const {
    return topic == other.topic && partition == other.partition;
  }
};

// What a group tells one of its members. Assigned and Lost need no answer; Revoking ends when the
// partitions are given to drop().
enum class Rebalance { Assigned, Revoking, Lost };
using RebalanceListener =
    std::function<void(Rebalance what, const std::vector<std::uint32_t>& partitions)>;

class Consumer {
 public:
  // `group` may not be joined: it is where offsets are committed. `notify` is called by a thread of
  // librdkafka when there is something to fetch where there was nothing; it must only wake
  // somebody. `role` adds settings.
  static Result<std::unique_ptr<Consumer>> open(const KafkaSettings& settings,
                                                const std::string& group,
                                                std::function<void()> notify,
                                                const Settings& role = {});
  ~Consumer();

  // Joins the group for this topic. What is assigned is told by fetch(), on its thread, and read
  // when it is given to add(), together with whatever else is wanted.
  Result<void> join(const std::string& topic, RebalanceListener listener);

  // Waits until no transaction that may change them is open. Offsets never committed are left out.
  Result<std::vector<TopicPartition>> committed(const std::vector<TopicPartition>& of) const;
  // Commits one offset with a note, for a group that nobody has joined; before anything is read.
  // Waits for its coordinator, which on a new cluster has to be made: librdkafka waits for ever
  // with offsets of a transaction that meet the brokers before that.
  Result<void> note(const TopicPartition& one);
  // Commits them under our membership of now; any thread.
  rd_kafka_resp_err_t commit(const rd_kafka_topic_partition_list_t& offsets) const;
  // Where the partition ends now for this consumer's isolation level; and where it begins.
  Result<std::int64_t> end_of(const TopicPartition& of, std::int64_t* first = nullptr);
  // Reads these too, from their offsets on; and no longer.
  Result<void> add(const std::vector<TopicPartition>& partitions);
  Result<void> drop(const std::vector<TopicPartition>& partitions);

  // Up to so many messages that are there, borrowed until the next call; the same queue also tells
  // errors and ends of partitions, as messages with an err. Waits when there is nothing.
  std::span<rd_kafka_message_t* const> fetch(std::size_t records_max, int millis_max);

  GroupMetadata group() const;
  // Brokers hold a membership without a generation for no membership at all, and let its offsets
  // pass unchecked. Between being put out of the group and hearing of it we have such a one.
  static bool is_checked(const rd_kafka_consumer_group_metadata_t& membership);
  rd_kafka_t* client() const { return client_.get(); }

 private:
  Consumer() = default;
  void let_go();
  rd_kafka_resp_err_t complaint();
  static void on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t what,
                           rd_kafka_topic_partition_list_t* partitions, void* opaque);
  void rebalance(rd_kafka_resp_err_t what, const rd_kafka_topic_partition_list_t& partitions);
  void take(std::size_t records_max, int millis_max);
  std::string group_;
  Handle client_;
  Queue queue_;
  std::function<void()> notify_;
  RebalanceListener listener_;
  bool closing_ = false;
  std::vector<TopicPartition> added_;
  std::vector<rd_kafka_message_t*> messages_;
};

}  // namespace vitrine::kafka
