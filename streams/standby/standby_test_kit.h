#pragma once
// For the tests of this room: one machine's part of a pair, a ledger of what was acknowledged, and
// a log as text.
#include <doctest/doctest.h>

#include <atomic>
#include <map>

#include "streams/runtime/embedded_engine.h"
#include "streams/runtime/engine_test_kit.h"
#include "streams/standby/link_test_kit.h"
#include "vitrine/standby.h"

namespace vitrine::test {

// One machine's part of it: an engine that serves a standby, or a standby.
struct Side {
  TempFolder folder;
  EngineOptions options;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<StandbyServer> server;
  std::unique_ptr<Standby> standby;
  std::atomic<int> fences{0};

  explicit Side(std::uint32_t shards = 1) {
    options.folder = folder.path;
    options.shards = shards;
    options.journal.segment_bytes = 1U << 20U;
  }
  ~Side() { down(); }

  Result<void> open() {
    VT_TRY(engine, Engine::open(real_env(), std::make_shared<CountTopology>(), options));
    return {};
  }
  void serve(const std::string& key, bool required = true, std::uint16_t port = 0) {
    StandbyServerOptions its;
    its.key_file = key;
    its.acks_required = required;
    its.port = port;
    its.patience = Duration{5'000};
    its.on_fenced = [this](const std::string&) { ++fences; };
    auto opened = StandbyServer::open(real_env(), {engine.get()}, its);
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().message));
    server = std::move(*opened);
  }
  void follow(const std::string& key, std::uint16_t port, bool reseed = false) {
    StandbyOptions its;
    its.host = "127.0.0.1";
    its.port = port;
    its.key_file = key;
    its.reseed = reseed;
    its.patience = Duration{5'000};
    its.retry = Duration{10};
    auto opened =
        Standby::open(real_env(), {{std::make_shared<CountTopology>(), options}}, its);
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().message));
    standby = std::move(*opened);
  }
  void down() {
    if (engine) engine->stop();
    server.reset();
    engine.reset();
    standby.reset();
  }
  Standby::Log told() const { return standby->logs().front(); }
};

// Appends that were told to be durable, by word.
struct Ledger {
  std::atomic<int> done{0}, refused{0};
  int sent = 0;

  void append(Engine& engine, int count) {
    for (int i = 0; i < count; ++i) {
      const std::string key = "key " + std::to_string(sent % 17);
      const auto taken =
          engine.append(word(key, sent % 5 == 0 ? "hop" : "w"), [this](const Result<Position>& at) {
            ++(at ? done : refused);
          });
      if (taken) ++sent;
    }
  }
};

inline std::string everything(const Engine& engine) {
  std::string out;
  for (const char* topic : {"words", "again", "counts"}) {
    for (const auto& one : committed(engine, topic)) {
      out += one.topic + std::to_string(one.partition) + "@" +
             std::to_string(one.position.value()) + " " + one.record.key + "=" +
             one.record.value + "\n";
    }
  }
  return out;
}

// State and outputs against a recount of the inputs.
inline void check_counts(const Engine& engine) {
  std::map<std::string, std::int64_t> counts, told;
  for (const char* topic : {"words", "again"}) {
    for (const auto& one : committed(engine, topic)) ++counts[one.record.key];
  }
  for (const auto& one : committed(engine, "counts"))
    CHECK(std::stoll(one.record.value) == ++told[one.record.key]);
  CHECK(told == counts);
  for (const auto& [key, count] : counts) CHECK(count_of(engine, key) == count);
}

}  // namespace vitrine::test
