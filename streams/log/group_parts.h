#pragma once
// What a Group has gathered: one flat buffer a topic-partition, one for deltas; and how a group
// becomes bytes at its place.
#include <deque>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "streams/log/format.h"
#include "streams/log/journal.h"

namespace vitrine {

struct Group::Impl {
  struct Part {
    std::string topic;
    std::uint32_t partition;
    Section number;
    journal_format::RecordEncoder encoder;
    Bytes data;
    std::uint32_t records = 0;
    Position first;
    Position last;
    void append(Part&& more, Position group_first);
  };

  Impl(Epoch e, Position p);
  ~Impl();
  Part& part_for(std::string_view topic, std::uint32_t partition);
  Position append(Part& part, const RecordView& record);
  Bytes store_names() const;  // what stands before the entries in the section of deltas

  Epoch epoch;
  Position first;
  Position next;
  std::size_t records = 0;
  ByteCount bytes = 0;
  std::deque<Part> parts;  // in order of first use
  Part* last_used = nullptr;
  std::map<std::pair<std::string, std::uint32_t>, Part*, std::less<>> by_name;
  std::vector<std::string> stores;
  std::size_t last_store = 0;  // of them, the number
  std::vector<std::uint64_t> store_deltas;  // by store
  std::uint32_t deltas = 0;
  Bytes delta_entries;
  Bytes steps;
  Time time{};
};

namespace journal_format {

struct SectionData {
  Section section;  // offset and crc are filled in by append_group
  BytesView bytes;
  BytesView head = {};  // stands before them
};

// Appends the group, padded, to `out`, for this segment and file offset. The sections get their
// offsets and checksums.
GroupHeader append_group(GroupHeader header, std::span<SectionData> sections, std::uint64_t segment,
                         std::uint64_t file_offset, Bytes& out);

// Into `out`, which may have been used before; they point into the section.
Result<void> decode_deltas(BytesView section, std::uint32_t count, std::vector<Delta>& out);

}  // namespace journal_format
}  // namespace vitrine
