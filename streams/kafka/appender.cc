#include "streams/kafka/appender.h"

#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/hash.h"
#include "streams/kafka/client.h"
#include "streams/kafka/transactions.h"

namespace vitrine {

using namespace kafka;

namespace {

constexpr int kMetadataMillis = 10'000;
constexpr int kFlushMillis = 60'000;

Error refused_record(const rd_kafka_message_t* message) {
  const std::string topic = std::string("topic ") + rd_kafka_topic_name(message->rkt);
  return error_of("write to " + topic, message->err, {}, {"Write", topic});
}

}  // namespace

struct KafkaAppender::State {
  std::string brokers, prefix;
  std::mutex mutex;
  Handle client;
  struct Topic {
    TopicHandle handle;
    std::uint32_t partitions = 0;
    std::uint32_t next = 0;  // for a record without key
  };
  std::map<std::string, Topic> topics;
  std::optional<Error> failed;

  Result<Topic*> topic(const std::string& name);
  void hear();  // with the mutex held
};

Result<std::unique_ptr<KafkaAppender>> KafkaAppender::open(const KafkaSettings& settings) {
  auto state = std::make_unique<State>();
  state->brokers = settings.brokers;
  state->prefix = settings.prefix;
  VT_TRY(Conf conf, conf_of(settings, {{"linger.ms", "1"}, {"retry.backoff.ms", "10"}},
                            {{"enable.idempotence", "true"},
                             {"acks", "all"},
                             {"delivery.report.only.error", "true"}}));
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
  VT_TRY(state->client, make_client(RD_KAFKA_PRODUCER, std::move(conf),
                                    "write to kafka://" + settings.brokers));
  return std::unique_ptr<KafkaAppender>(new KafkaAppender(std::move(state)));
}

KafkaAppender::KafkaAppender(std::unique_ptr<State> state) : state_(std::move(state)) {}

KafkaAppender::~KafkaAppender() {
  static_cast<void>(flush());
  state_->topics.clear();
}

Result<KafkaAppender::State::Topic*> KafkaAppender::State::topic(const std::string& name) {
  if (const auto known = topics.find(name); known != topics.end()) return &known->second;
  Topic made;
  made.handle.reset(rd_kafka_topic_new(client.get(), (prefix + name).c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  auto code = rd_kafka_metadata(client.get(), 0, made.handle.get(), &metadata, kMetadataMillis);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    code = metadata->topics[0].err;
    made.partitions = static_cast<std::uint32_t>(metadata->topics[0].partition_cnt);
    rd_kafka_metadata_destroy(metadata);
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return refuse("write to topic " + name + " on kafka://" + brokers, code, {},
                  {"Describe", "topic " + prefix + name});
  return &topics.emplace(name, std::move(made)).first->second;
}

Result<void> KafkaAppender::append(const std::string& topic, const RecordView& record) {
  const std::lock_guard lock(state_->mutex);
  if (state_->failed) return tl::unexpected<Error>(*state_->failed);
  VT_TRY(auto* to, state_->topic(topic));
  const std::uint32_t partition =
      (record.key.empty() ? to->next++ : murmur2(record.key) & 0x7fffffffU) % to->partitions;
  const Outgoing out{partition,
                     record.key.empty() ? nullptr : record.key.data(),
                     record.key.size(),
                     record.value.data(),
                     record.value.size(),
                     millis_of(record.timestamp),
                     record.correlation};
  const Failure error(produce_waiting(state_->client.get(), to->handle.get(), out,
                                      [this] { state_->hear(); }));
  if (!error) return {};
  return refuse("write to topic " + topic, rd_kafka_error_code(error.get()),
                rd_kafka_error_string(error.get()));
}

void KafkaAppender::State::hear() {
  const Queue queue(rd_kafka_queue_get_main(client.get()));
  while (Event event{rd_kafka_queue_poll(queue.get(), 0)}) {
    if (rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_DR) continue;
    while (const auto* message = rd_kafka_event_message_next(event.get())) {
      if (!failed && message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        failed = refused_record(message);
    }
  }
}

Result<void> KafkaAppender::flush() {
  const auto code = rd_kafka_flush(state_->client.get(), kFlushMillis);
  const std::lock_guard lock(state_->mutex);
  state_->hear();
  if (state_->failed) return tl::unexpected<Error>(*state_->failed);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return refuse("write to kafka://" + state_->brokers, code);
  return {};
}

}  // namespace vitrine
