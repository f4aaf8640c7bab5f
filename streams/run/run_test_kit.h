#pragma once
// For the tests of this room: folders, engines driven by hand, and what a log holds.
#include <doctest/doctest.h>

#include <array>
#include <fstream>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "sim/test_folder.h"
#include "vitrine/app.h"
#include "vitrine/bounded.h"
#include "vitrine/engine.h"

namespace vitrine::test {

struct Folder : sim::TempFolder {
  std::string file(const std::string& name, std::string_view text) const {
    std::ofstream(path + "/" + name, std::ios::binary) << text;
    return path + "/" + name;
  }
};

struct Sale {
  std::string customer, sku;
  std::int64_t cents = 0;
  auto fields() { return std::tie(customer, sku, cents); }
  friend bool operator==(const Sale&, const Sale&) = default;
};

inline const Topic<std::string, Sale> sales{"sales"};
inline const Topic<std::string, std::int64_t> revenue{"revenue"};

// Key, value and time of a record: what two runs are compared by.
using Told = std::tuple<Bytes, Bytes, Time>;

inline std::unique_ptr<Engine> open_engine(App& app, const std::string& folder,
                                           std::vector<Engine*> upstreams = {},
                                           Env* env = nullptr) {
  EngineOptions options;
  options.folder = folder;
  options.upstreams = std::move(upstreams);
  options.state_cache_bytes = 1U << 20U;
  return std::move(Engine::open(env ? *env : real_env(), app, std::move(options)).value());
}

inline void run_until_idle(Engine& engine) {
  while (engine.poll().value()) {
  }
}

template <class K, class V>
void append(Engine& engine, const Topic<K, V>& topic, const K& key, const V& value, Time time) {
  Append one;
  one.topic = topic.name();
  one.record = {encoded(key), encoded(value), time, {}};
  one.keep_timestamp = true;
  REQUIRE(engine.append(std::move(one)).has_value());
}

inline std::vector<Positioned> fetch_all(const Engine& engine, const std::string& topic) {
  const std::array<std::string, 1> topics{topic};
  std::vector<Positioned> all;
  Position from{1};
  while (from < engine.committed_end()) {
    auto batch = engine.fetch(topics, from, 4096, 4U << 20U).value();
    for (auto& record : batch.records) all.push_back(std::move(record));
    from = batch.next;
  }
  return all;
}

inline std::vector<Told> told(const std::vector<Positioned>& records) {
  std::vector<Told> all;
  for (const auto& one : records)
    all.emplace_back(one.record.key, one.record.value, one.record.timestamp);
  return all;
}

// What a bounded run writes to one topic.
struct Collected {
  explicit Collected(std::string wanted) : topic(std::move(wanted)) {}
  BoundedOptions options() {
    BoundedOptions out;
    out.on_record = [this](const std::string& name, const RecordView& record) {
      if (name == topic) all.emplace_back(Bytes(record.key), Bytes(record.value), record.timestamp);
    };
    return out;
  }
  std::string topic;
  std::vector<Told> all;
};

template <class... Sources>
std::vector<std::unique_ptr<BoundedSource>> inputs(Sources... sources) {
  std::vector<std::unique_ptr<BoundedSource>> all;
  (all.push_back(std::move(sources.value())), ...);
  return all;
}

}  // namespace vitrine::test
