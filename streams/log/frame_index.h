#pragma once
// Where every committed record is: for each topic, its frames in the order of groups, in memory or
// in a segment's file.
//
// Threads: guards itself. publish() is the committer's; everything else may be called by any reader
// meanwhile. What is planned under the lock is read from memory or disk outside of it. Bounds:
// about 100 bytes a group and a frame; cached frames at most tail_cache_bytes (and the newest
// group).
#include <deque>
#include <map>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <vector>

#include "base/env.h"
#include "streams/log/format.h"
#include "streams/log/journal.h"

namespace vitrine {

struct SegmentFile {
  std::uint64_t id = 0;
  std::string path;
  Incarnation incarnation;
  std::shared_ptr<const File> file;
};

// The bytes of one section, and the memory that holds them when they are still cached.
struct SectionPlace {
  std::shared_ptr<const SegmentFile> segment;
  std::uint64_t group_offset = 0;  // in the file: part of the checksum's salt
  std::uint64_t offset = 0;        // of the section in the file
  std::uint32_t bytes = 0;
  std::uint32_t crc = 0;
  std::shared_ptr<const Bytes> group_bytes;  // the whole group, or null: read the file

  // The section's verified bytes; `held` keeps what they point into. Code::Corrupt names file and
  // offset.
  Result<BytesView> read(Bytes& held) const;
};

class FrameIndex {
 public:
  explicit FrameIndex(ByteCount cache_bytes_max) : cache_bytes_max_(cache_bytes_max) {}

  // Makes a committed group visible. `group_bytes` may be null (found at open).
  void publish(const journal_format::GroupHeader& header,
               std::span<const journal_format::Section> sections,
               std::shared_ptr<const SegmentFile> segment, std::uint64_t group_offset,
               std::shared_ptr<const Bytes> group_bytes);
  // An empty journal's or recovery's starting point.
  void begin_at(Epoch epoch, Position next);

  Position end() const;
  Epoch last_epoch() const;
  std::vector<std::string> topics() const;

  struct Frame {
    SectionPlace place;
    std::string topic;
    std::uint32_t partition = 0;
    Position group_first;
  };
  struct Plan {
    std::vector<std::vector<Frame>> groups;  // the frames wanted, group by group
    Position next;                           // where to go on when all of them are used up
  };
  Plan plan(std::span<const std::string> topics, Position from, std::size_t max_records,
            ByteCount max_bytes) const;

  struct GroupPlace {
    Epoch epoch;
    SectionPlace steps;  // bytes == 0: none
    SectionPlace deltas;
    std::uint32_t delta_count = 0;
  };
  // The first group after `epoch`; false when there is none.
  bool group_after(Epoch epoch, GroupPlace& place) const;

 private:
  struct GroupEntry {
    Epoch epoch;
    Position first;
    Position next;
    std::shared_ptr<const SegmentFile> segment;
    std::uint64_t offset = 0;
    std::shared_ptr<const Bytes> bytes;
    std::uint32_t steps_offset = 0, steps_bytes = 0, steps_crc = 0;
    std::uint32_t deltas_offset = 0, deltas_bytes = 0, deltas_crc = 0, delta_count = 0;
  };
  struct FrameEntry {
    std::size_t group;  // its place in groups_
    std::uint32_t partition;
    std::uint32_t records;
    std::uint32_t offset;  // from the start of the group
    std::uint32_t bytes;
    std::uint32_t crc;
    Position last;
  };
  static SectionPlace place_of(const GroupEntry& group, std::uint32_t offset, std::uint32_t bytes,
                               std::uint32_t crc);

  const ByteCount cache_bytes_max_;
  mutable std::shared_mutex mutex_;
  std::deque<GroupEntry> groups_;
  std::map<std::string, std::deque<FrameEntry>, std::less<>> frames_;
  std::size_t cached_from_ = 0;  // groups_ from here on hold their bytes
  ByteCount cached_bytes_ = 0;
  Epoch last_epoch_;
  Position next_{1};
};

}  // namespace vitrine
