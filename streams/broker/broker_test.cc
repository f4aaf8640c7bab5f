// What every Broker promises; here held against the embedded one.
#include "streams/broker/broker.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sim/test_folder.h"

using namespace vitrine;
using sim::TempFolder;

namespace {

std::unique_ptr<EmbeddedBroker> opened(const TempFolder& folder) {
  JournalOptions options;
  options.segment_bytes = 1U << 20U;
  return EmbeddedBroker::open(real_env(), folder.path + "/journal", options).value();
}

Group group_of(const Broker& broker, const std::string& value) {
  const auto point = broker.committed(EmbeddedBroker::kUnit);
  Group group(Epoch{point.epoch.value() + 1}, point.next);
  group.append("t", 0, {"key", value, at(Duration{5}), {}});
  group.add_delta("store", "key", value, false);
  group.set_steps("steps of " + value);
  return group;
}

std::size_t visible(const Broker& broker) {
  const std::vector<std::string> topics{"t"};
  return broker.fetch(topics, Position{0}, 100, 1U << 20U).value().records.size();
}

}  // namespace

TEST_CASE("a broker assigns its unit once") {
  TempFolder folder;
  auto broker = opened(folder);
  const auto events = broker->poll();
  REQUIRE(events.size() == 1);
  CHECK(events[0].kind == BrokerEvent::Kind::Assigned);
  CHECK(broker->poll().empty());
}

TEST_CASE("a commit is seen by nobody before its work is done, and is answered by its ticket") {
  TempFolder folder;
  auto broker = opened(folder);
  broker->poll();

  const Ticket ticket =
      broker->commit(EmbeddedBroker::kUnit, EmbeddedBroker::kGeneration, group_of(*broker, "a"));
  CHECK(visible(*broker) == 0);
  CHECK(broker->poll().empty());
  REQUIRE(broker->work().value());

  CHECK(visible(*broker) == 1);
  const auto events = broker->poll();
  REQUIRE(events.size() == 1);
  CHECK(events[0].kind == BrokerEvent::Kind::Done);
  CHECK(events[0].ticket == ticket);
  CHECK(events[0].outcome == Outcome::Committed);
  CHECK_FALSE(broker->work().value());
}

TEST_CASE("restore gives the deltas and steps of later commits, in order, also after reopening") {
  TempFolder folder;
  auto broker = opened(folder);
  for (const char* value : {"a", "b", "c"}) {
    broker->commit(EmbeddedBroker::kUnit, EmbeddedBroker::kGeneration, group_of(*broker, value));
    REQUIRE(broker->work());
  }
  broker.reset();
  broker = opened(folder);

  CHECK(broker->committed(EmbeddedBroker::kUnit).epoch == Epoch{3});
  std::vector<std::string> seen;
  REQUIRE(
      broker->restore(EmbeddedBroker::kUnit, Epoch{1},
                      [&](Epoch, BytesView steps, std::span<const Delta> deltas) -> Result<void> {
                        seen.emplace_back(steps);
                        for (const auto& delta : deltas)
                          seen.push_back(Bytes(delta.key) + "=" + Bytes(delta.value));
                        return {};
                      }));
  CHECK(seen == std::vector<std::string>{"steps of b", "key=b", "steps of c", "key=c"});
}

TEST_CASE("a topic keeps its number of partitions") {
  TempFolder folder;
  auto broker = opened(folder);
  CHECK(broker->ensure({"t", 8, true, "string", "string"}));
  CHECK(broker->ensure({"t", 8, true, "string", "string"}));
  CHECK(broker->ensure({"t", 4, true, "string", "string"}).error().code == Code::Conflict);
}
