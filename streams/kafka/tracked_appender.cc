#include "streams/kafka/tracked_appender.h"

#include <pthread.h>

#include <memory>
#include <utility>

namespace vitrine::kafka {
namespace {

struct Waiting {
  std::string topic;
  Engine::Done done;
};

void delivered(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  const std::unique_ptr<Waiting> waiting(static_cast<Waiting*>(message->_private));
  if (!waiting || !waiting->done) return;
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    waiting->done(Position{});
  } else {
    Error error = error_of("append to " + waiting->topic, message->err);
    error.code = Code::Unavailable;  // whatever it was, it is not there, or nobody knows
    waiting->done(tl::unexpected<Error>(std::move(error)));
  }
}

}  // namespace

Result<std::unique_ptr<TrackedAppender>> TrackedAppender::open(
    const KafkaSettings& settings, const std::vector<std::string>& topics, std::size_t records_max,
    Duration patience) {
  std::unique_ptr<TrackedAppender> out(new TrackedAppender);
  out->patience_millis_ = static_cast<int>(patience.count());
  const Settings usual = {
      {"message.timeout.ms", std::to_string(patience.count())},
      {"linger.ms", "0"},
      {"retry.backoff.ms", "10"},
      {"queue.buffering.max.messages", std::to_string(records_max)},
      {"queue.buffering.max.kbytes", "65536"},
  };
  VT_TRY(Conf conf, conf_of(settings, usual, {{"enable.idempotence", "true"}, {"acks", "all"}}));
  rd_kafka_conf_set_dr_msg_cb(conf.get(), delivered);
  VT_TRY(out->client_, make_client(RD_KAFKA_PRODUCER, std::move(conf),
                                   "append to kafka://" + settings.brokers));
  for (const std::string& topic : topics) {
    out->handles_[topic].reset(rd_kafka_topic_new(out->client_.get(), topic.c_str(), nullptr));
  }
  out->thread_ = std::thread([one = out.get()] {
    pthread_setname_np(pthread_self(), "vt-kafka-out");
    one->run();
  });
  return out;
}

void TrackedAppender::run() {
  constexpr int kLookMillis = 100;
  while (!stopping_) rd_kafka_poll(client_.get(), kLookMillis);
}

TrackedAppender::~TrackedAppender() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  if (!client_) return;
  rd_kafka_flush(client_.get(), patience_millis_);
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_poll(client_.get(), 0);  // tells those that were purged
  handles_.clear();
}

Result<void> TrackedAppender::append(const std::string& topic, std::uint32_t partition,
                              const RecordView& record, Engine::Done done) {
  const auto handle = handles_.find(topic);
  if (handle == handles_.end())
    return fail(Code::Invalid, "append to " + topic + ": no such topic here");
  auto waiting = std::make_unique<Waiting>(Waiting{topic, std::move(done)});
  const Outgoing out{partition,
                     record.key.empty() ? nullptr : record.key.data(),
                     record.key.size(),
                     record.value.data(),
                     record.value.size(),
                     millis_of(record.timestamp),
                     record.correlation};
  const Failure error(produce(client_.get(), handle->second.get(), out, waiting.get()));
  if (!error) {
    static_cast<void>(waiting.release());  // delivered() has it
    return {};
  }
  const auto code = rd_kafka_error_code(error.get());
  Error refused = error_of("append to " + topic, code, rd_kafka_error_string(error.get()));
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) refused.code = Code::Overloaded;
  return tl::unexpected<Error>(std::move(refused));
}

}  // namespace vitrine::kafka
