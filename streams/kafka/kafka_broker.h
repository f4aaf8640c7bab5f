#pragma once
// KafkaBroker: units on Apache Kafka. One transactional producer for the process: outputs, state
// changes (compacted "<app>.changelog"), steps ("<app>.commits") and consumed offsets of an epoch
// are one transaction, unless at least once is enough. README.md says what stands on what.
//
// Local plan: one unit that reads every partition by assignment; whoever starts later under the
// same name shuts the earlier one out. Distributed plan: a unit for each partition; the members of
// the group "<app>" share them. Threads: see UnitBroker.
#include <memory>
#include <string>
#include <vector>

#include "streams/broker/unit_broker.h"
#include "streams/kafka/settings.h"
#include "streams/runtime/topic_table.h"

namespace vitrine {

struct KafkaBrokerOptions {
  KafkaSettings settings;
  std::string app_id;        // names the group, the transactional id and the internal topics
  std::string topic_prefix;  // of the App's topics, as the brokers know them
  bool distributed = false;  // the topology is a split one then
  // Distributed: this process's name, which stays the same over its restarts. A restart then ends
  // at once what the last life left open, and may come back before its units are given away.
  // Empty: a name that nobody had.
  std::string instance;
  // Without transactions: outputs are seen at once, and after a crash some are written twice and
  // what caused them is counted twice (UnitOptions::at_least_once goes with it).
  bool at_least_once = false;
  // Go on with what is left where records had expired before they were read; else that is an error.
  bool skip_expired = false;
  bool tells_end = false;  // at_end() is going to be asked
};

class KafkaBroker final : public UnitBroker {
 public:
  // Makes topics that are missing, and shuts out whoever ran under the name before.
  static Result<std::unique_ptr<KafkaBroker>> open(const Topology& topology,
                                                   KafkaBrokerOptions options);
  ~KafkaBroker() override;

  std::uint32_t partitions(std::uint32_t topic) const override;
  std::uint32_t units() const override;
  std::vector<BrokerEvent> poll() override;
  Result<void> restore(Unit unit, BytesView after, const RowVisitor& visit) override;
  Result<Bytes> place(Unit unit) override;
  Result<std::unique_ptr<RowFollower>> follow_rows() override;
  Result<std::vector<InputPosition>> committed(Unit unit) override;
  Result<void> resume(Unit unit, std::span<const InputPosition> from) override;
  Result<std::span<const Fetched>> fetch(std::size_t records_max) override;
  std::vector<InputPosition> ended() override;
  bool at_end() const override;
  // A record is going to be written there: at_end() is false until it has been read.
  void expect_more(const std::string& topic, BytesView key);
  Ticket commit(std::vector<const UnitWork*> works) override;
  Result<bool> work() override;
  Result<void> release(std::span<const Unit> units) override;
  void wait(Duration at_most) override;
  void wake() override;
  void hurry() override;

 private:
  explicit KafkaBroker(std::unique_ptr<struct KafkaState> state);
  std::unique_ptr<struct KafkaState> state_;
};

}  // namespace vitrine
