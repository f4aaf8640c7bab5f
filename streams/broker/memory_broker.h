#pragma once
// MemoryBroker: a UnitBroker over topics in memory, for tests: what Kafka keeps, without Kafka.
// Offsets have gaps, as transaction markers leave them. One process, all units; whatever else can
// happen to a unit is FaultyBroker's.
//
// The MemoryLog outlives its brokers: open another one, and it goes on where commits ended.
// Threads: one.
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "streams/broker/unit_broker.h"

namespace vitrine {

// What lasts.
class MemoryLog {
 public:
  struct Stored {
    std::int64_t offset;
    Record record;
  };
  using Partition = std::pair<std::string, std::uint32_t>;

  void append(const std::string& topic, std::uint32_t partition, const RecordView& record);
  const std::vector<Stored>& read(const std::string& topic, std::uint32_t partition) const;

 private:
  friend class MemoryBroker;
  std::map<Partition, std::vector<Stored>> records_;
  struct Row {
    std::uint32_t home;
    Bytes row, value;
    bool removed;
  };
  std::vector<Row> rows_;
  std::map<Partition, std::int64_t> consumed_;
  std::uint32_t gaps_ = 0;
};

// A topic as a broker is told of it, by number.
struct UnitTopic {
  std::string name;
  std::uint32_t partitions = 1;
  bool input = false;
  bool everywhere = false;  // every unit reads all partitions
};

class MemoryBroker : public UnitBroker {
 public:
  // More than one unit: all inputs have at least so many partitions.
  MemoryBroker(MemoryLog& log, std::vector<UnitTopic> topics, std::uint32_t units);

  std::uint32_t partitions(std::uint32_t topic) const override {
    return topics_[topic].partitions;
  }
  std::uint32_t units() const override { return units_; }
  std::vector<BrokerEvent> poll() override { return std::exchange(events_, {}); }
  Result<void> restore(Unit unit, BytesView after, const RowVisitor& visit) override;
  Result<Bytes> place(Unit unit) override;
  Result<std::unique_ptr<RowFollower>> follow_rows() override;
  Result<std::vector<InputPosition>> committed(Unit unit) override;
  Result<void> resume(Unit unit, std::span<const InputPosition> from) override;
  Result<std::span<const Fetched>> fetch(std::size_t records_max) override;
  std::vector<InputPosition> ended() override;
  bool at_end() const override;
  Ticket commit(std::vector<const UnitWork*> works) override;
  Result<bool> work() override;
  Result<void> release(std::span<const Unit> units) override;
  void wait(Duration) override {}
  void wake() override {}

 private:
  class Follower;
  using Place = std::pair<std::uint32_t, std::uint32_t>;  // topic, partition
  Unit unit_of(std::uint32_t partition) const { return Unit{partition & (units_ - 1)}; }
  void apply(const UnitWork& work);

  MemoryLog& log_;
  const std::vector<UnitTopic> topics_;
  const std::uint32_t units_;
  std::vector<BrokerEvent> events_;
  std::map<Place, std::int64_t> reading_;  // of resumed units: from here on
  std::set<Place> ended_;                  // told
  std::vector<Fetched> fetched_;
  std::vector<const UnitWork*> on_the_way_;
  Ticket ticket_;
};

}  // namespace vitrine
