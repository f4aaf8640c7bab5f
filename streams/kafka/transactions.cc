#include "streams/kafka/transactions.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>
#include <utility>

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
  };
  return settings;
}

}  // namespace

Transactions::Transactions(KafkaSettings settings, std::string transactional_id, std::string group)
    : Producing(std::move(settings), std::move(transactional_id), std::move(group)) {}

Result<void> Transactions::open() {
  const std::string doing = "begin transactions as " + id_ + " on kafka://" + settings_.brokers;
  for (int attempt = 1;; ++attempt) {
    VT_TRY_VOID(make(usual(), {{"transactional.id", id_}}));
    const Failure error(rd_kafka_init_transactions(client(), kInitMillis));
    hear_errors();
    if (!error) return {};
    const auto code = rd_kafka_error_code(error.get());
    if (!rd_kafka_error_is_retriable(error.get()) || attempt == kInitTries)
      return refuse(doing, code, rd_kafka_error_string(error.get()),
                    {"Write", "transactional id " + id_});
  }
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
  return judge("begin a transaction", rd_kafka_begin_transaction(client()));
}

Ended Transactions::send_offsets(const rd_kafka_topic_partition_list_t* offsets,
                                 const rd_kafka_consumer_group_metadata_t* group) {
  return insist("send offsets", [&](int millis) {
    return rd_kafka_send_offsets_to_transaction(client(), offsets, group, millis);
  });
}

// In slices: records that could not be delivered count as on the way until they were heard of.
Ended Transactions::commit() {
  constexpr int kSliceMillis = 500;
  return insist("commit a transaction", [&](int millis) {
    return rd_kafka_commit_transaction(client(), std::min(millis, kSliceMillis));
  });
}

Ended Transactions::abort() {
  return insist("abort a transaction",
                [&](int millis) { return rd_kafka_abort_transaction(client(), millis); });
}

}  // namespace vitrine::kafka
