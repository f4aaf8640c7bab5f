#pragma once
// What a KafkaBroker consists of. Used by kafka_broker.cc (units, reading), kafka_commit.cc and
// kafka_claim.cc.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "streams/kafka/consumer.h"
#include "streams/kafka/kafka_broker.h"
#include "streams/kafka/kafka_topics.h"
#include "streams/kafka/producing.h"

namespace vitrine {

struct KafkaState {
  KafkaState(KafkaBrokerOptions given, kafka::KafkaTopics known, std::string transactional_id,
             std::string own_life)
      : options(std::move(given)),
        topics(std::move(known)),
        producing(producing_as(std::move(transactional_id))),
        life(std::move(own_life)) {}

  const KafkaBrokerOptions options;
  Gauge& commit_waits = gauge("vitrine_kafka_commit_waits_seconds",
                              "Since the commit on the way was handed in; 0: there is none.", "app",
                              options.app_id);
  kafka::KafkaTopics topics;
  std::uint32_t units = 1;

  // The runner's.
  std::unique_ptr<kafka::Consumer> consumer;
  std::map<Unit, std::vector<kafka::TopicPartition>> reading;
  // Of topics that every unit reads, once for all of ours: where we read next.
  std::map<std::pair<TopicNumber, std::uint32_t>, std::int64_t> everywhere;
  std::vector<Fetched> fetched;
  bool hears_ends = false;
  std::vector<InputPosition> ends;  // heard, not yet told

  // The committer's.
  const std::unique_ptr<kafka::Producing> producing;
  const std::string life;  // a name that nobody else has
  std::optional<std::chrono::steady_clock::time_point> failing_since;  // no commit ended well
  std::atomic<bool> hurried{false};
  std::chrono::steady_clock::time_point claim_seen;  // local: when our name was last found there

  // Guards the rest. Never held while librdkafka is called: its threads call wake().
  mutable std::mutex mutex;
  std::condition_variable changed;
  bool woken = false;
  Generation generation{0};
  std::vector<BrokerEvent> events;
  std::vector<const UnitWork*> on_the_way;
  // As it was when the commit was handed in: after a loss and a new assignment of the same unit an
  // old epoch must not go by the new membership.
  kafka::GroupMetadata membership;
  bool outside = false;  // it is none
  std::chrono::steady_clock::time_point handed_in;
  Ticket ticket;
  std::uint64_t losses = 0, losses_then = 0;  // until now, and until the commit was handed in
  std::set<Unit> opening;  // assigned, not yet resumed
  std::set<std::pair<TopicNumber, std::uint32_t>> not_at_end;

  Result<void> open();
  void wake();
  void forget(Unit unit);
  bool is_shared(TopicNumber topic) const { return units > 1 && topics.table.is_everywhere(topic); }
  Result<void> read(std::vector<kafka::TopicPartition> partitions);
  Result<void> read_everywhere(std::span<const InputPosition> from);
  void tell(kafka::Rebalance what, const std::vector<std::uint32_t>& numbers);
  std::vector<kafka::TopicPartition> inputs_of(Unit unit) const;
  std::vector<std::uint32_t> changelog_of(Unit unit) const;
  Result<bool> work();

 private:
  std::unique_ptr<kafka::Producing> producing_as(std::string transactional_id);
  kafka::Ended carry_out(bool& committing);
  kafka::Ended produce_all(const UnitWork& work);
  kafka::Ended produce_rows(const UnitWork& work);
  kafka::Ended produce_records(const UnitWork& work);
  kafka::Partitions offsets_on_the_way() const;
  std::optional<Error> cannot_go_on();
  Result<Outcome> settle(kafka::Ended ended, bool committing);
  Result<void> open_again();
  Result<void> begin_producing();
  Result<void> claim();
  Result<void> check_ours() const;
  Result<void> check_claim();
};

}  // namespace vitrine
