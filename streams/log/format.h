#pragma once
// The bytes of a journal: segment headers, group headers, directories, records.
// docs/formats/journal.md says it in words and has a test vector; this header is the only code that
// knows it.
//
// Every checksum is a CRC-32C salted with the segment's id, the incarnation and the group's place
// in the file: a frame left over from a segment's former life, or copied elsewhere, does not
// verify.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "streams/log/record.h"

namespace vitrine::journal_format {

inline constexpr ByteCount kSegmentHeaderBytes = 4096;  // the first group begins here
inline constexpr ByteCount kHeaderCopyOffset =
    2048;  // the header stands twice, in different sectors
inline constexpr ByteCount kGroupHeaderBytes = 72;
inline constexpr ByteCount kGroupAlignment = 8;
inline constexpr std::uint64_t kGroupBytesMax = std::uint64_t{1} << 30U;

struct SegmentHeader {
  std::uint64_t id = 0;
  Incarnation incarnation;
  Epoch base_epoch;  // groups of later epochs in earlier segments are void: this segment holds them
                     // anew
  Position base_position;  // the next position when the segment was begun
  Epoch proven_through;    // groups up to here were durable before this header could be seen
  bool recycled = false;   // what follows the last group is of the file's former life, not zeros
};

// kSegmentHeaderBytes bytes.
Bytes encode(const SegmentHeader& header);
// Empty when neither copy verifies for a file of this id.
std::optional<SegmentHeader> decode_segment_header(BytesView file_start, std::uint64_t id);
// The header that stands there for whatever id: of a recycled file that was not written to yet, the
// one of its former life.
std::optional<SegmentHeader> decode_former_header(BytesView file_start);

struct GroupHeader {
  Epoch epoch;
  Position first_position;
  Position next_position;
  Epoch durable_through;  // every group up to this one was on disk when this one was written:
                          // damage there is no torn tail
  Incarnation incarnation;
  std::uint32_t body_bytes = 0;  // directory and sections; without the padding to kGroupAlignment
  std::uint32_t directory_bytes = 0;  // the body begins with the directory
  std::uint32_t directory_crc = 0;
  std::uint32_t sections = 0;
  Time time{};  // server time of the commit, never less than the group before; 0: not said
  ByteCount padded_bytes() const {
    return (kGroupHeaderBytes + body_bytes + kGroupAlignment - 1) / kGroupAlignment *
           kGroupAlignment;
  }
};

std::uint32_t group_salt(std::uint64_t segment, Incarnation incarnation, std::uint64_t file_offset);

void encode(const GroupHeader& header, std::uint32_t salt, char* out);  // kGroupHeaderBytes bytes
// `bytes` begins at the group. Empty when it is no group header of this segment and place.
std::optional<GroupHeader> decode_group_header(BytesView bytes, std::uint64_t segment,
                                               std::uint64_t file_offset);

enum class SectionKind : std::uint8_t { Records = 1, Steps = 2, Deltas = 3 };

// One line of a group's directory. Records have a topic and a partition.
struct Section {
  SectionKind kind = SectionKind::Records;
  std::string topic;
  std::uint32_t partition = 0;
  std::uint32_t records = 0;  // or deltas
  Position first;             // of its records
  Position last;
  std::uint32_t bytes = 0;
  std::uint32_t crc = 0;     // salted as its group
  std::uint64_t offset = 0;  // from the start of the group; derived, not stored
};

void encode(const Section& section, Position group_first, Bytes& out);
// The whole directory, or empty when it does not add up to the header's sizes and positions.
std::optional<std::vector<Section>> decode_directory(BytesView directory,
                                                     const GroupHeader& header);

// Records of one section, one after the other. The previous position and timestamp are the state;
// both start at the group's first position and 0.
class RecordEncoder {
 public:
  explicit RecordEncoder(Position group_first) : position_(group_first.value()) {}
  void add(Position position, const RecordView& record, Bytes& out);

 private:
  std::uint64_t position_;
  std::int64_t millis_ = 0;
};

// An entry of the deltas: `head` is the store's number and whether it is a removal, which has no
// value.
void put_delta(Bytes& out, std::uint64_t head, BytesView key, const BytesView* value);

class RecordDecoder {
 public:
  RecordDecoder(BytesView section, Position group_first)
      : in_(section), position_(group_first.value()) {}
  // False at the end or when malformed; ok() tells them apart.
  bool next(Position& position, RecordView& record);
  bool ok() const { return in_.ok(); }
  std::size_t remaining() const { return in_.remaining(); }  // bytes

 private:
  ByteReader in_;
  std::uint64_t position_;
  std::int64_t millis_ = 0;
};

// Names of numbered files: `start`, 16 lower-case hexadecimal digits, `end`.
std::string numbered_name(std::string_view start, std::uint64_t id, std::string_view end);
std::optional<std::uint64_t> number_in(std::string_view name, std::string_view start,
                                       std::string_view end);  // empty for other names

std::string segment_name(std::uint64_t id);                         // segment-000000000000000a.vtj
std::optional<std::uint64_t> segment_id_of(std::string_view name);  // empty for other files

}  // namespace vitrine::journal_format
