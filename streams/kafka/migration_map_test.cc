#include "streams/kafka/migration_map.h"

#include <doctest/doctest.h>

using namespace vitrine;
using kafka::MigrationMap;
using kafka::RecordDigest;

namespace {

Position position_of_record(std::uint64_t number) { return Position{10 + 3 * number}; }
// A marker lies behind every hundred records.
std::int64_t offset_of_record(std::uint64_t number) {
  return static_cast<std::int64_t>(number + number / 100);
}

MigrationMap filled(std::uint64_t records) {
  auto map = MigrationMap::of(Incarnation{7}, 2);
  for (std::uint64_t i = 0; i < records; ++i)
    map.add(1, position_of_record(i), offset_of_record(i));
  map.next = Position{10 + 3 * records};
  return map;
}

std::uint64_t digest(std::initializer_list<RecordView> records) {
  RecordDigest out;
  for (const RecordView& one : records) out.add(one);
  return out.value();
}

}  // namespace

TEST_CASE("a map tells of every position a place before it, not further away than its stride") {
  constexpr std::uint64_t kRecords = 100'000;
  const MigrationMap map = filled(kRecords);
  CHECK(map.records() == kRecords);
  CHECK(map.parts[1].next_offset == offset_of_record(kRecords - 1) + 1);
  CHECK_FALSE(map.before(1, Position{9}).has_value());
  CHECK_FALSE(map.before(0, Position{1'000}).has_value());
  for (std::uint64_t i = 0; i < kRecords; i += 97) {
    const auto place = map.before(1, position_of_record(i));
    REQUIRE(place.has_value());
    const std::uint64_t number = (place->position.value() - 10) / 3;
    CHECK(place->position == position_of_record(number));
    CHECK(place->offset == offset_of_record(number));
    CHECK(number <= i);
    CHECK(i - number < map.parts[1].stride);
  }
}

TEST_CASE("a map stays small, however many records and partitions") {
  const MigrationMap map = filled(300'000);
  CHECK(map.parts[1].places.size() <= MigrationMap::kPlacesMax / 2);
  CHECK(map.parts[1].places.size() >= MigrationMap::kPlacesMax / 8);
  CHECK(map.encode().size() < 5'000);
  auto wide = MigrationMap::of(Incarnation{7}, 4'096);
  for (std::uint64_t i = 0; i < 100'000; ++i)
    wide.add(static_cast<std::uint32_t>(i % 4'096), Position{i}, static_cast<std::int64_t>(i));
  for (const auto& part : wide.parts) CHECK(part.places.size() <= 2);
}

TEST_CASE("a map is read as it was written; anything else is refused") {
  const MigrationMap map = filled(12'345);
  const Bytes written = map.encode();
  const auto read = MigrationMap::decode(written);
  REQUIRE(read.has_value());
  CHECK(read->incarnation == map.incarnation);
  CHECK(read->next == map.next);
  CHECK(read->parts == map.parts);
  for (std::size_t cut = 0; cut < written.size(); cut += 7)
    CHECK(MigrationMap::decode(BytesView(written).substr(0, cut)).error().code == Code::Corrupt);
  CHECK(MigrationMap::decode(written + "x").error().code == Code::Corrupt);
  CHECK(MigrationMap::decode("\x02" + written.substr(1)).error().code == Code::Corrupt);
}

TEST_CASE("a map's bytes are those of docs/formats/migration.md") {
  auto map = MigrationMap::of(Incarnation{7}, 1);
  map.add(0, Position{5}, 0);
  map.add(0, Position{9}, 1);
  map.next = Position{10};
  CHECK(to_hex(map.encode()) == "01" "0700000000000000" "0a" "01" "02020102" "0500" "0401");
}

TEST_CASE("a digest sees every part of a record, and the order") {
  const Time at{Duration{5}}, later{Duration{6}};
  const RecordView one{"key", "value", at, "who"}, two{"key", "other", at, "who"};
  CHECK(digest({one, two}) == digest({one, two}));
  CHECK(digest({one, two}) != digest({two, one}));
  CHECK(digest({one, one}) != digest({one}));
  CHECK(digest({one}) != digest({{"kez", "value", at, "who"}}));
  CHECK(digest({one}) != digest({{"key", "valuf", at, "who"}}));
  CHECK(digest({one}) != digest({{"key", "value", later, "who"}}));
  CHECK(digest({one}) != digest({{"key", "value", at, "whom"}}));
  CHECK(digest({one}) != digest({{"keyv", "alue", at, "who"}}));  // parted elsewhere
  CHECK(digest({}) != digest({{"", "", Time{}, ""}}));
}
