// The life of a model as commands, events and records: nothing bad gets in use, and every switch
// stands at one place of the log.
#include <doctest/doctest.h>

#include "commerce/model/topics.h"
#include "commerce/models/decide.h"
#include "commerce/models/proof.h"
#include "commerce/models/test_kinds.h"
#include "commerce/models/topology.h"
#include "vitrine/test_driver.h"

namespace vitrine::models {
namespace {

using namespace std::chrono_literals;
using test::Bad;

// Says of each message which version is in use.
struct User {
  User(Stores& stores, const InUse& table) : rows(stores.lookup(table)) {}
  void on_record(std::string_view key, const ChatEvent&, Context<std::string, std::string>& out) {
    const ModelEntry* entry = rows.find("length");
    out.emit(key, std::to_string(entry ? entry->in_use().active().version() : 1) +
                      (entry && entry->in_use().has_shadow() ? "+shadow" : ""));
  }
  Lookup<std::string, ModelEntry> rows;
};
const Topic<std::string, std::string> versions{"versions"};

ModelProof proof_beside(const ModelRecord& candidate, const ModelRecord& active) {
  Trial trial{1, 201, {}, {}};
  for (std::uint64_t i = 0; i < 200; ++i) trial.lines.push_back({i + 1, std::string(i % 40, 'x')});
  return prove(candidate, active, test::length_kind(), trial, real_env().clock).value();
}

struct House {
  App app{"models-test"};
  std::unique_ptr<TestDriver> driver;

  explicit House(Plan plan = Plan::Local) {
    const InUse table = add_models(app, {test::length_kind()});
    app.stream(topics::show_chat)
        .process([table](Stores& stores) { return User{stores, table}; })
        .to(versions);
    driver = std::make_unique<TestDriver>(app, plan);
  }
  ModelEvent tell(const ModelCommand& command, const std::string& name = "length") {
    driver->pipe(topics::model_commands, name, command);
    return driver->values(topics::model_events).back();
  }
  ModelEvent add(const ModelRecord& record) {
    ModelCommand command;
    *command.mutable_add() = record;
    return tell(command);
  }
  ModelEvent promote(const ModelRecord& record, const ModelRecord& active) {
    ModelCommand command;
    command.mutable_promote()->set_version(record.version());
    *command.mutable_promote()->mutable_proof() = proof_beside(record, active);
    return tell(command);
  }
  ModelEvent roll_back() {
    ModelCommand command;
    command.mutable_roll_back()->set_reason("because");
    return tell(command);
  }
  ModelEvent shadow(std::int64_t version) {
    ModelCommand command;
    command.mutable_shadow()->set_version(version);
    return tell(command);
  }
  void say() { driver->pipe(topics::show_chat, "show_1", ChatEvent{}); }
  std::vector<std::string> told() const { return driver->values(versions); }
};

std::string detail(const ModelEvent& event) { return event.refused().detail(); }

}  // namespace

TEST_CASE("a switch holds from its record on, back again, and after a restart") {
  for (const Plan plan : {Plan::Local, Plan::Split}) {
    House house{plan};
    house.say();
    CHECK(house.add(test::length_record(2)).added().version() == 2);
    house.say();
    const ModelEvent switched = house.promote(test::length_record(2), test::length_record(1));
    CHECK(switched.switched().from() == 1);
    CHECK(switched.switched().to() == 2);
    CHECK(switched.switched().proof().same_twice());
    house.say();
    house.driver->restart();
    house.say();
    CHECK(house.roll_back().switched().rollback());
    house.say();
    CHECK(house.told() == std::vector<std::string>{"1", "1", "2", "2", "1"});
    CHECK(house.roll_back().refused().code() == "model-state");
    const auto rows = house.driver->rows(topics::model_records);
    CHECK(rows.at("length").in_use().switches() == 2);
    CHECK(rows.at("length/2").version().version() == 2);
  }
}

TEST_CASE("nothing is promoted without a proof, or with one that fails") {
  House house;
  const ModelRecord one = test::length_record(1);
  ModelCommand bare;
  bare.mutable_promote()->set_version(2);
  CHECK(house.tell(bare).refused().code() == "not-found");
  house.add(test::length_record(2));
  CHECK(house.tell(bare).refused().code() == "unproven");
  CHECK(detail(house.tell(bare)).starts_with("length 2 has no replay proof"));
  int version = 3;
  for (const Bad bad : {Bad::Random, Bad::Worse, Bad::Slow}) {
    const ModelRecord record = test::length_record(version++, bad);
    house.add(record);
    CHECK(house.promote(record, one).refused().code() == "unproven");
  }
  ModelCommand borrowed;  // a good one's proof for a bad one
  borrowed.mutable_promote()->set_version(3);
  *borrowed.mutable_promote()->mutable_proof() = proof_beside(test::length_record(2), one);
  CHECK(detail(house.tell(borrowed)) == "length 3 is not promoted: the proof is of another model");
  house.say();
  CHECK(house.told() == std::vector<std::string>{"1"});
}

TEST_CASE("a proof made beside the model of yesterday does not count today") {
  House house;
  ModelRecord two = test::length_record(2), three = test::length_record(3);
  set_parameter(two, "lean", 11);
  set_parameter(three, "lean", 12);
  house.add(two);
  house.add(three);
  house.promote(two, test::length_record(1));
  CHECK(detail(house.promote(three, test::length_record(1))).find("run the shadow again") !=
        std::string::npos);
  CHECK(house.promote(three, two).has_switched());
}

TEST_CASE("a record that is not whole, or that no room can read, is not taken") {
  House house;
  ModelRecord corrupt = test::length_record(2);
  corrupt.set_blob("bytes");
  corrupt.set_blob_sha256(std::string(64, '0'));
  CHECK(detail(house.add(corrupt)).find("its blob is corrupt") != std::string::npos);
  ModelRecord foreign = test::length_record(2);
  foreign.set_kind("other");
  CHECK(detail(house.add(foreign)) == "length 2: another kind");
  CHECK(house.add(test::length_record(2)).has_added());
  CHECK(house.add(test::length_record(2)).has_added());  // the same again
  ModelRecord changed = test::length_record(2);
  set_parameter(changed, "lean", 3);
  CHECK(detail(house.add(changed)).find("a version is never changed") != std::string::npos);
  ModelCommand command;
  *command.mutable_add() = test::length_record(2);
  CHECK(house.tell(command, "breadth").refused().detail() == "no room has a model of this name");
}

TEST_CASE("a model is switched off without a proof, at once") {
  House house;
  ModelRecord off = test::length_record(2);
  off.set_engine("off");
  house.add(off);
  ModelCommand command;
  command.mutable_promote()->set_version(2);
  CHECK(house.tell(command).switched().to() == 2);
}

TEST_CASE("a shadow runs beside, ends when it is promoted, and can be taken away") {
  House house;
  house.add(test::length_record(2));
  CHECK(house.shadow(1).refused().code() == "model-state");
  CHECK(house.shadow(7).refused().code() == "not-found");
  house.shadow(2);
  house.say();
  house.shadow(0);
  house.say();
  house.shadow(2);
  house.promote(test::length_record(2), test::length_record(1));
  house.say();
  CHECK(house.told() == std::vector<std::string>{"1+shadow", "1", "2"});
}

TEST_CASE("versions are bounded: the oldest that nobody needs leaves") {
  House house;
  house.add(test::length_record(2));
  house.shadow(2);
  for (std::int64_t version = 3; version <= 40; ++version)
    house.add(test::length_record(version));
  const auto rows = house.driver->rows(topics::model_records);
  CHECK(rows.size() == kVersionsMax + 1);
  CHECK(rows.contains("length/2"));
  CHECK_FALSE(rows.contains("length/3"));
  CHECK(rows.contains("length/40"));
}

}  // namespace vitrine::models
