// The conformance suite on brokers that need nobody else.
#include "streams/runtime/unit_runner.h"

#include "base/hash.h"
#include "streams/broker/memory_broker.h"
#include "streams/runtime/unit_conformance_test_kit.h"

using namespace vitrine;
using namespace vitrine::conformance;

namespace {

std::vector<UnitTopic> unit_topics(const Topology& topology) {
  const TopicTable table(topology, {});
  std::vector<UnitTopic> out;
  for (TopicNumber topic = 0; topic < table.size(); ++topic) {
    out.push_back(
        {table.info(topic).name, table.info(topic).partitions, table.is_input(topic)});
  }
  return out;
}

class MemoryWorld final : public World {
 public:
  explicit MemoryWorld(std::uint32_t units) : units_(units) {}
  std::unique_ptr<UnitBroker> open(const Topology& topology) override {
    return std::make_unique<MemoryBroker>(log_, unit_topics(topology), units_);
  }
  void append(const std::string& topic, const RecordView& record) override {
    log_.append(topic, virtual_partition(record.key) & 3U, record);
  }
  std::vector<Record> read(const std::string& topic) override {
    std::vector<Record> out;
    for (std::uint32_t partition = 0; partition < 8; ++partition) {
      for (const auto& one : log_.read(topic, partition)) out.push_back(one.record);
    }
    return out;
  }
  Plan plan() const override { return units_ == 1 ? Plan::Local : Plan::Split; }

 private:
  const std::uint32_t units_;
  MemoryLog log_;
};

MakeWorld memory(std::uint32_t units) {
  return [units] { return std::make_unique<MemoryWorld>(units); };
}

}  // namespace

TEST_CASE("in memory: state goes on in the next life") {
  for (const std::uint32_t units : {1U, 2U, 4U}) state_goes_on_in_the_next_life(memory(units));
}

TEST_CASE("in memory: poison is dead-lettered in the same commit") {
  for (const std::uint32_t units : {1U, 4U})
    poison_is_dead_lettered_in_the_same_commit(memory(units));
}

TEST_CASE("in memory: timers survive and fire once") {
  for (const std::uint32_t units : {1U, 4U}) timers_survive_and_fire_once(memory(units));
}

TEST_CASE("in memory: no refusal, unknown outcome, revocation or loss loses or doubles anything") {
  for (const std::uint32_t units : {1U, 2U, 4U}) no_fault_loses_or_doubles(memory(units), 60);
}
