#include "streams/log/run_format.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "sim/power_disk.h"
#include "streams/log/runs.h"

using namespace vitrine;
using namespace vitrine::sim;
using namespace vitrine::run_format;

namespace {

// What docs/formats/runs.md prints between ```<kind> and ```, 32 digits a line.
std::string printed(const std::string& kind) {
  std::ifstream in{std::string(VITRINE_SOURCE_DIR) + "/docs/formats/runs.md"};
  REQUIRE(in);
  std::stringstream text;
  text << in.rdbuf();
  const std::string all = text.str();
  const std::string mark = "```" + kind + "\n";
  const std::size_t begin = all.find(mark);
  REQUIRE(begin != std::string::npos);
  const std::size_t from = begin + mark.size();
  return all.substr(from, all.find("```", from) - from);
}

std::string lines_of(BytesView bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 16)
    out += to_hex(bytes.substr(at, 16)) + '\n';
  return out;
}

std::vector<RunRecord> records() {
  return {{Position{3},
           1,
           time_of_millis(1'700'000'000'010),
           {"sku-1", "reserved", time_of_millis(1'700'000'000'000), "c-1"}},
          {Position{5},
           0,
           time_of_millis(1'700'000'000'010),
           {"sku-2", "sold", time_of_millis(1'700'000'000'001), "c-2"}},
          {Position{9},
           1,
           time_of_millis(1'700'000'000'020),
           {"sku-1", "", time_of_millis(1'700'000'000'019), ""}}};
}

}  // namespace

TEST_CASE("the documented run and manifest are what we write, and say what the page says") {
  PowerDisk disk;
  REQUIRE(disk.make_folder("/j"));
  auto writer = RunWriter::create(disk, "/j", 7, "shop.events");
  REQUIRE(writer);
  for (const RunRecord& one : records()) REQUIRE(writer->add(one));
  const auto info = writer->finish();
  REQUIRE(info);
  CHECK(lines_of(disk.content("/j/run-0000000000000007.vtr")) == printed("run"));

  Manifest manifest{4, Epoch{12}, Position{10}, time_of_millis(1'700'000'000'020), 8, {}, {*info}};
  manifest.starts["shop.events"] = Position{3};
  const Bytes bytes = encode(manifest);
  CHECK(lines_of(bytes) == printed("manifest"));
  const auto decoded = decode_manifest(bytes);
  REQUIRE(decoded);
  CHECK(decoded->first_segment == 4);
  CHECK(decoded->next == Position{10});
  CHECK(decoded->starts.at("shop.events") == Position{3});
  REQUIRE(decoded->runs.size() == 1);
  CHECK(decoded->runs[0] == *info);

  auto set = std::make_shared<RunSet>();
  set->topics["shop.events"] = {
      std::make_shared<const Run>(Run{decoded->runs[0], "/j/run-0000000000000007.vtr"})};
  RunFiles files{disk};
  RunCursor cursor{files, "shop.events", set, Position{4}};
  for (std::size_t i = 1; i < 3; ++i) {
    REQUIRE(cursor.next().value());
    CHECK(cursor.record().position == records()[i].position);
    CHECK(cursor.record().partition == records()[i].partition);
    CHECK(cursor.record().committed == records()[i].committed);
    CHECK(cursor.record().record.copy() == records()[i].record.copy());
  }
  CHECK_FALSE(cursor.next().value());
}

TEST_CASE("a run of many blocks is read from any position on") {
  PowerDisk disk;
  REQUIRE(disk.make_folder("/j"));
  auto writer = RunWriter::create(disk, "/j", 1, "a");
  REQUIRE(writer);
  constexpr std::uint64_t kRecords = 5000;
  for (std::uint64_t i = 0; i < kRecords; ++i) {
    const std::string value(i % 100, 'v');
    const RecordView record{"key", value, at(Duration{9}), {}};
    REQUIRE(writer->add({Position{2 * i + 1}, 0, at(Duration{1000}), record}));
  }
  const auto info = writer->finish();
  REQUIRE(info);
  auto set = std::make_shared<RunSet>();
  set->topics["a"] = {std::make_shared<const Run>(Run{*info, "/j/" + run_name(1)})};
  RunFiles files{disk};
  REQUIRE(files.open(set->topics["a"][0]).value()->blocks.size() > 3);
  for (std::uint64_t from = 0; from < 2 * kRecords + 2; from += 97) {
    RunCursor cursor{files, "a", set, Position{from}};
    const std::uint64_t first = from / 2;  // records before `from`
    std::uint64_t seen = first;
    for (; cursor.next().value() && seen < first + 700; ++seen)
      REQUIRE(cursor.record().position == Position{2 * seen + 1});
    CHECK(seen == std::min(kRecords, first + 700));
  }
}

TEST_CASE("file names of runs are told from all others") {
  CHECK(run_name(0xabc) == "run-0000000000000abc.vtr");
  CHECK(run_id_of("run-0000000000000abc.vtr") == 0xabcU);
  for (const char* other : {"manifest", "run-0000000000000abc.vtj", "run-abc.vtr"})
    CHECK_FALSE(run_id_of(other));
}
