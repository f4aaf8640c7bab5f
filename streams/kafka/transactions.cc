#include "streams/kafka/transactions.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>
#include <utility>

#include "base/log.h"
#include "streams/kafka/client.h"

namespace vitrine::kafka {
namespace {

// A transaction that hangs holds up every reader; the broker ends it after this time.
constexpr int kTransactionMillis = 10'000;
constexpr int kCallMillis = 15'000;
constexpr int kInitMillis = 30'000;
constexpr int kInitTries = 3;

// The settings file may say otherwise.
const Settings& usual() {
  static const Settings settings = {
      {"transaction.timeout.ms", std::to_string(kTransactionMillis)},
      {"message.timeout.ms", std::to_string(kTransactionMillis)},  // may not be longer
      // The next transaction's first request meets the last one's markers and is tried again: with
      // the default, 100 ms later.
      {"retry.backoff.ms", "1"},
      {"linger.ms", "1"},
      {"batch.num.messages", "100000"},
      {"batch.size", "1000000"},
      {"queue.buffering.max.messages", "2000000"},
      {"queue.buffering.max.kbytes", "131072"},
  };
  return settings;
}

// What exactly once and the way we flush stand on. With events nobody is called for each record,
// and commit's flush wakes by itself when the last one has arrived; with callbacks it looks every
// 10 ms.
const Settings kFixed = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    {"partitioner", "murmur2_random"},
    {"delivery.report.only.error", "true"},
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

Transactions::Transactions(KafkaSettings settings, std::string transactional_id)
    : settings_(std::move(settings)),
      id_(std::move(transactional_id)),
      hear_([this] { hear_errors(); }) {}

Result<void> Transactions::open() {
  const std::string doing = "begin transactions as " + id_ + " on kafka://" + settings_.brokers;
  for (int attempt = 1;; ++attempt) {
    handles_.clear();
    client_.reset();
    Settings fixed = kFixed;
    fixed.emplace_back("transactional.id", id_);
    VT_TRY(Conf conf, conf_of(settings_, usual(), fixed));
    rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    VT_TRY(client_, make_client(RD_KAFKA_PRODUCER, std::move(conf), doing));
    const Failure error(rd_kafka_init_transactions(client_.get(), kInitMillis));
    hear_errors();
    if (!error) break;
    const auto code = rd_kafka_error_code(error.get());
    if (!rd_kafka_error_is_retriable(error.get()) || attempt == kInitTries)
      return refuse(doing, code, rd_kafka_error_string(error.get()));
  }
  handles_.resize(names_.size());
  return {};
}

std::size_t Transactions::topic(const std::string& name) {
  names_.push_back(name);
  handles_.resize(names_.size());
  return names_.size() - 1;
}

rd_kafka_topic_t* Transactions::handle(std::size_t topic) {
  if (!handles_[topic])
    handles_[topic].reset(rd_kafka_topic_new(client_.get(), names_[topic].c_str(), nullptr));
  return handles_[topic].get();
}

// Failed deliveries and complaints. The transaction's own calls say what became of it.
void Transactions::hear_errors() {
  const Queue queue(rd_kafka_queue_get_main(client_.get()));
  while (Event event{rd_kafka_queue_poll(queue.get(), 0)}) {
    if (rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_ERROR) continue;
    log(LogLevel::Debug, "kafka_error",
        {{"client", id_}, {"text", rd_kafka_event_error_string(event.get())}});
  }
}

Ended Transactions::judge(const char* doing, rd_kafka_error_t* raw) {
  const Failure error(raw);
  if (!error) return Ended::Well;
  const auto code = rd_kafka_error_code(error.get());
  why_ = std::string(doing) + ": " + rd_kafka_error_string(error.get()) + " (" +
         rd_kafka_err2name(code) + ")";
  if (is_fencing(code)) return Ended::Fenced;
  if (rd_kafka_error_txn_requires_abort(error.get())) return Ended::Abort;
  return Ended::Unknown;
}

// Calls again what only took too long, as librdkafka asks for; for a while.
Ended Transactions::insist(const char* doing,
                           const std::function<rd_kafka_error_t*(int millis)>& call) {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + std::chrono::milliseconds{kCallMillis};
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    rd_kafka_error_t* error = call(static_cast<int>(std::max<std::int64_t>(left, 1)));
    hear_errors();
    if (error == nullptr) return Ended::Well;
    if (!rd_kafka_error_is_retriable(error) || Clock::now() >= until) return judge(doing, error);
    rd_kafka_error_destroy(error);
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
}

Ended Transactions::begin() {
  return judge("begin a transaction", rd_kafka_begin_transaction(client_.get()));
}

Ended Transactions::produce(std::size_t topic, const Outgoing& record) {
  rd_kafka_error_t* error = produce_waiting(client_.get(), handle(topic), record, hear_);
  if (error == nullptr) return Ended::Well;
  return judge("produce", error) == Ended::Fenced ? Ended::Fenced : Ended::Abort;
}

Ended Transactions::send_offsets(const rd_kafka_topic_partition_list_t* offsets,
                                 const rd_kafka_consumer_group_metadata_t* group) {
  return insist("send offsets", [&](int millis) {
    return rd_kafka_send_offsets_to_transaction(client_.get(), offsets, group, millis);
  });
}

// In slices: records that could not be delivered count as on the way until they were heard of.
Ended Transactions::commit() {
  constexpr int kSliceMillis = 500;
  return insist("commit a transaction", [&](int millis) {
    return rd_kafka_commit_transaction(client_.get(), std::min(millis, kSliceMillis));
  });
}

Ended Transactions::abort() {
  return insist("abort a transaction",
                [&](int millis) { return rd_kafka_abort_transaction(client_.get(), millis); });
}

}  // namespace vitrine::kafka
