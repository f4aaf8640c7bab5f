// The conformance suite on Kafka, and what only Kafka can get wrong.
#include <doctest/doctest.h>

#include "streams/kafka/admin.h"
#include "streams/kafka/consumer.h"
#include "streams/kafka/kafka_world_test_kit.h"
#include "streams/kafka/transactions.h"
#include "streams/runtime/unit_time_test_kit.h"

using namespace vitrine;
using namespace vitrine::conformance;

TEST_CASE("on Kafka: state goes on in the next life") {
  if (missing()) return;
  for (const bool distributed : {false, true})
    state_goes_on_in_the_next_life(on_kafka(distributed));
}

TEST_CASE("on Kafka: poison is dead-lettered in the same commit") {
  if (missing()) return;
  for (const bool distributed : {false, true})
    poison_is_dead_lettered_in_the_same_commit(on_kafka(distributed));
}

TEST_CASE("on Kafka: timers survive and fire once") {
  if (missing()) return;
  for (const bool distributed : {false, true}) timers_survive_and_fire_once(on_kafka(distributed));
}

TEST_CASE("on Kafka: no refusal, unknown outcome, revocation or loss loses or doubles anything") {
  if (missing()) return;
  for (const bool distributed : {false, true})
    no_fault_loses_or_doubles(on_kafka(distributed), 1, 8);
}

TEST_CASE("on Kafka: a commit writes only the last update of a key, where that was asked for") {
  if (missing()) return;
  a_commit_writes_only_the_last_update_of_a_key(on_kafka(false));
}

TEST_CASE("on Kafka: at least once loses nothing, and doubles nothing where nothing fails") {
  if (missing()) return;
  for (const bool distributed : {false, true})
    at_least_once_loses_nothing(on_kafka(distributed, {.at_least_once = true}));
  state_goes_on_in_the_next_life(on_kafka(false, {.at_least_once = true}));
}

TEST_CASE("on Kafka: of state kept on disk only the rest of the changelog is read back") {
  if (missing()) return;
  only_the_rest_is_read_back(on_kafka(true, {.keeps = true}));
}

TEST_CASE("on Kafka: windows close once, with all that is theirs") {
  if (missing()) return;
  windows_close_once_with_all_that_is_theirs(on_kafka(true), 1, kFewFaults);
}

TEST_CASE("on Kafka: every unit has all of a broadcast table") {
  if (missing()) return;
  every_unit_has_all_of_a_broadcast_table(on_kafka(true), 1, kFewFaults);
}

TEST_CASE("on Kafka: calls are asked until they are answered, and count once") {
  if (missing()) return;
  calls_are_asked_until_answered_and_count_once(on_kafka(true), 1, kFewFaults);
}

TEST_CASE("on Kafka: timestamps and correlations are kept, an empty key is no key") {
  if (missing()) return;
  KafkaWorld world(false);
  App app{"conformance"};
  count_words(app);
  const auto broker = world.open(*app.topology().value());
  world.append("lines", {"key", "value", at(Duration{1'234'567}), "who-asked"});
  world.append("lines", {"", "", at(Duration{1'234'568}), {}});
  world.flush();
  auto records = world.read("lines");
  REQUIRE(records.size() == 2);
  std::sort(records.begin(), records.end(),
            [](const auto& a, const auto& b) { return a.timestamp < b.timestamp; });
  CHECK(records[0] == Record{"key", "value", at(Duration{1'234'567}), "who-asked"});
  CHECK(records[1] == Record{"", "", at(Duration{1'234'568}), ""});
}

TEST_CASE("on Kafka: offsets that were set by hand are refused") {
  if (missing()) return;
  KafkaWorld world(false);
  App app{"conformance"};
  count_words(app);
  sim::ManualClock clock;
  Writer writer(world, 1);
  writer.lines(20);
  Life(world, app, clock).work_through();

  const std::string group = world.there() + "conformance";
  const auto consumer = kafka::Consumer::open(settings(), group, {}).value();
  kafka::Transactions other(settings(), group + ".by-hand");
  REQUIRE(other.open());
  const auto list = kafka::partitions_list(1);
  rd_kafka_topic_partition_list_add(list.get(), (world.there() + "lines").c_str(), 0)->offset = 1;
  REQUIRE(other.begin() == kafka::Ended::Well);
  REQUIRE(other.send_offsets(list.get(), consumer->group().get()) == kafka::Ended::Well);
  REQUIRE(other.commit() == kafka::Ended::Well);

  Life next(world, app, clock);
  const auto turned = next.runner.turn();
  REQUIRE_FALSE(turned.has_value());
  CHECK(turned.error().code == Code::Conflict);
}

TEST_CASE("on Kafka: a changelog with another number of partitions is refused") {
  if (missing()) return;
  KafkaWorld world(false);
  App app{"conformance"};
  count_words(app);
  auto admin = kafka::Admin::open(settings()).value();
  REQUIRE(admin.ensure({{world.there() + "conformance.changelog", 2, true, {}}}));
  KafkaBrokerOptions options;
  options.settings = settings();
  options.app_id = world.prefix() + "conformance";
  options.topic_prefix = world.prefix();
  const auto opened = KafkaBroker::open(*app.topology().value(), std::move(options));
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().code == Code::Conflict);
  CHECK(opened.error().message.find("2 partitions and must have 4") != std::string::npos);
}

TEST_CASE("a membership that brokers would not check is told from one that they do") {
  using kafka::Consumer;
  using kafka::GroupMetadata;
  const GroupMetadata none(rd_kafka_consumer_group_metadata_new("group"));
  const GroupMetadata member(
      rd_kafka_consumer_group_metadata_new_with_genid("group", 3, "member", nullptr));
  const GroupMetadata left(
      rd_kafka_consumer_group_metadata_new_with_genid("group", -1, "", "instance"));
  CHECK_FALSE(Consumer::is_checked(*none));
  CHECK(Consumer::is_checked(*member));
  CHECK_FALSE(Consumer::is_checked(*left));
}
