// What goes wrong between a running App and a broker: connections cut, half open or slow, requests
// and answers lost at the worst moment, a broker that stands still or refuses. Each time the App
// must go on by itself within a minute of healing, and each effect must be there once.
//
// On the listener whose port is the test's own proxy (tools/kafka/broker.py with).
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/metrics.h"
#include "streams/kafka/admin.h"
#include "streams/kafka/client.h"
#include "streams/kafka/consumer.h"
#include "streams/kafka/kafka_world_test_kit.h"
#include "tests/kafka/proxy.h"

using namespace vitrine;
using namespace vitrine::conformance;
using namespace vitrine::kafka_test;

namespace {

constexpr std::chrono::seconds kAfterHealing{60};

bool comes_true(const std::function<bool()>& what, std::chrono::seconds within = kAfterHealing) {
  for (const auto until = std::chrono::steady_clock::now() + within; !what();) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  return true;
}

std::pair<std::uint16_t, std::uint16_t> proxied_ports() {
  const char* ports = std::getenv("VITRINE_KAFKA_PROXIED");
  REQUIRE_MESSAGE(ports != nullptr, "the broker has no listener behind a proxy (--doors)");
  const std::string both = ports;
  return {static_cast<std::uint16_t>(std::stoi(both)),
          static_cast<std::uint16_t>(std::stoi(both.substr(both.find(':') + 1)))};
}

// An App of this process on the broker, with waits a test can sit out.
struct Running {
  Running(App& app, const std::string& prefix, KafkaSettings settings, bool distributed)
      : topology(app.topology(distributed ? Plan::Split : Plan::Local).value()) {
    settings.more.insert({{"transaction.timeout.ms", "4000"},
                          {"message.timeout.ms", "4000"},
                          {"socket.timeout.ms", "3000"},
                          {"session.timeout.ms", "3000"},
                          {"heartbeat.interval.ms", "300"}});
    KafkaBrokerOptions options;
    options.settings = std::move(settings);
    options.app_id = prefix + topology->name();
    options.topic_prefix = prefix;
    options.distributed = distributed;
    auto opened = KafkaBroker::open(*topology, std::move(options));
    REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
    broker = std::move(*opened);
    runner = std::make_unique<UnitRunner>(real_env(), topology, *broker, UnitOptions{});
    runner->start();
  }
  std::shared_ptr<const Topology> topology;
  std::unique_ptr<KafkaBroker> broker;
  std::unique_ptr<UnitRunner> runner;
};

// Words are counted behind a proxy; lines come, and counts are read, past it.
struct Counting {
  explicit Counting(bool distributed = false)
      : ports(proxied_ports()), proxy(ports.first, ports.second), world(distributed) {
    REQUIRE(proxy.good());
    count_words(app);
    behind = settings();
    behind.brokers = "127.0.0.1:" + std::to_string(ports.first);
    running = std::make_unique<Running>(app, world.prefix(), behind, distributed);
    appender = KafkaAppender::open(settings()).value();
  }
  void lines(int count, const std::string& more = {}) {
    for (int i = 0; i < count; ++i) {
      const std::string one = "w" + std::to_string(i % 7), two = "x" + std::to_string(i % 5);
      const std::string line = one + " " + two + more;
      if (more.empty()) ++model[one], ++model[two];
      REQUIRE(appender->append(world.prefix() + "lines",
                               {"key" + std::to_string(i % 16), line, at(Duration{i}), {}}));
    }
    REQUIRE(appender->flush());
  }
  // What is committed is the model's, each count once and in order.
  bool all_counted() {
    Model seen;
    for (const Record& one : world.read("counts")) {
      INFO("word ", one.key);
      REQUIRE(one.value == std::to_string(++seen[one.key]));
    }
    return seen == model;
  }
  void goes_on() {
    lines(20);
    CHECK(comes_true([&] { return all_counted(); }));
    CHECK_FALSE(running->runner->failed());
  }
  std::int64_t waits() const {
    return gauge("vitrine_kafka_commit_waits_seconds", "", "app", app_id()).value();
  }
  std::string app_id() const { return world.there() + "conformance"; }

  const std::pair<std::uint16_t, std::uint16_t> ports;
  Proxy proxy;
  KafkaWorld world;
  App app{"conformance"};
  KafkaSettings behind;
  std::unique_ptr<Running> running;
  std::unique_ptr<KafkaAppender> appender;
  Model model;
};

std::int64_t end_of(const std::string& topic, const char* isolation) {
  const auto consumer =
      kafka::Consumer::open(settings(), topic + ".ends", {}, {{"isolation.level", isolation}});
  REQUIRE(consumer.has_value());
  std::int64_t sum = 0;
  for (std::uint32_t partition = 0; partition < 4; ++partition)
    sum += (*consumer)->end_of({topic, partition}).value();
  return sum;
}

void take_larger(const std::string& topic) {
  const auto client = kafka::make_client(RD_KAFKA_PRODUCER,
                                         kafka::conf_of(settings(), {}, {}).value(), "configure");
  REQUIRE(client.has_value());
  const kafka::Queue answers(rd_kafka_queue_new(client->get()));
  auto* change = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str());
  rd_kafka_ConfigResource_set_config(change, "max.message.bytes", "1000000");
  rd_kafka_AlterConfigs(client->get(), &change, 1, nullptr, answers.get());
  rd_kafka_ConfigResource_destroy(change);
  constexpr int kMillis = 30'000;
  const kafka::Event event(rd_kafka_queue_poll(answers.get(), kMillis));
  REQUIRE(event);
  REQUIRE(rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR_NO_ERROR);
}

int members_of(const std::string& group) {
  const auto client = kafka::make_client(RD_KAFKA_PRODUCER,
                                         kafka::conf_of(settings(), {}, {}).value(), "look");
  REQUIRE(client.has_value());
  const rd_kafka_group_list* groups = nullptr;
  constexpr int kMillis = 10'000;
  if (rd_kafka_list_groups(client->get(), group.c_str(), &groups, kMillis) != 0) return -1;
  const int count = groups->group_cnt == 1 ? groups->groups[0].member_cnt : 0;
  rd_kafka_group_list_destroy(groups);
  return count;
}

pid_t broker_pid() {
  const char* folder = std::getenv("VITRINE_KAFKA_FOLDER");
  REQUIRE(folder != nullptr);
  pid_t pid = 0;
  std::ifstream(folder + std::string("/pid")) >> pid;
  REQUIRE(pid > 0);
  return pid;
}

}  // namespace

TEST_CASE("connections that are cut again and again lose and double nothing") {
  if (missing()) return;
  Counting counting;
  counting.goes_on();
  for (int round = 0; round < 8; ++round) {
    CHECK(comes_true([&] { return counting.proxy.connections() > 0; }));
    counting.lines(40);
    counting.proxy.set(Proxy::Fault::Cut);
    CHECK(comes_true([&] { return counting.proxy.connections() == 0; }));
    counting.lines(40);
    counting.proxy.heal();
    if (round % 4 == 3) counting.goes_on();
  }
  counting.goes_on();
}

TEST_CASE("a commit whose last request or its answer is lost happens once") {
  if (missing()) return;
  for (const bool distributed : {false, true}) {
    Counting counting(distributed);
    counting.goes_on();
    for (const auto lose : {Proxy::Lose::Request, Proxy::Lose::Answer, Proxy::Lose::Answer}) {
      counting.proxy.wait_for(Api::EndTxn, lose);
      counting.lines(20);
      CHECK(comes_true([&] { return counting.proxy.has_come(); }));
      counting.goes_on();
    }
  }
}

TEST_CASE("a commit that happened and whose answer never comes is not done again") {
  if (missing()) return;
  Counting counting;
  counting.goes_on();
  counting.proxy.wait_for(Api::EndTxn, Proxy::Lose::Everything);
  counting.lines(20);
  REQUIRE(comes_true([&] { return counting.proxy.has_come(); }));
  CHECK(comes_true([&] { return counting.waits() >= 16; }));  // it is asked for 15 s
  counting.proxy.heal();
  counting.goes_on();
}

TEST_CASE("half open connections show in the metrics, and are given up") {
  if (missing()) return;
  Counting counting;
  counting.goes_on();
  counting.proxy.wait_for(Api::EndTxn, Proxy::Lose::Nothing);
  counting.lines(20);
  REQUIRE(comes_true([&] { return counting.proxy.has_come(); }));
  counting.proxy.set(Proxy::Fault::Silence);
  CHECK(comes_true([&] { return counting.waits() >= 2; }));
  counting.proxy.heal_new_ones();  // those that are there stay silent for ever
  counting.goes_on();
  CHECK(comes_true([&] { return counting.waits() == 0; }));
}

TEST_CASE("a slow network makes commits slow, and no more") {
  if (missing()) return;
  Counting counting;
  counting.proxy.delay(std::chrono::milliseconds{50});
  counting.goes_on();
  counting.goes_on();
}

TEST_CASE("whoever cannot reach the group's coordinator is put out, and comes back") {
  if (missing()) return;
  Counting counting(true);
  counting.goes_on();
  Running other(counting.app, counting.world.prefix(), settings(), true);
  const auto members = [&] { return members_of(counting.app_id()); };
  CHECK(comes_true([&] { return members() == 2; }));
  counting.goes_on();
  counting.proxy.set(Proxy::Fault::Silence, Api::Heartbeat);
  // Its own records come by other connections: it works on until it is refused.
  do counting.goes_on();
  while (members() != 1);
  counting.goes_on();  // the other one has its units
  counting.proxy.heal();
  CHECK(comes_true([&] { return members() == 2; }));
  counting.goes_on();
  CHECK_FALSE(other.runner->failed());
}

TEST_CASE("whoever was cut off while another took over ends, and commits nothing of what it had") {
  if (missing()) return;
  Counting counting;
  counting.goes_on();
  counting.proxy.wait_for(Api::TxnOffsetCommit, Proxy::Lose::Everything);
  counting.lines(20);
  REQUIRE(comes_true([&] { return counting.proxy.has_come(); }));
  const auto cut_off = std::chrono::steady_clock::now();
  Running other(counting.app, counting.world.prefix(), settings(), false);
  CHECK(comes_true([&] { return counting.all_counted(); }));
  // Until the first one has given its commit up without an answer; it would hand it in again.
  constexpr std::chrono::seconds kInsistence{15}, kMore{1};
  std::this_thread::sleep_until(cut_off + kInsistence + kMore);
  counting.proxy.heal();
  CHECK(comes_true([&] { return counting.running->runner->failed(); }));
  const auto stopped = counting.running->runner->stop();
  REQUIRE_FALSE(stopped.has_value());
  CAPTURE(stopped.error().message);
  CHECK(stopped.error().message.find("has taken over") != std::string::npos);
  counting.lines(20);
  CHECK(comes_true([&] { return counting.all_counted(); }));
  CHECK_FALSE(other.runner->failed());
}

TEST_CASE("a broker that stands still beyond the transaction's timeout holds up, and no more") {
  if (missing()) return;
  Counting counting;
  counting.goes_on();
  counting.proxy.wait_for(Api::EndTxn, Proxy::Lose::Nothing);
  counting.lines(20);
  REQUIRE(comes_true([&] { return counting.proxy.has_come(); }));
  const pid_t pid = broker_pid();
  kill(pid, SIGSTOP);
  counting.proxy.heal();
  const bool seen = comes_true([&] { return counting.waits() >= 6; });  // the timeout is 4 s
  kill(pid, SIGCONT);
  CHECK(seen);
  counting.goes_on();
}

TEST_CASE("a dead letter is of the transaction that takes in its record") {
  if (missing()) return;
  Counting counting;
  counting.goes_on();
  const std::string letters = counting.world.there() + "lines.dlq";
  CHECK(end_of(letters, "read_uncommitted") == 0);
  counting.proxy.wait_for(Api::EndTxn, Proxy::Lose::Nothing);
  counting.lines(1, " poison");
  REQUIRE(comes_true([&] { return counting.proxy.has_come(); }));
  CHECK(end_of(letters, "read_uncommitted") == 1);
  CHECK(end_of(letters, "read_committed") == 0);  // as the record itself: not yet taken in
  counting.proxy.heal();
  CHECK(comes_true([&] { return counting.world.read("lines.dlq").size() == 1; }));
  counting.goes_on();
  CHECK(counting.world.read("lines.dlq").size() == 1);
}

TEST_CASE("a record larger than its topic takes ends the run, and is written when it fits") {
  if (missing()) return;
  Counting counting;  // its topics, its proxy
  const Topic<std::string, std::string> copies{"copies", {.partitions = 4}};
  App app{"copier"};
  app.stream(kLines).to(copies);
  const std::string name = counting.world.there() + "copies";
  auto admin = kafka::Admin::open(settings()).value();
  REQUIRE(admin.ensure({{name, 4, true, {{"max.message.bytes", "2000"}}}}));
  const std::string large(5'000, 'x');
  REQUIRE(counting.appender->append(counting.world.prefix() + "lines",
                                    {"key", large, at(Duration{1}), {}}));
  REQUIRE(counting.appender->flush());
  {
    Running copier(app, counting.world.prefix(), settings(), false);
    CHECK(comes_true([&] { return copier.runner->failed(); }));
    const auto stopped = copier.runner->stop();
    REQUIRE_FALSE(stopped.has_value());
    CAPTURE(stopped.error().message);
    CHECK(stopped.error().message.find("write to topic " + name) != std::string::npos);
    CHECK(stopped.error().message.find("raise max.message.bytes") != std::string::npos);
    CHECK(counting.world.read("copies").empty());
  }
  take_larger(name);
  Running copier(app, counting.world.prefix(), settings(), false);
  CHECK(comes_true([&] { return counting.world.read("copies").size() == 1; }));
}
