#include "streams/kafka/deliveries.h"

#include <chrono>
#include <thread>
#include <utility>

#include "streams/kafka/client.h"

namespace vitrine::kafka {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kDeliveryMillis = 10'000;
constexpr std::chrono::seconds kPatience{15};

// The settings file may say otherwise.
const Settings& usual() {
  static const Settings settings = {{"message.timeout.ms", std::to_string(kDeliveryMillis)}};
  return settings;
}

bool is_fencing(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION ||
         code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
         code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
}

}  // namespace

Deliveries::Deliveries(KafkaSettings settings, std::string name, CommitOffsets commit_offsets)
    : Producing(std::move(settings), std::move(name)), commit_offsets_(std::move(commit_offsets)) {}

Result<void> Deliveries::open() { return make(usual(), {}); }

Ended Deliveries::send_offsets(const rd_kafka_topic_partition_list_t* offsets,
                               const rd_kafka_consumer_group_metadata_t*) {
  offsets_.reset(rd_kafka_topic_partition_list_copy(offsets));
  return Ended::Well;
}

// In slices: records that could not be delivered count as on the way until they were heard of.
bool Deliveries::all_delivered() {
  constexpr int kSliceMillis = 500;
  for (const auto until = Clock::now() + kPatience; Clock::now() < until;) {
    const auto code = rd_kafka_flush(client(), kSliceMillis);
    hear_errors();
    if (lost_ > 0) break;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
  }
  why_ = "deliver records: " + std::to_string(lost_) + " were given up, " +
         std::to_string(rd_kafka_outq_len(client())) + " are on the way";
  if (!lost_why_.empty()) why_ += "; " + lost_why_;
  return false;
}

Ended Deliveries::commit() {
  if (!all_delivered()) return Ended::Abort;
  const Partitions offsets = std::move(offsets_);
  if (!offsets) return Ended::Well;
  for (const auto until = Clock::now() + kPatience;;) {
    const rd_kafka_resp_err_t code = commit_offsets_(*offsets);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return Ended::Well;
    why_ = std::string("commit offsets: ") + rd_kafka_err2str(code);
    if (is_fencing(code)) return Ended::Fenced;
    if (!may_pass(code) || Clock::now() > until) return Ended::Abort;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
}

}  // namespace vitrine::kafka
