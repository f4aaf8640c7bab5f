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

Producing::Producing(KafkaSettings settings, std::string name, std::string group)
    : settings_(std::move(settings)),
      id_(std::move(name)),
      group_(std::move(group)),
      hear_([this] { hear_errors(); }) {}

Result<void> Producing::make(const Settings& usual, const Settings& fixed) {
  handles_.clear();
  client_.reset();
  lost_ = produced_ = reported_ = 0;
  lost_why_.clear();
  refusal_.reset();
  not_added_.clear();
  Settings first = kUsual;
  first.insert(first.end(), usual.begin(), usual.end());
  Settings last = kFixed;
  last.insert(last.end(), fixed.begin(), fixed.end());
  if (report_) last.emplace_back("delivery.report.only.error", "false");
  VT_TRY(Conf conf, conf_of(settings_, first, last));
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_log_cb(conf.get(), hear_log);
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

void Producing::note_refusal(const std::string& doing, rd_kafka_resp_err_t code,
                             const std::string& text, const Needed& needed) {
  if (!refusal_ && is_refusal(code)) refusal_ = error_of(doing, code, text, needed);
}

// Which topic a transaction could not take in stands in a line of the log only: … "topic" [0] ….
void Producing::hear_log(const rd_kafka_t* client, int level, const char* facility,
                         const char* text) {
  log_line(client, level, facility, text);
  const std::string_view line(text);
  const auto from = line.find('"'), to = line.find('"', from + 1);
  auto* one = static_cast<Producing*>(rd_kafka_opaque(client));
  const bool refused = line.find("authorization failed") != line.npos;
  if (!refused || std::string_view(facility) != "ADDPARTS" || to == line.npos || one == nullptr)
    return;
  const std::lock_guard lock(one->mutex_);
  one->not_added_ = line.substr(from + 1, to - from - 1);
}

// Of a call for the whole epoch: brokers do not always say which topic it was.
Needed Producing::needed_for(rd_kafka_resp_err_t code, std::string_view text) const {
  if (code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) return {"Read", "group " + group_};
  if (code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    return {"Write", "transactional id " + id_};
  const std::lock_guard lock(mutex_);
  if (!not_added_.empty()) return {"Write", "topic " + not_added_};
  std::string topics;
  for (const std::string& name : names_) topics += (topics.empty() ? "" : ", ") + name;
  const bool offsets = text.find("commit offsets") != text.npos;
  return {offsets ? "Read" : "Write", "one of the topics " + topics};
}

// Failed deliveries and complaints. The epoch's own calls say what became of it; why records were
// refused stands here.
void Producing::hear_errors(int millis_max) {
  const Queue queue(rd_kafka_queue_get_main(client_.get()));
  while (Event event{rd_kafka_queue_poll(queue.get(), std::exchange(millis_max, 0))}) {
    while (const auto* message = rd_kafka_event_message_next(event.get())) {
      ++reported_;
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (report_) report_(*message);
        continue;
      }
      ++lost_;
      const std::string topic = std::string("topic ") + rd_kafka_topic_name(message->rkt);
      note_refusal("write to " + topic, message->err, {}, {"Write", topic});
      if (lost_why_.empty()) {
        lost_why_ = error_of("write to partition " + std::to_string(message->partition) + " of " +
                             topic, message->err).message;
      }
    }
    if (rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_ERROR) continue;
    log(LogLevel::Debug, "kafka_error",
        {{"client", id_}, {"text", rd_kafka_event_error_string(event.get())}});
  }
}

Ended Producing::judge(const char* doing, rd_kafka_error_t* raw) {
  const Failure error(raw);
  if (!error) return Ended::Well;
  const auto code = rd_kafka_error_code(error.get());
  const Error told = error_of(doing, code, rd_kafka_error_string(error.get()));
  why_ = told.code == Code::Unavailable
             ? told.message
             : std::string(doing) + ": " + rd_kafka_error_string(error.get()) + " (" +
                   rd_kafka_err2name(code) + ")";
  if (!lost_why_.empty()) why_ += "; " + lost_why_;
  note_refusal(doing, code, rd_kafka_error_string(error.get()),
               needed_for(code, rd_kafka_error_string(error.get())));
  if (is_fencing(code)) return Ended::Fenced;
  if (rd_kafka_error_txn_requires_abort(error.get())) return Ended::Abort;
  return Ended::Unknown;
}

// Idempotent producers give a record up after message.timeout.ms, which is then told, too.
Ended Producing::delivered() {
  constexpr int kSliceMillis = 100;
  while (lost_ == 0 && reported_ < produced_) hear_errors(kSliceMillis);
  if (lost_ == 0) return Ended::Well;
  why_ = "deliver records: " + std::to_string(lost_) + " were given up";
  return Ended::Abort;
}

Ended Producing::produce(std::size_t topic, const Outgoing& record, void* opaque) {
  rd_kafka_error_t* error = produce_waiting(client_.get(), handle(topic), record, hear_, opaque);
  if (error == nullptr) {
    ++produced_;
    return Ended::Well;
  }
  return judge("produce", error) == Ended::Fenced ? Ended::Fenced : Ended::Abort;
}

}  // namespace vitrine::kafka
