#include "streams/kafka/kafka_broker.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <set>
#include <utility>

#include "base/log.h"
#include "streams/kafka/changelog.h"
#include "streams/kafka/consumer.h"
#include "streams/kafka/kafka_topics.h"
#include "streams/kafka/transactions.h"

namespace vitrine {

using namespace kafka;

struct KafkaBroker::State {
  explicit State(KafkaBrokerOptions given, KafkaTopics known)
      : options(std::move(given)),
        topics(std::move(known)),
        transactions(options.settings, options.app_id + ".local") {}

  KafkaBrokerOptions options;
  KafkaTopics topics;
  Transactions transactions;
  std::unique_ptr<Consumer> consumer;
  std::vector<TopicPartition> reading;  // as given to the consumer
  std::vector<Fetched> fetched;
  std::set<std::pair<TopicNumber, std::uint32_t>> not_at_end;
  Generation generation{1};

  std::mutex mutex;  // guards the rest
  std::condition_variable changed;
  bool woken = false;
  std::vector<BrokerEvent> events;
  std::vector<const UnitWork*> on_the_way;
  Ticket ticket;

  void wake() {
    const std::lock_guard lock(mutex);
    woken = true;
    changed.notify_all();
  }
  std::vector<TopicPartition> inputs() const;
  Ended carry_out();
  Ended produce_all(const UnitWork& work);
  Ended produce_rows(const UnitWork& work);
  Ended produce_records(const UnitWork& work);
  Partitions offsets_of(const UnitWork& work) const;
};

Result<std::unique_ptr<KafkaBroker>> KafkaBroker::open(const Topology& topology,
                                                       KafkaBrokerOptions options) {
  VT_TRY(auto topics, KafkaTopics::open(topology, options.settings, options.app_id));
  auto state = std::make_unique<State>(std::move(options), std::move(topics));
  State& s = *state;
  // In the order of the topics' numbers, so that a record's topic is its number here, too.
  for (TopicNumber topic = 0; topic < s.topics.table.size(); ++topic)
    s.transactions.topic(s.topics.table.info(topic).name);
  s.transactions.topic(s.topics.changelog);
  s.transactions.topic(s.topics.commits);
  VT_TRY_VOID(s.transactions.open());
  VT_TRY(s.consumer,
         Consumer::open(s.options.settings, s.options.app_id, [&s] { s.wake(); },
                        {{"enable.partition.eof", s.options.tells_end ? "true" : "false"}}));
  s.events.push_back({BrokerEvent::Kind::Assigned, Unit{0}, s.generation, {}, {}});
  return std::unique_ptr<KafkaBroker>(new KafkaBroker(std::move(state)));
}

KafkaBroker::KafkaBroker(std::unique_ptr<State> state) : state_(std::move(state)) {}
KafkaBroker::~KafkaBroker() = default;

std::uint32_t KafkaBroker::partitions(std::uint32_t topic) const {
  return state_->topics.partitions[topic];
}

std::uint32_t KafkaBroker::units() const { return 1; }

std::vector<BrokerEvent> KafkaBroker::poll() {
  const std::lock_guard lock(state_->mutex);
  return std::exchange(state_->events, {});
}

std::vector<TopicPartition> KafkaBroker::State::inputs() const {
  std::vector<TopicPartition> out;
  for (TopicNumber topic = 0; topic < topics.table.size(); ++topic) {
    if (!topics.table.is_input(topic)) continue;
    for (std::uint32_t partition = 0; partition < topics.partitions[topic]; ++partition)
      out.push_back({topics.table.info(topic).name, partition});
  }
  return out;
}

Result<void> KafkaBroker::restore(Unit, const RowVisitor& visit) {
  const State& s = *state_;
  std::vector<std::uint32_t> all(s.topics.changelog_partitions);
  std::iota(all.begin(), all.end(), 0U);
  return read_changelog(s.options.settings, s.topics.changelog, all, visit);
}

Result<std::vector<InputPosition>> KafkaBroker::committed(Unit) {
  VT_TRY(const auto known, state_->consumer->committed(state_->inputs()));
  std::vector<InputPosition> out;
  for (const TopicPartition& one : known)
    out.push_back({state_->topics.table.find(one.topic), one.partition, one.offset});
  std::sort(out.begin(), out.end());
  return out;
}

Result<void> KafkaBroker::resume(Unit, std::span<const InputPosition> from) {
  State& s = *state_;
  if (!s.reading.empty()) VT_TRY_VOID(s.consumer->drop(s.reading));
  s.reading = s.inputs();
  for (TopicPartition& one : s.reading) {
    s.not_at_end.emplace(s.topics.table.find(one.topic), one.partition);
    for (const InputPosition& position : from) {
      if (s.topics.table.info(position.topic).name == one.topic &&
          position.partition == one.partition)
        one.offset = position.next;
    }
    // librdkafka would find it by itself, half a second later.
    if (one.offset < 0) VT_TRY_VOID(s.consumer->end_of(one, &one.offset));
  }
  return s.consumer->add(s.reading);
}

Result<std::span<const Fetched>> KafkaBroker::fetch(std::size_t records_max) {
  State& s = *state_;
  s.fetched.clear();
  for (const rd_kafka_message_t* message : s.consumer->fetch(records_max, 0)) {
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      s.not_at_end.erase({s.topics.number_of(message->rkt),
                          static_cast<std::uint32_t>(message->partition)});
      continue;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      VT_TRY_VOID(s.topics.heard(message));
      continue;
    }
    Fetched one;
    one.topic = s.topics.number_of(message->rkt);
    one.partition = static_cast<std::uint32_t>(message->partition);
    one.offset = message->offset;
    one.record = record_of(message);
    s.fetched.push_back(one);
  }
  return std::span<const Fetched>(s.fetched);
}

bool KafkaBroker::at_end() const { return state_->not_at_end.empty(); }

Ticket KafkaBroker::commit(std::vector<const UnitWork*> works) {
  const std::lock_guard lock(state_->mutex);
  VT_CHECK_MSG(state_->on_the_way.empty(), "one commit on the way at a time");
  state_->on_the_way = std::move(works);
  state_->ticket = Ticket{state_->ticket.value() + 1};
  return state_->ticket;
}

Ended KafkaBroker::State::produce_rows(const UnitWork& work) {
  const std::size_t changelog = topics.table.size();
  for (std::size_t i = 0; i < work.rows.size(); ++i) {
    const RowView row = work.rows.row(i);
    const Outgoing out{row.home % topics.changelog_partitions,
                       row.row.data(),
                       row.row.size(),
                       row.removed ? nullptr : row.value.data(),
                       row.value.size(),
                       millis_of(work.wall)};
    if (const Ended ended = transactions.produce(changelog, out); ended != Ended::Well)
      return ended;
  }
  return Ended::Well;
}

// An empty key is no key; an empty value is a tombstone where the topic is compacted.
Ended KafkaBroker::State::produce_records(const UnitWork& work) {
  const WorkRecords& records = work.records;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const RecordView record = records.record(i);
    const bool tombstone = record.value.empty() && topics.compacted[records.topic(i)];
    const Outgoing out{records.partition(i),
                       record.key.empty() ? nullptr : record.key.data(),
                       record.key.size(),
                       tombstone ? nullptr : record.value.data(),
                       record.value.size(),
                       millis_of(record.timestamp),
                       record.correlation};
    if (const Ended ended = transactions.produce(records.topic(i), out); ended != Ended::Well)
      return ended;
  }
  return Ended::Well;
}

Ended KafkaBroker::State::produce_all(const UnitWork& work) {
  if (const Ended ended = produce_rows(work); ended != Ended::Well) return ended;
  if (const Ended ended = produce_records(work); ended != Ended::Well) return ended;
  const std::string unit = std::to_string(work.unit.value());
  return transactions.produce(topics.table.size() + 1,
                              {work.unit.value() % topics.changelog_partitions, unit.data(),
                               unit.size(), work.steps.data(), work.steps.size(),
                               millis_of(work.wall)});
}

Partitions KafkaBroker::State::offsets_of(const UnitWork& work) const {
  Partitions list = partitions_list(work.consumed.size());
  for (const InputPosition& one : work.consumed) {
    const std::string& name = topics.table.info(one.topic).name;
    rd_kafka_topic_partition_list_add(list.get(), name.c_str(),
                                      static_cast<std::int32_t>(one.partition))
        ->offset = one.next;
  }
  return list;
}

Ended KafkaBroker::State::carry_out() {
  if (const Ended ended = transactions.begin(); ended != Ended::Well) return ended;
  for (const UnitWork* work : on_the_way) {
    if (const Ended ended = produce_all(*work); ended != Ended::Well) return ended;
  }
  const GroupMetadata group = consumer->group();
  for (const UnitWork* work : on_the_way) {
    const Partitions offsets = offsets_of(*work);
    if (offsets->cnt == 0) continue;
    if (const Ended ended = transactions.send_offsets(offsets.get(), group.get());
        ended != Ended::Well)
      return ended;
  }
  return transactions.commit();
}

Result<bool> KafkaBroker::work() {
  State& s = *state_;
  {
    const std::lock_guard lock(s.mutex);
    if (s.on_the_way.empty()) return false;
  }
  Ended ended = s.carry_out();
  Outcome outcome = Outcome::Committed;
  if (ended != Ended::Well) {
    outcome = Outcome::Reload;
    log(LogLevel::Warn, "kafka_commit_failed",
        {{"app", s.options.app_id}, {"why", s.transactions.why()}});
    if (ended == Ended::Abort) ended = s.transactions.abort();
    if (ended == Ended::Fenced) {
      return fail(Code::Conflict, "run " + s.options.app_id + " on kafka://" +
                                      s.options.settings.brokers +
                                      ": another process runs under this name and has taken over");
    }
    if (ended == Ended::Unknown) VT_TRY_VOID(s.transactions.open());
  }
  const std::lock_guard lock(s.mutex);
  const UnitWork& first = *s.on_the_way.front();
  s.events.push_back({BrokerEvent::Kind::Done, first.unit, first.generation, s.ticket, outcome});
  s.on_the_way.clear();
  s.woken = true;
  s.changed.notify_all();
  return true;
}

Result<void> KafkaBroker::release(Unit) { return {}; }

void KafkaBroker::wait(Duration at_most) {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait_for(lock, at_most, [&] { return state_->woken; });
  state_->woken = false;
}

void KafkaBroker::wake() { state_->wake(); }

}  // namespace vitrine
