#pragma once
// Worlds of the conformance suite on the broker that VITRINE_KAFKA names (tools/kafka/broker.py
// with). Where there is none each case is a skip that says so.
#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "sim/test_folder.h"
#include "streams/kafka/appender.h"
#include "streams/kafka/kafka_broker.h"
#include "streams/kafka/reader.h"
#include "streams/runtime/unit_conformance_test_kit.h"

namespace vitrine::conformance {

inline std::string address() {
  const char* kafka = std::getenv("VITRINE_KAFKA");
  return kafka == nullptr ? "" : kafka;
}

// Every case says it, so that they are counted.
inline bool missing() {
  if (!address().empty()) return false;
  const char* why = std::getenv("VITRINE_KAFKA_MISSING");
  std::printf("skip: no Kafka broker: %s\n", why == nullptr ? "VITRINE_KAFKA is not set" : why);
  return true;
}

inline KafkaSettings settings() { return KafkaSettings::from(address(), {}).value(); }

struct KafkaKind {
  bool at_least_once = false;
  bool keeps = false;  // state on disk
};

// Topics have the names the App says: worlds follow each other, with the App's and topics' names
// made new by a prefix where they are opened.
class KafkaWorld final : public World {
 public:
  explicit KafkaWorld(bool distributed, KafkaKind kind = {})
      : distributed_(distributed), kind_(kind) {
    static std::atomic<int> worlds{0};
    prefix_ = "w" + std::to_string(getpid()) + "-" + std::to_string(++worlds) + ".";
  }
  std::unique_ptr<UnitBroker> open(const Topology& topology) override {
    KafkaBrokerOptions options;
    options.settings = settings();
    options.app_id = prefix_ + topology.name();
    options.topic_prefix = prefix_;
    options.distributed = distributed_;
    options.instance = distributed_ ? "one" : "";
    options.at_least_once = kind_.at_least_once;
    options.tells_end = true;
    flush();
    auto opened = KafkaBroker::open(topology, std::move(options));
    REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
    live_ = opened->get();
    reading_ = true;
    for (auto& [topic, record] : std::exchange(early_, {})) append(topic, view_of(record));
    flush();
    return std::move(*opened);
  }
  void append(const std::string& topic, const RecordView& record) override {
    if (live_ == nullptr) {  // opening makes the topics
      early_.emplace_back(topic, record.copy());
      return;
    }
    if (appender_ == nullptr) appender_ = KafkaAppender::open(settings()).value();
    if (reading_) live_->expect_more(there() + topic, record.key);
    REQUIRE(appender_->append(prefix_ + topic, record));
  }
  void flush() override {
    if (appender_ != nullptr) REQUIRE(appender_->flush());
  }
  void closing() override { reading_ = false; }
  std::vector<Record> read(const std::string& topic) override {
    std::vector<Record> out;
    const auto done = read_topic(
        settings(), prefix_ + topic,
        [&](std::uint32_t, std::int64_t, const RecordView& one) { out.push_back(one.copy()); });
    REQUIRE_MESSAGE(done.has_value(), done.error().message);
    return out;
  }
  const std::string& prefix() const { return prefix_; }
  std::string there() const { return settings().prefix + prefix_; }  // as the brokers know it
  std::string state_folder() const override { return kind_.keeps ? folder_.path + "/state" : ""; }
  Plan plan() const override { return distributed_ ? Plan::Split : Plan::Local; }

 private:
  const bool distributed_;
  const KafkaKind kind_;
  sim::TempFolder folder_;
  std::string prefix_;
  KafkaBroker* live_ = nullptr;  // the last one opened
  bool reading_ = false;         // it still lives
  std::vector<std::pair<std::string, Record>> early_;
  std::unique_ptr<KafkaAppender> appender_;
};

inline MakeWorld on_kafka(bool distributed, KafkaKind kind = {}) {
  return [=] { return std::make_unique<KafkaWorld>(distributed, kind); };
}

}  // namespace vitrine::conformance
