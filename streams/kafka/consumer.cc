#include "streams/kafka/consumer.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

namespace vitrine::kafka {
namespace {

constexpr int kRequestMillis = 5'000;
constexpr std::size_t kComplaintsMax = 100;
// The broker ends an abandoned transaction after 10 s; a loaded one needs a while more.
constexpr std::chrono::seconds kPatience{60};

// What exactly once stands on.
const Settings kFixed = {
    {"isolation.level", "read_committed"},
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "error"},  // records that have expired unread are no small matter
    {"partition.assignment.strategy", "cooperative-sticky"},
};

// What the settings file may say otherwise.
const Settings& usual() {
  static const Settings settings = {
      {"fetch.min.bytes", "1"},
      {"fetch.wait.max.ms", "100"},
      {"fetch.error.backoff.ms", "20"},
      {"socket.timeout.ms", "10000"},  // a connection that is half open is noticed after this
      {"fetch.message.max.bytes", "1048576"},
      {"queued.min.messages", "50000"},
      {"queued.max.messages.kbytes", "16384"},
      {"session.timeout.ms", "10000"},
      {"heartbeat.interval.ms", "1000"},
      {"max.poll.interval.ms", "300000"},
  };
  return settings;
}

Partitions list_of(const std::vector<TopicPartition>& partitions) {
  Partitions out = partitions_list(partitions.size());
  for (const TopicPartition& one : partitions) {
    rd_kafka_topic_partition_list_add(out.get(), one.topic.c_str(),
                                      static_cast<std::int32_t>(one.partition))
        ->offset = one.offset;
  }
  return out;
}

rd_kafka_resp_err_t first_error(rd_kafka_resp_err_t code,
                                const rd_kafka_topic_partition_list_t& list) {
  for (int i = 0; i < list.cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) code = list.elems[i].err;
  return code;
}

template <class Call>
Result<void> patiently(const std::string& doing, const Needed& needed, Call&& call,
                       const std::string& why_late = {}) {
  using Clock = std::chrono::steady_clock;
  for (const auto until = Clock::now() + kPatience;;) {
    const rd_kafka_resp_err_t code = call();
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    if (!may_pass(code)) return refuse(doing, code, {}, needed);
    if (Clock::now() > until) return refuse(doing, code, why_late, needed);
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
}

}  // namespace

Result<std::unique_ptr<Consumer>> Consumer::open(const KafkaSettings& settings,
                                                 const std::string& group,
                                                 std::function<void()> notify,
                                                 const Settings& role) {
  std::unique_ptr<Consumer> out(new Consumer);
  out->group_ = group;
  Settings fixed = kFixed;
  fixed.emplace_back("group.id", group);
  fixed.insert(fixed.end(), role.begin(), role.end());
  VT_TRY(Conf conf, conf_of(settings, usual(), fixed));
  rd_kafka_conf_set_rebalance_cb(conf.get(), on_rebalance);
  rd_kafka_conf_set_opaque(conf.get(), out.get());
  VT_TRY(out->client_, make_client(RD_KAFKA_CONSUMER, std::move(conf),
                                   "read from kafka://" + settings.brokers));
  rd_kafka_poll_set_consumer(out->client_.get());
  out->queue_.reset(rd_kafka_queue_get_consumer(out->client_.get()));
  out->notify_ = std::move(notify);
  if (out->notify_) {
    rd_kafka_queue_cb_event_enable(
        out->queue_.get(),
        [](rd_kafka_t*, void* opaque) { static_cast<Consumer*>(opaque)->notify_(); }, out.get());
  }
  return out;
}

Consumer::~Consumer() {
  let_go();
  closing_ = true;
  if (queue_) rd_kafka_queue_cb_event_enable(queue_.get(), nullptr, nullptr);
  queue_.reset();
  if (client_) rd_kafka_consumer_close(client_.get());
}

Result<std::vector<TopicPartition>> Consumer::committed(
    const std::vector<TopicPartition>& of) const {
  const Partitions list = list_of(of);
  const std::string group = "group " + group_;
  VT_TRY_VOID(patiently("ask for the committed offsets of " + group, {"Read", group}, [&] {
    return first_error(rd_kafka_committed(client_.get(), list.get(), kRequestMillis), *list);
  }, "a transaction that commits them stays open (kafka-transactions.sh --find-hanging says "
     "which), or the brokers are away"));
  std::vector<TopicPartition> out;
  for (int i = 0; i < list->cnt; ++i) {
    const auto& one = list->elems[i];
    if (one.offset < 0) continue;
    out.push_back({one.topic, static_cast<std::uint32_t>(one.partition), one.offset});
    if (one.metadata != nullptr)
      out.back().note.assign(static_cast<const char*>(one.metadata), one.metadata_size);
  }
  return out;
}

rd_kafka_resp_err_t Consumer::commit(const rd_kafka_topic_partition_list_t& offsets) const {
  return first_error(rd_kafka_commit(client_.get(), &offsets, 0), offsets);
}

// Whoever must not know the group's coordinator is not answered, as if it were away; why is only
// complained of, where messages come.
rd_kafka_resp_err_t Consumer::complaint() {
  for (const rd_kafka_message_t* message : fetch(kComplaintsMax, 0)) {
    if (is_refusal(message->err)) return message->err;
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

Result<void> Consumer::note(const TopicPartition& one) {
  const Partitions asked = list_of({one}), noted = list_of({one});
  const std::string group = "group " + group_;
  VT_TRY_VOID(patiently("ask for the coordinator of " + group, {"Read", group}, [&] {
    const auto code =
        first_error(rd_kafka_committed(client_.get(), asked.get(), kRequestMillis), *asked);
    const auto why = code == RD_KAFKA_RESP_ERR__TIMED_OUT ? complaint() : code;
    return why == RD_KAFKA_RESP_ERR_NO_ERROR ? code : why;
  }));
  noted->elems[0].metadata = const_cast<char*>(one.note.data());
  noted->elems[0].metadata_size = one.note.size();
  const auto written = patiently("commit an offset of " + group, {"Read", "topic " + one.topic},
                                 [&] { return commit(*noted); });
  noted->elems[0].metadata = nullptr;  // not the list's
  noted->elems[0].metadata_size = 0;
  return written;
}

Result<std::int64_t> Consumer::end_of(const TopicPartition& of, std::int64_t* first) {
  std::int64_t low = 0, high = 0;
  VT_TRY_VOID(patiently("ask where " + of.topic + " ends", {"Describe", "topic " + of.topic}, [&] {
    return rd_kafka_query_watermark_offsets(client_.get(), of.topic.c_str(),
                                            static_cast<std::int32_t>(of.partition), &low, &high,
                                            kRequestMillis);
  }));
  if (first != nullptr) *first = low;
  return high;
}

Result<void> Consumer::join(const std::string& topic, RebalanceListener listener) {
  listener_ = std::move(listener);
  const Partitions topics = partitions_list(1);
  rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  const auto code = rd_kafka_subscribe(client_.get(), topics.get());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return refuse("join the group for topic " + topic, code);
}

void Consumer::on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t what,
                            rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  static_cast<Consumer*>(opaque)->rebalance(what, *partitions);
}

// The group goes on when it is told what is read from now on. New partitions are added later, when
// their state is there; those to give back are dropped later, when their last epoch is committed.
void Consumer::rebalance(rd_kafka_resp_err_t what,
                         const rd_kafka_topic_partition_list_t& partitions) {
  std::vector<std::uint32_t> numbers;
  for (int i = 0; i < partitions.cnt; ++i)
    numbers.push_back(static_cast<std::uint32_t>(partitions.elems[i].partition));
  Rebalance told = Rebalance::Assigned;
  if (what != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    const bool lost = rd_kafka_assignment_lost(client_.get()) != 0;
    told = lost || closing_ ? Rebalance::Lost : Rebalance::Revoking;
  }
  if (told == Rebalance::Assigned) {
    const Failure error(rd_kafka_incremental_assign(client_.get(), partitions_list().get()));
  } else if (told == Rebalance::Lost) {
    const Failure error(rd_kafka_incremental_unassign(client_.get(), list_of(added_).get()));
    added_.clear();
  }
  if (listener_ && !closing_) listener_(told, numbers);
}

Result<void> Consumer::add(const std::vector<TopicPartition>& partitions) {
  const Failure error(rd_kafka_incremental_assign(client_.get(), list_of(partitions).get()));
  if (!error) {
    added_.insert(added_.end(), partitions.begin(), partitions.end());
    return {};
  }
  return refuse("read partitions", rd_kafka_error_code(error.get()),
                rd_kafka_error_string(error.get()));
}

Result<void> Consumer::drop(const std::vector<TopicPartition>& partitions) {
  let_go();
  const auto split =
      std::stable_partition(added_.begin(), added_.end(), [&](const TopicPartition& one) {
        return std::none_of(partitions.begin(), partitions.end(),
                            [&](const TopicPartition& other) { return one.same_place(other); });
      });
  const std::vector<TopicPartition> going(split, added_.end());
  added_.erase(split, added_.end());
  const Failure error(rd_kafka_incremental_unassign(client_.get(), list_of(going).get()));
  if (!error) return {};
  return refuse("let go of partitions", rd_kafka_error_code(error.get()),
                rd_kafka_error_string(error.get()));
}

void Consumer::let_go() {
  for (rd_kafka_message_t* message : messages_) rd_kafka_message_destroy(message);
  messages_.clear();
}

// librdkafka waits until it has that many, or the time has passed.
void Consumer::take(std::size_t records_max, int millis_max) {
  messages_.resize(records_max);
  const auto count = rd_kafka_consume_batch_queue(queue_.get(), millis_max, messages_.data(),
                                                  messages_.size());
  messages_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
}

std::span<rd_kafka_message_t* const> Consumer::fetch(std::size_t records_max, int millis_max) {
  let_go();
  take(records_max, 0);
  if (messages_.empty() && millis_max > 0) take(1, millis_max);
  return messages_;
}

// As librdkafka writes it: "CGMDv2:", the generation, the names.
bool Consumer::is_checked(const rd_kafka_consumer_group_metadata_t& membership) {
  constexpr std::string_view kMagic = "CGMDv2:";
  void* bytes = nullptr;
  std::size_t size = 0;
  const Failure error(rd_kafka_consumer_group_metadata_write(&membership, &bytes, &size));
  if (error) return false;
  const std::string_view written(static_cast<const char*>(bytes), size);
  std::int32_t generation = -1;
  if (written.starts_with(kMagic) && written.size() >= kMagic.size() + sizeof generation)
    std::memcpy(&generation, written.data() + kMagic.size(), sizeof generation);
  rd_kafka_mem_free(nullptr, bytes);
  return generation >= 0;
}

GroupMetadata Consumer::group() const {
  return GroupMetadata(rd_kafka_consumer_group_metadata(client_.get()));
}

}  // namespace vitrine::kafka
