// One epoch as one transaction.
#include <chrono>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/metrics.h"
#include "streams/kafka/deliveries.h"
#include "streams/kafka/kafka_state.h"
#include "streams/kafka/transactions.h"

namespace vitrine {

using namespace kafka;

namespace {

// How long brokers may be away before a running program gives up.
constexpr std::chrono::minutes kPatience{10};
// Put out of the group, the runner hears of it with one of its next fetches.
constexpr std::chrono::milliseconds kUntilHeard{20};

}  // namespace

std::unique_ptr<Producing> KafkaState::producing_as(std::string transactional_id) {
  if (!options.at_least_once)
    return std::make_unique<Transactions>(options.settings, std::move(transactional_id),
                                          options.app_id);
  // The group would take what an old epoch consumed under a membership that is newer.
  return std::make_unique<Deliveries>(
      options.settings, std::move(transactional_id), [this](const auto& offsets) {
        {
          const std::lock_guard lock(mutex);
          if (losses != losses_then) return RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION;
        }
        return consumer->commit(offsets);
      });
}

Ended KafkaState::produce_rows(const UnitWork& work) {
  const std::size_t changelog = topics.table.size();
  for (std::size_t i = 0; i < work.rows.size(); ++i) {
    const RowView row = work.rows.row(i);
    const Outgoing out{row.home % topics.changelog_partitions,
                       row.row.data(),
                       row.row.size(),
                       row.removed ? nullptr : row.value.data(),
                       row.value.size(),
                       millis_of(work.wall)};
    if (const Ended ended = producing->produce(changelog, out); ended != Ended::Well)
      return ended;
  }
  return Ended::Well;
}

Ended KafkaState::produce_records(const UnitWork& work) {
  const WorkRecords& records = work.records;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Outgoing out = outgoing_of(records, i, topics.compacted[records.topic(i)]);
    if (const Ended ended = producing->produce(records.topic(i), out); ended != Ended::Well)
      return ended;
  }
  return Ended::Well;
}

Ended KafkaState::produce_all(const UnitWork& work) {
  if (const Ended ended = produce_rows(work); ended != Ended::Well) return ended;
  if (const Ended ended = produce_records(work); ended != Ended::Well) return ended;
  const std::string unit = std::to_string(work.unit.value());
  return producing->produce(topics.table.size() + 1,
                              {work.unit.value() % topics.changelog_partitions, unit.data(),
                               unit.size(), work.steps.data(), work.steps.size(),
                               millis_of(work.wall)});
}

// Of all units: a request for each of them would cost a way to the brokers and back.
Partitions KafkaState::offsets_on_the_way() const {
  Partitions list = partitions_list();
  for (const UnitWork* work : on_the_way) {
    for (const InputPosition& one : work->consumed) {
      const std::string name = topics.name(one.topic);
      rd_kafka_topic_partition_list_add(list.get(), name.c_str(),
                                        static_cast<std::int32_t>(one.partition))
          ->offset = one.next;
    }
  }
  return list;
}

// Offsets first. A transaction's first request is refused until the markers of the last one are
// written, and librdkafka then asks again: 20 ms later where it was about partitions to write to,
// after retry.backoff.ms where it was about offsets.
Ended KafkaState::carry_out(bool& committing) {
  if (const Ended ended = producing->begin(); ended != Ended::Well) return ended;
  if (const Partitions offsets = offsets_on_the_way(); offsets->cnt > 0) {
    if (const Ended ended = producing->send_offsets(offsets.get(), membership.get());
        ended != Ended::Well)
      return ended;
  }
  for (const UnitWork* work : on_the_way) {
    if (const Ended ended = produce_all(*work); ended != Ended::Well) return ended;
  }
  committing = !options.at_least_once;  // what is done again then does no harm to state
  return producing->commit();
}

// A producer that may be anywhere in a transaction is given up; the next one ends what it left.
Result<void> KafkaState::open_again() {
  const auto now = [] { return std::chrono::steady_clock::now(); };
  auto& away = gauge("vitrine_kafka_away", "1 while brokers do not answer.", "app",
                     options.app_id);
  for (const auto until = now() + kPatience;;) {
    const auto opened = begin_producing();
    away.set(opened ? 0 : 1);
    const bool may_come = !opened && opened.error().code == Code::Unavailable;
    if (!may_come || hurried || now() > until) return opened;
    log(LogLevel::Warn, "kafka_away",
        {{"app", options.app_id}, {"why", opened.error().message}});
    std::this_thread::sleep_for(std::chrono::seconds{1});
  }
}

// Why no further try would do better: what was asked for is refused for good, or nothing was
// committed for as long as brokers may be away.
std::optional<Error> KafkaState::cannot_go_on() {
  const auto now = std::chrono::steady_clock::now();
  if (!failing_since) failing_since = now;
  if (producing->refusal()) {
    producing->abandon();  // readers need not wait until it is too old
    return producing->refusal();
  }
  if (now - *failing_since < kPatience) return {};
  return Error{Code::Unavailable, "run " + options.app_id + " on kafka://" +
                                      options.settings.brokers + ": nothing was committed for " +
                                      std::to_string(kPatience.count()) + " minutes, the last try "
                                      "ended with: " + producing->why() +
                                      "; see the brokers' logs, then start again: nothing is lost"};
}

// No producer goes on after an abort. What it had sent may come to the brokers behind the abort's
// markers, and would count as the next transaction's. A new one has a new epoch: whatever the old
// one left open is aborted, and whatever comes late is refused.
Result<Outcome> KafkaState::settle(Ended ended, bool committing) {
  if (ended == Ended::Well) {
    failing_since.reset();
    VT_TRY_VOID(check_claim());
    return Outcome::Committed;
  }
  log(LogLevel::Warn, "kafka_commit_failed",
      {{"app", options.app_id}, {"brokers", options.settings.brokers}, {"why", producing->why()}});
  if (const auto error = cannot_go_on()) return tl::unexpected<Error>(*error);
  if (ended == Ended::Fenced && options.at_least_once) return Outcome::Fenced;
  VT_TRY_VOID(open_again());
  return committing ? Outcome::Reload : Outcome::Again;
}

Result<bool> KafkaState::work() {
  {
    const std::lock_guard lock(mutex);
    if (on_the_way.empty()) return false;
  }
  if (outside) std::this_thread::sleep_for(kUntilHeard);
  bool committing = false;
  Result<Outcome> settled = Outcome::Again;
  if (!outside) {
    const Ended ended = carry_out(committing);  // says how far it came, before that is asked
    settled = settle(ended, committing);
  }
  VT_TRY(const Outcome outcome, std::move(settled));
  const std::lock_guard lock(mutex);
  for (const UnitWork* work : on_the_way) {  // what was written to inputs is there to be read
    for (std::size_t i = 0; options.tells_end && i < work->records.size(); ++i) {
      const TopicNumber topic = work->records.topic(i);
      if (topics.table.is_input(topic)) not_at_end.emplace(topic, work->records.partition(i));
    }
  }
  const UnitWork& first = *on_the_way.front();
  events.push_back({BrokerEvent::Kind::Done, first.unit, first.generation, ticket, outcome});
  on_the_way.clear();
  woken = true;
  changed.notify_all();
  return true;
}

}  // namespace vitrine
