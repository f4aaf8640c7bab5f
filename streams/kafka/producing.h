#pragma once
// Producing: the one producer of a KafkaBroker. An epoch is begun, filled with records and offsets,
// and ended by one thread; `Transactions` makes it a transaction, `Deliveries` only sees to it that
// the offsets are committed when all records have been.
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
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
  // Before open(): every record that the brokers have is told, with its offset and `opaque`, by the
  // calls below; and delivered() may be asked. Else only failures are heard of.
  using Report = std::function<void(const rd_kafka_message_t& message)>;
  void report_to(Report report) { report_ = std::move(report); }
  virtual Ended begin() = 0;
  Ended produce(std::size_t topic, const Outgoing& record, void* opaque = nullptr);
  // When all that was produced has been told.
  Ended delivered();
  virtual Ended send_offsets(const rd_kafka_topic_partition_list_t* offsets,
                             const rd_kafka_consumer_group_metadata_t* group) = 0;
  virtual Ended commit() = 0;
  // What was begun will not be committed: nobody need wait for it.
  virtual void abandon() {}
  const std::string& why() const { return why_; }  // the last call did not end well
  // Since open(): what will be refused however often it is tried, a record too large or a right
  // that is missing. Nothing of the epoch happens.
  const std::optional<Error>& refusal() const { return refusal_; }

 protected:
  // `group`: where offsets are going to be sent, for sentences.
  Producing(KafkaSettings settings, std::string name, std::string group = {});
  // `usual` is what the settings file may say otherwise.
  Result<void> make(const Settings& usual, const Settings& fixed);
  Ended judge(const char* doing, rd_kafka_error_t* error);
  void hear_errors(int millis_max = 0);  // waits when there is nothing
  rd_kafka_t* client() const { return client_.get(); }

  const KafkaSettings settings_;
  const std::string id_;
  std::string why_;
  std::uint64_t lost_ = 0;  // records that could not be delivered, since make()
  std::string lost_why_;    // of the first of them

 private:
  static void hear_log(const rd_kafka_t* client, int level, const char* facility,
                       const char* text);
  void note_refusal(const std::string& doing, rd_kafka_resp_err_t code, const std::string& text,
                    const Needed& needed);
  Needed needed_for(rd_kafka_resp_err_t code, std::string_view text) const;
  rd_kafka_topic_t* handle(std::size_t topic);

  const std::string group_;
  const std::function<void()> hear_;
  Report report_;
  std::uint64_t produced_ = 0, reported_ = 0;  // since make()
  std::vector<std::string> names_;
  Handle client_;
  std::vector<TopicHandle> handles_;  // die before the client
  std::optional<Error> refusal_;
  mutable std::mutex mutex_;  // guards the next, which a thread of librdkafka fills in
  std::string not_added_;     // the topic that the transaction could not take in
};

}  // namespace vitrine::kafka
