#include "streams/kafka/kafka_broker.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <utility>

#include "base/hash.h"
#include "streams/kafka/changelog.h"
#include "streams/kafka/kafka_state.h"
#include "streams/kafka/row_follower.h"

namespace vitrine {

using namespace kafka;

namespace {

std::string new_life() {
  std::random_device random;  // a name, no decision
  return std::to_string(random()) + "-" + std::to_string(random());
}

std::string transactional_id(const KafkaBrokerOptions& options, const std::string& life) {
  const std::string who = options.instance.empty() ? life : options.instance;
  return options.app_id + "." + (options.distributed ? who : "local");
}

}  // namespace

Result<std::unique_ptr<KafkaBroker>> KafkaBroker::open(const Topology& topology,
                                                       KafkaBrokerOptions options) {
  options.app_id.insert(0, options.settings.prefix);
  options.topic_prefix.insert(0, options.settings.prefix);
  VT_TRY(auto topics, KafkaTopics::open(topology, options.settings, options.app_id,
                                       options.topic_prefix));
  std::string life = new_life();
  std::string id = transactional_id(options, life);
  auto state = std::make_unique<KafkaState>(std::move(options), std::move(topics), std::move(id),
                                            std::move(life));
  state->hears_ends = state->options.tells_end || topology.uses_event_time();
  VT_TRY_VOID(state->open());
  return std::unique_ptr<KafkaBroker>(new KafkaBroker(std::move(state)));
}

KafkaBroker::KafkaBroker(std::unique_ptr<KafkaState> state) : state_(std::move(state)) {}
KafkaBroker::~KafkaBroker() = default;

Result<void> KafkaState::open() {
  // In the order of the topics' numbers, so that a record's topic is its number here, too.
  for (TopicNumber topic = 0; topic < topics.table.size(); ++topic)
    producing->topic(topics.name(topic));
  producing->topic(topics.changelog);
  producing->topic(topics.commits);
  Settings role{{"enable.partition.eof", hears_ends ? "true" : "false"}};
  if (options.skip_expired) role.emplace_back("auto.offset.reset", "earliest");
  if (!options.instance.empty()) role.emplace_back("group.instance.id", options.instance);
  VT_TRY(consumer,
         Consumer::open(options.settings, options.app_id, [this] { wake(); }, role));
  VT_TRY_VOID(begin_producing());
  if (!options.distributed) {
    tell(Rebalance::Assigned, {0});
    return {};
  }
  units = topics.changelog_partitions;
  return consumer->join(topics.driver, [this](Rebalance what, const auto& numbers) {
    tell(what, numbers);
  });
}

void KafkaState::wake() {
  const std::lock_guard lock(mutex);
  woken = true;
  changed.notify_all();
}

// With the mutex held.
void KafkaState::forget(Unit unit) {
  for (const TopicPartition& one : reading[unit])
    not_at_end.erase({topics.number_of(one.topic), one.partition});
  reading.erase(unit);
  opening.erase(unit);
}

void KafkaState::tell(Rebalance what, const std::vector<std::uint32_t>& numbers) {
  const std::lock_guard lock(mutex);
  if (what == Rebalance::Assigned) generation = Generation{generation.value() + 1};
  if (what == Rebalance::Lost) ++losses;
  for (const std::uint32_t number : numbers) {
    const auto kind = what == Rebalance::Assigned   ? BrokerEvent::Kind::Assigned
                      : what == Rebalance::Revoking ? BrokerEvent::Kind::Revoking
                                                    : BrokerEvent::Kind::Lost;
    events.push_back({kind, Unit{number}, generation, {}, {}});
    if (what == Rebalance::Assigned) opening.insert(Unit{number});
    if (what == Rebalance::Lost) forget(Unit{number});
  }
  if (what == Rebalance::Lost) everywhere.clear();  // the consumer reads nothing any more
}

std::uint32_t KafkaBroker::partitions(std::uint32_t topic) const {
  return state_->topics.partitions[topic];
}

std::uint32_t KafkaBroker::units() const { return state_->units; }

std::vector<BrokerEvent> KafkaBroker::poll() {
  const std::lock_guard lock(state_->mutex);
  const auto waits = std::chrono::steady_clock::now() - state_->handed_in;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(waits).count();
  state_->commit_waits.set(state_->on_the_way.empty() ? 0 : seconds);
  return std::exchange(state_->events, {});
}

std::vector<TopicPartition> KafkaState::inputs_of(Unit unit) const {
  std::vector<TopicPartition> out;
  for (TopicNumber topic = 0; topic < topics.table.size(); ++topic) {
    if (!topics.table.is_input(topic)) continue;
    for (std::uint32_t one = unit.value(); one < topics.partitions[topic]; one += units)
      out.push_back({topics.name(topic), one});
  }
  return out;
}

// From where they say on. librdkafka would find a beginning by itself, half a second later.
Result<void> KafkaState::read(std::vector<TopicPartition> partitions) {
  for (TopicPartition& one : partitions) {
    if (one.offset < 0) VT_TRY_VOID(consumer->end_of(one, &one.offset));
    const std::lock_guard lock(mutex);
    not_at_end.emplace(topics.number_of(one.topic), one.partition);
  }
  return consumer->add(partitions);
}

// Units that are further get again what they have had.
Result<void> KafkaState::read_everywhere(std::span<const InputPosition> from) {
  std::vector<TopicPartition> back, fresh;
  for (TopicNumber topic = 0; topic < topics.table.size(); ++topic) {
    if (!topics.table.is_input(topic) || !is_shared(topic)) continue;
    for (std::uint32_t one = 0; one < topics.partitions[topic]; ++one) {
      std::int64_t next = RD_KAFKA_OFFSET_BEGINNING;
      for (const InputPosition& position : from) {
        if (position.topic == topic && position.partition == one) next = position.next;
      }
      const auto known = everywhere.find({topic, one});
      if (known != everywhere.end() && known->second <= next) continue;
      fresh.push_back({topics.name(topic), one, next});
      if (known != everywhere.end()) back.push_back(fresh.back());
      everywhere[{topic, one}] = next;
    }
  }
  if (!back.empty()) VT_TRY_VOID(consumer->drop(back));
  return fresh.empty() ? Result<void>{} : read(std::move(fresh));
}

std::vector<std::uint32_t> KafkaState::changelog_of(Unit unit) const {
  if (options.distributed) return {unit.value()};
  std::vector<std::uint32_t> all(topics.changelog_partitions);
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

Result<void> KafkaBroker::restore(Unit unit, BytesView after, const RowVisitor& visit) {
  return read_changelog(state_->options.settings, state_->topics.changelog,
                        state_->changelog_of(unit), after, visit);
}

// The end for readers of committed records; what is committed and not shown to them yet comes
// behind it, and is read again.
Result<Bytes> KafkaBroker::place(Unit unit) {
  std::map<std::uint32_t, std::int64_t> offsets;
  for (const std::uint32_t one : state_->changelog_of(unit)) {
    VT_TRY(offsets[one], state_->consumer->end_of({state_->topics.changelog, one}));
  }
  return changelog_place(offsets);
}

Result<std::unique_ptr<RowFollower>> KafkaBroker::follow_rows() {
  return KafkaRowFollower::open(state_->options.settings, state_->topics.changelog);
}

Result<std::vector<InputPosition>> KafkaBroker::committed(Unit unit) {
  VT_TRY(const auto known, state_->consumer->committed(state_->inputs_of(unit)));
  std::vector<InputPosition> out;
  for (const TopicPartition& one : known)
    out.push_back({state_->topics.number_of(one.topic), one.partition, one.offset});
  std::sort(out.begin(), out.end());
  return out;
}

Result<void> KafkaBroker::resume(Unit unit, std::span<const InputPosition> from) {
  KafkaState& s = *state_;
  if (s.reading.contains(unit)) VT_TRY_VOID(s.consumer->drop(s.reading[unit]));
  auto partitions = s.inputs_of(unit);
  std::erase_if(partitions, [&](const TopicPartition& one) {
    return s.is_shared(s.topics.number_of(one.topic));
  });
  for (TopicPartition& one : partitions) {
    const TopicNumber topic = s.topics.number_of(one.topic);
    for (const InputPosition& position : from) {
      if (position.topic == topic && position.partition == one.partition)
        one.offset = position.next;
    }
  }
  VT_TRY_VOID(s.read(partitions));
  VT_TRY_VOID(s.read_everywhere(from));
  const std::lock_guard lock(s.mutex);
  s.reading[unit] = std::move(partitions);
  s.opening.erase(unit);
  return {};
}

Result<std::span<const Fetched>> KafkaBroker::fetch(std::size_t records_max) {
  KafkaState& s = *state_;
  s.fetched.clear();
  for (const rd_kafka_message_t* message : s.consumer->fetch(records_max, 0)) {
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      const TopicNumber topic = s.topics.number_of(message->rkt);
      const auto partition = static_cast<std::uint32_t>(message->partition);
      s.ends.push_back({topic, partition, message->offset});
      const std::lock_guard lock(s.mutex);
      s.not_at_end.erase({topic, partition});
      continue;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      VT_TRY_VOID(heard(message));
      continue;
    }
    Fetched one;
    one.topic = s.topics.number_of(message->rkt);
    one.partition = static_cast<std::uint32_t>(message->partition);
    one.offset = message->offset;
    one.record = record_of(message);
    if (s.is_shared(one.topic)) s.everywhere[{one.topic, one.partition}] = one.offset + 1;
    s.fetched.push_back(one);
  }
  return std::span<const Fetched>(s.fetched);
}

std::vector<InputPosition> KafkaBroker::ended() { return std::exchange(state_->ends, {}); }

// Before the group has given us anything there is no end.
bool KafkaBroker::at_end() const {
  const std::lock_guard lock(state_->mutex);
  return state_->generation != Generation{0} && state_->events.empty() &&
         state_->opening.empty() && state_->not_at_end.empty();
}

void KafkaBroker::expect_more(const std::string& topic, BytesView key) {
  const TopicNumber number = state_->topics.number_of(topic);
  const std::uint32_t hash = murmur2(key) & 0x7fffffffU;
  const std::lock_guard lock(state_->mutex);
  state_->not_at_end.emplace(number, hash % state_->topics.partitions[number]);
}

Ticket KafkaBroker::commit(std::vector<const UnitWork*> works) {
  GroupMetadata membership = state_->consumer->group();  // librdkafka may call wake() meanwhile
  const bool outside = state_->options.distributed && !Consumer::is_checked(*membership);
  const std::lock_guard lock(state_->mutex);
  VT_CHECK_MSG(state_->on_the_way.empty(), "one commit on the way at a time");
  state_->on_the_way = std::move(works);
  state_->handed_in = std::chrono::steady_clock::now();
  state_->membership = std::move(membership);
  state_->outside = outside;
  state_->losses_then = state_->losses;
  state_->ticket = Ticket{state_->ticket.value() + 1};
  return state_->ticket;
}

Result<bool> KafkaBroker::work() { return state_->work(); }

// The group goes on after the first drop(): all of them are one.
Result<void> KafkaBroker::release(std::span<const Unit> units) {
  KafkaState& s = *state_;
  std::vector<TopicPartition> all;
  for (const Unit unit : units) {
    const auto& own = s.reading[unit];
    all.insert(all.end(), own.begin(), own.end());
    const std::lock_guard lock(s.mutex);
    s.forget(unit);
  }
  return s.consumer->drop(all);
}

void KafkaBroker::wait(Duration at_most) {
  KafkaState& s = *state_;
  std::unique_lock lock(s.mutex);
  s.changed.wait_for(lock, at_most, [&] { return s.woken; });
  s.woken = false;
}

void KafkaBroker::wake() { state_->wake(); }

void KafkaBroker::hurry() { state_->hurried = true; }

}  // namespace vitrine
