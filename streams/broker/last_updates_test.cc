#include "streams/broker/last_updates.h"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

using namespace vitrine;

namespace {

RecordView record(const std::string& key, const std::string& value,
                  const std::string& correlation = {}) {
  return {key, value, time_of_millis(1), correlation};
}

}  // namespace

TEST_CASE("of each key the last value stays, whatever the sizes and wherever a fold began") {
  std::mt19937_64 random(7);
  for (int seed = 0; seed < 50; ++seed) {
    WorkRecords records;
    LastUpdates last({true, false});
    std::map<std::string, std::string> model;
    std::size_t untouched = 0;
    for (int step = 0; step < 20; ++step) {
      const std::size_t before = records.size();
      for (auto count = random() % 60; count > 0; --count) {
        const std::string key = "k" + std::to_string(random() % 40);
        const std::string value(1 + random() % 3, static_cast<char>('a' + random() % 26));
        const bool folds = random() % 4 != 0;
        records.add(folds ? 0 : 1, 0, record(key, value));
        if (folds) model[key] = value;
        untouched += folds ? 0 : 1;
      }
      last.fold(records, before);
      REQUIRE(records.size() == model.size() + untouched);
    }
    std::map<std::string, std::string> seen;
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (records.topic(i) == 0)
        CHECK(seen.emplace(records.record(i).key, records.record(i).value).second);
    }
    CHECK(seen == model);
  }
}

TEST_CASE("answers stay, all of them") {
  WorkRecords records;
  LastUpdates last({true});
  records.add(0, 0, record("key", "1", "asked"));
  records.add(0, 0, record("key", "2", "asked"));
  last.fold(records, 0);
  REQUIRE(records.size() == 2);
  CHECK(records.record(0).value == "1");
}

TEST_CASE("another epoch has records of its own") {
  WorkRecords records;
  LastUpdates last({true});
  for (const char* value : {"1", "2"}) {
    records.clear();
    last.clear();
    records.add(0, 0, record("key", value));
    last.fold(records, 0);
    REQUIRE(records.size() == 1);
    CHECK(records.record(0).value == value);
  }
}
