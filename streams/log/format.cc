#include "streams/log/format.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstring>
#include <limits>

#include "base/hash.h"

namespace vitrine::journal_format {
namespace {

constexpr BytesView kSegmentMagic = "VTJSEG01";
constexpr BytesView kRecycledMagic = "VTJSEG02";
constexpr std::uint32_t kGroupMagic = 0x31475456U;  // "VTG1" in the file
constexpr ByteCount kSegmentHeaderUsed = 8 + 5 * 8 + 4;
constexpr ByteCount kGroupCrcFrom = 8;  // after the magic and the checksum itself

std::uint32_t segment_salt(std::uint64_t id) {
  Bytes seed;
  put_u64(seed, id);
  return crc32c(seed);
}

template <class Int>
void store(char*& out, Int value) {
  static_assert(std::endian::native == std::endian::little);
  std::memcpy(out, &value, sizeof value);
  out += sizeof value;
}

std::optional<SegmentHeader> decode_copy(BytesView bytes, std::uint64_t id) {
  if (bytes.size() < kSegmentHeaderUsed) return std::nullopt;
  const BytesView magic = bytes.substr(0, 8);
  if (magic != kSegmentMagic && magic != kRecycledMagic) return std::nullopt;
  ByteReader in{bytes.substr(8)};
  SegmentHeader header;
  header.recycled = magic == kRecycledMagic;
  header.id = in.u64();
  header.incarnation = Incarnation{in.u64()};
  header.base_epoch = Epoch{in.u64()};
  header.base_position = Position{in.u64()};
  header.proven_through = Epoch{in.u64()};
  const std::uint32_t crc = in.u32();
  if (header.id != id || crc != crc32c(bytes.substr(0, kSegmentHeaderUsed - 4), segment_salt(id)))
    return std::nullopt;
  return header;
}

char* store_varint(char* out, std::uint64_t value) {
  while (value >= 0x80) {
    *out++ = static_cast<char>(value | 0x80U);
    value >>= 7U;
  }
  *out++ = static_cast<char>(value);
  return out;
}

}  // namespace

Bytes encode(const SegmentHeader& header) {
  Bytes copy{header.recycled ? kRecycledMagic : kSegmentMagic};
  put_u64(copy, header.id);
  put_u64(copy, header.incarnation.value());
  put_u64(copy, header.base_epoch.value());
  put_u64(copy, header.base_position.value());
  put_u64(copy, header.proven_through.value());
  put_u32(copy, crc32c(copy, segment_salt(header.id)));
  Bytes out = copy;
  out.resize(kHeaderCopyOffset);
  out += copy;
  out.resize(kSegmentHeaderBytes);
  return out;
}

std::optional<SegmentHeader> decode_segment_header(BytesView file_start, std::uint64_t id) {
  if (auto header = decode_copy(file_start, id)) return header;
  if (file_start.size() < kHeaderCopyOffset) return std::nullopt;
  return decode_copy(file_start.substr(kHeaderCopyOffset), id);
}

std::optional<SegmentHeader> decode_former_header(BytesView file_start) {
  if (file_start.size() < kSegmentHeaderUsed) return std::nullopt;
  return decode_segment_header(file_start, ByteReader{file_start.substr(8)}.u64());
}

std::uint32_t group_salt(std::uint64_t segment, Incarnation incarnation,
                         std::uint64_t file_offset) {
  char seed[24];
  char* out = seed;
  store(out, segment);
  store(out, incarnation.value());
  store(out, file_offset);
  return crc32c({seed, sizeof seed});
}

void encode(const GroupHeader& header, std::uint32_t salt, char* const start) {
  char* out = start;
  store(out, kGroupMagic);
  char* crc_at = out;
  out += 4;
  store(out, header.epoch.value());
  store(out, header.first_position.value());
  store(out, header.next_position.value());
  store(out, header.durable_through.value());
  store(out, header.incarnation.value());
  store(out, header.body_bytes);
  store(out, header.directory_bytes);
  store(out, header.directory_crc);
  store(out, header.sections);
  store(out, millis_of(header.time));
  store(crc_at, crc32c({start + kGroupCrcFrom, kGroupHeaderBytes - kGroupCrcFrom}, salt));
}

std::optional<GroupHeader> decode_group_header(BytesView bytes, std::uint64_t segment,
                                               std::uint64_t file_offset) {
  if (bytes.size() < kGroupHeaderBytes) return std::nullopt;
  bytes = bytes.substr(0, kGroupHeaderBytes);
  ByteReader in{bytes};
  if (in.u32() != kGroupMagic) return std::nullopt;
  const std::uint32_t crc = in.u32();
  GroupHeader header;
  header.epoch = Epoch{in.u64()};
  header.first_position = Position{in.u64()};
  header.next_position = Position{in.u64()};
  header.durable_through = Epoch{in.u64()};
  header.incarnation = Incarnation{in.u64()};
  header.body_bytes = in.u32();
  header.directory_bytes = in.u32();
  header.directory_crc = in.u32();
  header.sections = in.u32();
  header.time = time_of_millis(static_cast<std::int64_t>(in.u64()));
  const std::uint32_t salt = group_salt(segment, header.incarnation, file_offset);
  if (crc != crc32c(bytes.substr(kGroupCrcFrom), salt)) return std::nullopt;
  if (header.directory_bytes > header.body_bytes || header.body_bytes > kGroupBytesMax)
    return std::nullopt;
  return header;
}

void encode(const Section& section, Position group_first, Bytes& out) {
  put_u8(out, static_cast<std::uint8_t>(section.kind));
  put_varint(out, section.bytes);
  put_u32(out, section.crc);
  put_varint(out, section.records);
  if (section.kind != SectionKind::Records) return;
  put_bytes(out, section.topic);
  put_varint(out, section.partition);
  put_varint(out, section.first.value() - group_first.value());
  put_varint(out, section.last.value() - section.first.value());
}

std::optional<std::vector<Section>> decode_directory(BytesView directory,
                                                     const GroupHeader& header) {
  constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();
  std::vector<Section> sections;
  ByteReader in{directory};
  std::uint64_t offset = kGroupHeaderBytes + header.directory_bytes;
  const std::uint64_t end = kGroupHeaderBytes + std::uint64_t{header.body_bytes};
  for (std::uint32_t i = 0; i < header.sections && in.ok(); ++i) {
    Section section;
    section.kind = static_cast<SectionKind>(in.u8());
    const std::uint64_t bytes = in.varint();
    section.crc = in.u32();
    const std::uint64_t records = in.varint();
    if (section.kind < SectionKind::Records || section.kind > SectionKind::Deltas)
      return std::nullopt;
    if (records > kMax32 || bytes > end - offset) return std::nullopt;
    section.bytes = static_cast<std::uint32_t>(bytes);
    section.records = static_cast<std::uint32_t>(records);
    section.offset = offset;
    offset += bytes;
    if (section.kind == SectionKind::Records) {
      section.topic = Bytes(in.bytes());
      const std::uint64_t partition = in.varint();
      if (partition > kMax32) return std::nullopt;
      section.partition = static_cast<std::uint32_t>(partition);
      section.first = Position{header.first_position.value() + in.varint()};
      section.last = Position{section.first.value() + in.varint()};
      if (section.last < section.first || section.last >= header.next_position) return std::nullopt;
    }
    sections.push_back(std::move(section));
  }
  if (!in.ok() || !in.at_end() || offset != end || sections.size() != header.sections)
    return std::nullopt;
  return sections;
}

void RecordEncoder::add(Position position, const RecordView& record, Bytes& out) {
  char head[50];  // five varints of at most ten bytes
  const std::int64_t millis = millis_of(record.timestamp);
  const std::int64_t step = static_cast<std::int64_t>(static_cast<std::uint64_t>(millis) -
                                                      static_cast<std::uint64_t>(millis_));
  char* end = store_varint(head, position.value() - position_);
  end = store_varint(
      end, (static_cast<std::uint64_t>(step) << 1U) ^ static_cast<std::uint64_t>(step >> 63));
  end = store_varint(end, record.key.size());
  end = store_varint(end, record.value.size());
  end = store_varint(end, record.correlation.size());
  out.append(head, static_cast<std::size_t>(end - head));
  out.append(record.key).append(record.value);
  if (!record.correlation.empty()) out.append(record.correlation);
  position_ = position.value();
  millis_ = millis;
}

void put_delta(Bytes& out, std::uint64_t head, BytesView key, const BytesView* value) {
  // Put together here when it is short, as most are: one growth of `out` for the whole entry.
  constexpr ByteCount kShort = 96;
  const ByteCount value_bytes = value == nullptr ? 0 : value->size();
  char entry[30 + kShort];  // three varints of at most ten bytes, and the bytes
  char* end = store_varint(store_varint(entry, head), key.size());
  if (key.size() + value_bytes <= kShort) {
    end = std::copy(key.begin(), key.end(), end);
    if (value != nullptr) {
      end = store_varint(end, value_bytes);
      end = std::copy(value->begin(), value->end(), end);
    }
    out.append(entry, static_cast<std::size_t>(end - entry));
    return;
  }
  out.append(entry, static_cast<std::size_t>(end - entry)).append(key);
  if (value != nullptr) put_bytes(out, *value);
}

bool RecordDecoder::next(Position& position, RecordView& record) {
  if (in_.at_end() || !in_.ok()) return false;
  const std::uint64_t gap = in_.varint();
  const auto step = static_cast<std::uint64_t>(in_.signed_varint());
  const std::uint64_t key = in_.varint();
  const std::uint64_t value = in_.varint();
  const std::uint64_t correlation = in_.varint();
  record.key = in_.take(key);
  record.value = in_.take(value);
  record.correlation = in_.take(correlation);
  position_ += gap;
  millis_ = static_cast<std::int64_t>(static_cast<std::uint64_t>(millis_) + step);
  record.timestamp = time_of_millis(millis_);
  position = Position{position_};
  return in_.ok();
}

std::string numbered_name(std::string_view start, std::uint64_t id, std::string_view end) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(id));
  return std::string(start).append(digits).append(end);
}

std::optional<std::uint64_t> number_in(std::string_view name, std::string_view start,
                                       std::string_view end) {
  if (name.size() != start.size() + 16 + end.size() || !name.starts_with(start) ||
      !name.ends_with(end)) {
    return std::nullopt;
  }
  std::uint64_t id = 0;
  for (const char c : name.substr(start.size(), 16)) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return std::nullopt;
    id = id << 4U | static_cast<std::uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  return id;
}

std::string segment_name(std::uint64_t id) { return numbered_name("segment-", id, ".vtj"); }

std::optional<std::uint64_t> segment_id_of(std::string_view name) {
  return number_in(name, "segment-", ".vtj");
}

}  // namespace vitrine::journal_format
