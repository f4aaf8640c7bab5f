// The conformance suite on brokers that need nobody else.
#include "streams/runtime/unit_runner.h"

#include "base/hash.h"
#include "sim/test_folder.h"
#include "streams/broker/memory_broker.h"
#include "streams/runtime/embedded_units_test_kit.h"
#include "streams/runtime/unit_conformance_test_kit.h"
#include "streams/runtime/unit_time_test_kit.h"

using namespace vitrine;
using namespace vitrine::conformance;

namespace {

std::vector<UnitTopic> unit_topics(const Topology& topology) {
  const TopicTable table(topology, {});
  std::vector<UnitTopic> out;
  for (TopicNumber topic = 0; topic < table.size(); ++topic) {
    out.push_back({table.info(topic).name, table.info(topic).partitions, table.is_input(topic),
                   table.is_everywhere(topic)});
  }
  return out;
}

class MemoryWorld final : public World {
 public:
  explicit MemoryWorld(std::uint32_t units, bool keeps = false) : units_(units), keeps_(keeps) {}
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
  std::string state_folder() const override { return keeps_ ? folder_.path + "/state" : ""; }
  void keep_from_now_on() { keeps_ = true; }

 private:
  const std::uint32_t units_;
  bool keeps_;
  sim::TempFolder folder_;
  MemoryLog log_;
};

class EmbeddedWorld final : public World {
 public:
  explicit EmbeddedWorld(std::uint32_t units) : units_(units) {
    JournalOptions options;
    options.segment_bytes = 1U << 20U;
    log_ = EmbeddedBroker::open(real_env(), folder_.path + "/journal", options).value();
  }
  std::unique_ptr<UnitBroker> open(const Topology& topology) override {
    return std::make_unique<EmbeddedUnits>(*log_, unit_topics(topology), units_);
  }
  void append(const std::string& topic, const RecordView& record) override {
    const CommittedPoint point = log_->committed(EmbeddedBroker::kUnit);
    Group group(Epoch{point.epoch.value() + 1}, std::max(point.next, Position{1}));
    group.append(topic, virtual_partition(record.key) & 3U, record);
    log_->commit(EmbeddedBroker::kUnit, EmbeddedBroker::kGeneration, std::move(group));
    REQUIRE(log_->work());
    log_->poll();
  }
  std::vector<Record> read(const std::string& topic) override {
    std::vector<Record> out;
    const Position end = log_->committed(EmbeddedBroker::kUnit).next;
    for (Position from{1}; from < end;) {
      auto batch = log_->fetch(std::span(&topic, 1), from, 1'000, 1U << 20U).value();
      for (Positioned& one : batch.records) out.push_back(std::move(one.record));
      from = batch.next;
    }
    return out;
  }
  Plan plan() const override { return units_ == 1 ? Plan::Local : Plan::Split; }

 private:
  const std::uint32_t units_;
  sim::TempFolder folder_;
  std::unique_ptr<EmbeddedBroker> log_;
};

MakeWorld embedded(std::uint32_t units) {
  return [units] { return std::make_unique<EmbeddedWorld>(units); };
}

MakeWorld memory(std::uint32_t units, bool keeps = false) {
  return [units, keeps] { return std::make_unique<MemoryWorld>(units, keeps); };
}

// What a kill leaves where commits are no transactions: rows and records of an epoch are there, its
// offsets are not.
class LaggingBroker final : public MemoryBroker {
 public:
  using MemoryBroker::MemoryBroker;
  Result<std::vector<InputPosition>> committed(Unit unit) override {
    VT_TRY(auto out, MemoryBroker::committed(unit));
    for (InputPosition& one : out) one.next = std::max<std::int64_t>(one.next - 5, 0);
    return out;
  }
};

// Can be reached, but a partition has no leader: its broker is away, or has lost its disk.
class LeaderlessBroker final : public MemoryBroker {
 public:
  using MemoryBroker::MemoryBroker;
  Result<std::vector<InputPosition>> committed(Unit unit) override {
    if (leaderless) return fail(Code::Unavailable, "ask for offsets: there is no leader");
    return MemoryBroker::committed(unit);
  }
  bool leaderless = true;
};

}  // namespace

TEST_CASE("who stood by takes units over with the rest of their changelog alone") {
  MemoryWorld world(4);
  App app{"conformance"};
  count_words(app);
  sim::ManualClock clock;
  Writer writer(world, 9);
  writer.lines(300);
  Life(world, app, clock).work_through();  // somebody else, whose state goes with him
  world.keep_from_now_on();
  Env env{clock, real_env().disk, real_env().random};
  const auto topology = app.topology(world.plan()).value();
  const auto broker = world.open(*topology);
  {
    UnitFollower follower(env, "conformance", *broker, world.state_folder());
    follower.follow({Unit{0}, Unit{1}, Unit{3}});
    while (follower.turn({}) > 0) {
    }
    follower.leave(Unit{3});  // its folder is free, with all that was read
    CHECK(UnitFolder(env, world.state_folder()).open(Unit{3}).value().place ==
          broker->place(Unit{3}).value());
  }
  UnitFolder folder(env, world.state_folder());
  CHECK(folder.open(Unit{2}).value().place.empty());
  std::uint64_t of_two = 0;
  REQUIRE(broker->restore(Unit{2}, {}, [&](const RowView&) -> Result<void> {
    ++of_two;
    return {};
  }));
  Life next(world, app, clock);
  const std::uint64_t before = next.runner.figures().rows_restored.value();
  writer.lines(20);
  next.work_through();
  CHECK(next.runner.figures().rows_restored.value() - before == of_two);
  check_counts(world, writer.model);
}

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

TEST_CASE("in memory: windows close once, with all that is theirs") {
  for (const std::uint32_t units : {1U, 2U, 4U}) {
    windows_close_once_with_all_that_is_theirs(memory(units), 3);
    windows_close_once_with_all_that_is_theirs(memory(units), 20, kAllFaults);
  }
}

TEST_CASE("in memory: every unit has all of a broadcast table") {
  for (const std::uint32_t units : {1U, 2U, 4U}) {
    every_unit_has_all_of_a_broadcast_table(memory(units), 1);
    every_unit_has_all_of_a_broadcast_table(memory(units), 20, kAllFaults);
  }
}

TEST_CASE("in memory: calls are asked until they are answered, and count once") {
  for (const std::uint32_t units : {1U, 2U, 4U}) {
    calls_are_asked_until_answered_and_count_once(memory(units), 1);
    calls_are_asked_until_answered_and_count_once(memory(units), 20, kAllFaults);
  }
}

TEST_CASE("in memory, state kept on disk: no fault loses or doubles anything") {
  for (const std::uint32_t units : {1U, 4U}) {
    state_goes_on_in_the_next_life(memory(units, true));
    no_fault_loses_or_doubles(memory(units, true), 1);
    windows_close_once_with_all_that_is_theirs(memory(units, true), 1, kFewFaults);
  }
}

TEST_CASE("in memory, state kept on disk: only the rest of the changelog is read back") {
  only_the_rest_is_read_back(memory(4, true));
}

namespace {

// One turn of another program over the same log.
Result<bool> turn_of(MemoryLog& log, const App& app, std::uint32_t units) {
  const auto topology = app.topology(units == 1 ? Plan::Local : Plan::Split).value();
  MemoryBroker broker(log, unit_topics(*topology), units);
  UnitRunner runner(real_env(), topology, broker, {});
  for (bool more = true; more;) {
    VT_TRY(more, runner.turn());
  }
  return true;
}

App counting(const std::string& state) {
  App app{"conformance"};
  app.stream(kLines).group_by([](std::string_view line) { return line; }).count(state).map(
      [](std::uint64_t count) { return std::to_string(count); }).to(kCounts);
  return app;
}

}  // namespace

TEST_CASE("a plan that has changed is refused, with what to do") {
  for (const std::uint32_t first : {1U, 4U}) {
    MemoryLog log;
    log.append("lines", 0, {"key", "line", at(Duration{1}), {}});
    REQUIRE(turn_of(log, counting("counts-by-line"), first));
    const auto other = turn_of(log, counting("counts-by-line"), first == 1 ? 4 : 1);
    REQUIRE_FALSE(other.has_value());
    const std::string plan = first == 1 ? "local" : "distributed";
    CHECK(other.error().message.find("go on with --plan " + plan) != std::string::npos);
    CHECK(turn_of(log, counting("counts-by-line"), first));
  }
}

TEST_CASE("another type under a state's name is refused; new and former operators are not") {
  MemoryLog log;
  log.append("lines", 0, {"key", "line", at(Duration{1}), {}});
  REQUIRE(turn_of(log, counting("counts-by-line"), 1));
  CHECK(turn_of(log, counting("other"), 1));
  App retyped{"conformance"};
  retyped.stream(kLines).process([](Stores& stores) {
    struct Keeps {
      Keyed<std::string> rows;
      void on_record(std::string_view, std::string_view, Context<std::string, std::string>&) {}
    };
    return Keeps{stores.keyed<std::string>("counts-by-line")};
  }).to(kRings);
  const auto refused = turn_of(log, retyped, 1);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message.find("counts-by-line") != std::string::npos);
}

TEST_CASE("on the embedded log: windows, broadcast tables and calls of several units") {
  for (const std::uint32_t units : {1U, 4U}) {  // which reads all of its log with each fault
    windows_close_once_with_all_that_is_theirs(embedded(units), 1, kFewFaults);
    every_unit_has_all_of_a_broadcast_table(embedded(units), 1, kFewFaults);
    calls_are_asked_until_answered_and_count_once(embedded(units), 1, kFewFaults);
  }
}

TEST_CASE("on the embedded log: state goes on in the next life") {
  for (const std::uint32_t units : {1U, 4U}) state_goes_on_in_the_next_life(embedded(units));
}

TEST_CASE("on the embedded log: poison is dead-lettered in the same commit") {
  for (const std::uint32_t units : {1U, 4U})
    poison_is_dead_lettered_in_the_same_commit(embedded(units));
}

TEST_CASE("on the embedded log: timers survive and fire once") {
  for (const std::uint32_t units : {1U, 4U}) timers_survive_and_fire_once(embedded(units));
}

TEST_CASE("on the embedded log: no fault loses or doubles anything, hops in tasks or in topics") {
  for (const std::uint32_t units : {1U, 4U}) no_fault_loses_or_doubles(embedded(units), 2);
}

TEST_CASE("in memory: a commit writes only the last update of a key, where that was asked for") {
  for (const std::uint32_t units : {1U, 4U})
    a_commit_writes_only_the_last_update_of_a_key(memory(units));
}

TEST_CASE("in memory: at least once loses nothing") {
  for (const std::uint32_t units : {1U, 4U}) at_least_once_loses_nothing(memory(units));
}

TEST_CASE("the first commit does not linger, however recently the machine was started") {
  MemoryLog log;
  log.append("lines", 0, {"key", "line", at(Duration{1}), {}});
  const auto topology = counting("counts-by-line").topology().value();
  MemoryBroker broker(log, unit_topics(*topology), 1);
  sim::ManualClock started_now;
  UnitOptions options;
  options.linger = std::chrono::hours{1};
  Env env{started_now, real_env().disk, real_env().random};
  UnitRunner runner(env, topology, broker, options);
  for (bool more = true; more;) more = runner.turn().value();
  CHECK(log.read("counts", 0).size() + log.read("counts", 1).size() + log.read("counts", 2).size() +
            log.read("counts", 3).size() == 1);
}

TEST_CASE("a unit whose partitions have no leader waits for one, and for ten minutes at most") {
  MemoryLog log;
  log.append("lines", 0, {"key", "line", at(Duration{1}), {}});
  const auto topology = counting("counts-by-line").topology().value();
  LeaderlessBroker broker(log, unit_topics(*topology), 1);
  sim::ManualClock clock;
  Env env{clock, real_env().disk, real_env().random};
  UnitRunner runner(env, topology, broker, {});
  for (int minute = 0; minute < 9; ++minute) {
    const auto turned = runner.turn();
    REQUIRE_MESSAGE(turned.has_value(), turned.error().message);
    clock.advance(std::chrono::minutes{1});
  }
  SUBCASE("it comes") {
    broker.leaderless = false;
    for (bool more = true; more;) more = runner.turn().value();
    std::size_t counts = 0;
    for (std::uint32_t partition = 0; partition < 4; ++partition)
      counts += log.read("counts", partition).size();
    CHECK(counts == 1);
  }
  SUBCASE("it does not") {
    clock.advance(std::chrono::minutes{1});
    const auto turned = runner.turn();
    REQUIRE_FALSE(turned.has_value());
    CHECK(turned.error().message.find("there is no leader") != std::string::npos);
  }
}

TEST_CASE("state that is ahead of the offsets is refused, and counted twice where at least once") {
  MemoryLog log;
  App app{"conformance"};
  count_words(app);
  const auto topology = app.topology().value();
  sim::ManualClock clock;
  Env env{clock, real_env().disk, real_env().random};
  for (int i = 0; i < 40; ++i)
    log.append("lines", static_cast<std::uint32_t>(i & 3), {"", "word", at(Duration{i}), {}});
  const auto work_through = [&](UnitBroker& broker, bool at_least_once) -> Result<void> {
    UnitOptions options = Life::options();
    options.at_least_once = at_least_once;
    UnitRunner runner(env, topology, broker, options);
    while (true) {
      VT_TRY(const bool progress, runner.turn());
      if (!progress) return {};
    }
  };
  MemoryBroker first(log, unit_topics(*topology), 1);
  REQUIRE(work_through(first, false));
  LaggingBroker second(log, unit_topics(*topology), 1);
  const auto refused = work_through(second, false);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Code::Conflict);
  LaggingBroker third(log, unit_topics(*topology), 1);
  REQUIRE(work_through(third, true));
  std::size_t counts = 0;
  for (std::uint32_t partition = 0; partition < 8; ++partition)
    counts += log.read("counts", partition).size();
  CHECK(counts > 40);
}
