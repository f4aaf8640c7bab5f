#include "streams/kafka/tracked_appender.h"

#include <pthread.h>

#include <memory>
#include <mutex>
#include <utility>

#include "base/log.h"

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

bool has_ended(rd_kafka_t* client) {
  return rd_kafka_fatal_error(client, nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace

Result<std::unique_ptr<TrackedAppender>> TrackedAppender::open(
    const KafkaSettings& settings, const std::vector<std::string>& topics, std::size_t records_max,
    Duration patience) {
  std::unique_ptr<TrackedAppender> out(
      new TrackedAppender(settings, topics, records_max, patience));
  VT_TRY(out->client_, out->make_one());
  out->thread_ = std::thread([one = out.get()] {
    pthread_setname_np(pthread_self(), "vt-kafka-out");
    one->run();
  });
  return out;
}

Result<std::unique_ptr<TrackedAppender::Client>> TrackedAppender::make_one() const {
  const Settings usual = {
      {"message.timeout.ms", std::to_string(patience_millis_)},
      {"linger.ms", "0"},
      {"retry.backoff.ms", "10"},
      {"queue.buffering.max.messages", std::to_string(records_max_)},
      {"queue.buffering.max.kbytes", "65536"},
  };
  VT_TRY(Conf conf, conf_of(settings_, usual, {{"enable.idempotence", "true"}, {"acks", "all"}}));
  rd_kafka_conf_set_dr_msg_cb(conf.get(), delivered);
  auto out = std::make_unique<Client>();
  VT_TRY(out->handle, make_client(RD_KAFKA_PRODUCER, std::move(conf),
                                  "append to kafka://" + settings_.brokers));
  for (const std::string& topic : topics_)
    out->topics[topic].reset(rd_kafka_topic_new(out->handle.get(), topic.c_str(), nullptr));
  return out;
}

void TrackedAppender::run() {
  constexpr int kLookMillis = 100;
  while (!stopping_) {
    rd_kafka_poll(client_->handle.get(), kLookMillis);
    if (has_ended(client_->handle.get())) begin_anew();
  }
}

void TrackedAppender::begin_anew() {
  char why[512] = "";
  rd_kafka_fatal_error(client_->handle.get(), why, sizeof why);
  auto fresh = make_one();
  log(LogLevel::Warn, "kafka_appender_anew",
      {{"brokers", settings_.brokers}, {"why", why}, {"worked", fresh ? 1 : 0}});
  if (!fresh) return;  // with the next look
  {
    const std::unique_lock lock(mutex_);
    client_.swap(*fresh);
  }
  give_up(**fresh);
}

// Tells all that wait that nobody knows.
void TrackedAppender::give_up(const Client& client) {
  rd_kafka_purge(client.handle.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  constexpr int kTries = 10, kMillis = 50;
  rd_kafka_poll(client.handle.get(), 0);
  for (int i = 0; i < kTries && rd_kafka_outq_len(client.handle.get()) > 0; ++i)
    rd_kafka_poll(client.handle.get(), kMillis);
}

TrackedAppender::~TrackedAppender() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  if (!client_) return;
  rd_kafka_flush(client_->handle.get(), patience_millis_);
  give_up(*client_);
}

Result<void> TrackedAppender::append(const std::string& topic, std::uint32_t partition,
                              const RecordView& record, Engine::Done done) {
  const std::shared_lock lock(mutex_);
  const auto handle = client_->topics.find(topic);
  if (handle == client_->topics.end())
    return fail(Code::Invalid, "append to " + topic + ": no such topic here");
  auto waiting = std::make_unique<Waiting>(Waiting{topic, std::move(done)});
  const Outgoing out{partition,
                     record.key.empty() ? nullptr : record.key.data(),
                     record.key.size(),
                     record.value.data(),
                     record.value.size(),
                     millis_of(record.timestamp),
                     record.correlation};
  const Failure error(produce(client_->handle.get(), handle->second.get(), out, waiting.get()));
  if (!error) {
    static_cast<void>(waiting.release());  // delivered() has it
    return {};
  }
  const auto code = rd_kafka_error_code(error.get());
  Error refused = error_of("append to " + topic, code, rd_kafka_error_string(error.get()));
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) refused.code = Code::Overloaded;
  if (has_ended(client_->handle.get())) refused.code = Code::Unavailable;  // soon there is another
  return tl::unexpected<Error>(std::move(refused));
}

}  // namespace vitrine::kafka
