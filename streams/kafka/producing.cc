#include "streams/kafka/producing.h"

#include <utility>

#include "base/log.h"
#include "streams/kafka/client.h"

namespace vitrine::kafka {
namespace {

// What exactly once and the way we flush stand on. With events nobody is called for each record,
// and a flush wakes by itself when the last one has arrived; with callbacks it looks every 10 ms.
const Settings kFixed = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    {"partitioner", "murmur2_random"},
    {"delivery.report.only.error", "true"},
};

// The settings file may say otherwise.
const Settings kUsual = {
    {"linger.ms", "1"},
    {"batch.num.messages", "100000"},
    {"batch.size", "1000000"},
    {"queue.buffering.max.messages", "2000000"},
    {"queue.buffering.max.kbytes", "131072"},
};

bool is_fencing(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
      return true;
    default:
      return false;
  }
}

}  // namespace

Producing::Producing(KafkaSettings settings, std::string name)
    : settings_(std::move(settings)), id_(std::move(name)), hear_([this] { hear_errors(); }) {}

Result<void> Producing::make(const Settings& usual, const Settings& fixed) {
  handles_.clear();
  client_.reset();
  lost_ = 0;
  Settings first = kUsual;
  first.insert(first.end(), usual.begin(), usual.end());
  Settings last = kFixed;
  last.insert(last.end(), fixed.begin(), fixed.end());
  VT_TRY(Conf conf, conf_of(settings_, first, last));
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
  VT_TRY(client_, make_client(RD_KAFKA_PRODUCER, std::move(conf),
                              "write as " + id_ + " to kafka://" + settings_.brokers));
  handles_.resize(names_.size());
  return {};
}

std::size_t Producing::topic(const std::string& name) {
  names_.push_back(name);
  handles_.resize(names_.size());
  return names_.size() - 1;
}

rd_kafka_topic_t* Producing::handle(std::size_t topic) {
  if (!handles_[topic])
    handles_[topic].reset(rd_kafka_topic_new(client_.get(), names_[topic].c_str(), nullptr));
  return handles_[topic].get();
}

// Failed deliveries and complaints. The epoch's own calls say what became of it.
void Producing::hear_errors() {
  const Queue queue(rd_kafka_queue_get_main(client_.get()));
  while (Event event{rd_kafka_queue_poll(queue.get(), 0)}) {
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_DR)
      lost_ += rd_kafka_event_message_count(event.get());
    if (rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_ERROR) continue;
    log(LogLevel::Debug, "kafka_error",
        {{"client", id_}, {"text", rd_kafka_event_error_string(event.get())}});
  }
}

Ended Producing::judge(const char* doing, rd_kafka_error_t* raw) {
  const Failure error(raw);
  if (!error) return Ended::Well;
  const auto code = rd_kafka_error_code(error.get());
  why_ = std::string(doing) + ": " + rd_kafka_error_string(error.get()) + " (" +
         rd_kafka_err2name(code) + ")";
  if (is_fencing(code)) return Ended::Fenced;
  if (rd_kafka_error_txn_requires_abort(error.get())) return Ended::Abort;
  return Ended::Unknown;
}

Ended Producing::produce(std::size_t topic, const Outgoing& record) {
  rd_kafka_error_t* error = produce_waiting(client_.get(), handle(topic), record, hear_);
  if (error == nullptr) return Ended::Well;
  return judge("produce", error) == Ended::Fenced ? Ended::Fenced : Ended::Abort;
}

}  // namespace vitrine::kafka
