#include "streams/kafka/migration_map.h"

#include <algorithm>

namespace vitrine::kafka {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kPartsMax = 100'000;  // of a row that is damaged
constexpr std::uint64_t kPrime = 1'099'511'628'211U;  // FNV-1a

bool read_part(ByteReader& in, MigrationMap::Part& part) {
  part.records = in.varint();
  part.next_offset = static_cast<std::int64_t>(in.varint());
  part.stride = in.varint();
  const std::uint64_t places = in.varint();
  MigrationMap::Place last;
  for (std::uint64_t i = 0; i < places && in.ok(); ++i) {
    last.position = Position{last.position.value() + in.varint()};
    last.offset += static_cast<std::int64_t>(in.varint());
    part.places.push_back(last);
  }
  return in.ok() && part.stride > 0;
}

}  // namespace

MigrationMap MigrationMap::of(Incarnation incarnation, std::uint32_t partitions) {
  MigrationMap out;
  out.incarnation = incarnation;
  out.parts.resize(partitions);
  return out;
}

void MigrationMap::add(std::uint32_t partition, Position position, std::int64_t offset) {
  Part& part = parts[partition];
  if (part.records % part.stride == 0) {
    if (part.places.size() >= std::max<std::size_t>(kPlacesMax / parts.size(), 2)) {
      std::size_t kept = 0;
      for (std::size_t i = 0; i < part.places.size(); i += 2) part.places[kept++] = part.places[i];
      part.places.resize(kept);
      part.stride *= 2;
    }
    if (part.records % part.stride == 0) part.places.push_back({position, offset});
  }
  ++part.records;
  part.next_offset = offset + 1;
}

std::uint64_t MigrationMap::records() const {
  std::uint64_t sum = 0;
  for (const Part& part : parts) sum += part.records;
  return sum;
}

std::optional<MigrationMap::Place> MigrationMap::before(std::uint32_t partition,
                                                        Position position) const {
  const auto& places = parts[partition].places;
  const auto after = std::upper_bound(
      places.begin(), places.end(), position,
      [](Position wanted, const Place& place) { return wanted < place.position; });
  if (after == places.begin()) return {};
  return *std::prev(after);
}

Bytes MigrationMap::encode() const {
  Bytes out;
  put_u8(out, kVersion);
  put_u64(out, incarnation.value());
  put_varint(out, next.value());
  put_varint(out, parts.size());
  for (const Part& part : parts) {
    put_varint(out, part.records);
    put_varint(out, static_cast<std::uint64_t>(part.next_offset));
    put_varint(out, part.stride);
    put_varint(out, part.places.size());
    Place last;
    for (const Place& place : part.places) {
      put_varint(out, place.position.value() - last.position.value());
      put_varint(out, static_cast<std::uint64_t>(place.offset - last.offset));
      last = place;
    }
  }
  return out;
}

Result<MigrationMap> MigrationMap::decode(BytesView bytes) {
  MigrationMap out;
  ByteReader in(bytes);
  bool good = in.u8() == kVersion;
  out.incarnation = Incarnation{in.u64()};
  out.next = Position{in.varint()};
  const std::uint64_t parts = in.varint();
  good = good && in.ok() && parts <= kPartsMax;
  for (std::uint64_t i = 0; i < parts && good; ++i) good = read_part(in, out.parts.emplace_back());
  if (good && in.at_end()) return out;
  return fail(Code::Corrupt,
              "read how far a migration has come: its bytes are none of ours; was something else "
              "written to its topic, or by a newer program?");
}

void RecordDigest::add_bytes(BytesView bytes) {
  add_number(bytes.size());
  for (const char one : bytes) value_ = (value_ ^ static_cast<unsigned char>(one)) * kPrime;
}

void RecordDigest::add_number(std::uint64_t number) {
  value_ = (value_ ^ number) * kPrime;
  value_ ^= value_ >> 32U;  // FNV carries upwards only
}

void RecordDigest::add(const RecordView& record) {
  ++records_;
  add_bytes(record.key);
  add_bytes(record.value);
  add_number(static_cast<std::uint64_t>(millis_of(record.timestamp)));
  add_bytes(record.correlation);
}

}  // namespace vitrine::kafka
