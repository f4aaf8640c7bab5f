#pragma once
// Where every committed record is: for each topic its runs, then its frames in the order of groups,
// in memory or in a segment's file; and from where on it may be read at all.
//
// Threads: guards itself. publish() is the committer's; everything else may be called by any reader
// meanwhile. What is planned under the lock is read from memory or disk outside of it. Bounds:
// about 100 bytes a group and a frame; cached frames at most tail_cache_bytes (and the newest
// group).
//
// Everything before runs_end() is in runs, everything after it in segments. What a reader planned
// stays readable to the end, whatever is retired meanwhile: it holds the runs and segments.
#include <deque>
#include <map>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <vector>

#include "base/env.h"
#include "streams/log/commits.h"
#include "streams/log/format.h"
#include "streams/log/journal.h"
#include "streams/log/runs.h"

namespace vitrine {

struct SegmentFile {
  std::uint64_t id = 0;
  std::string path;
  Incarnation incarnation;
  std::shared_ptr<const File> file;
  bool beside = false;  // of another process, which may recycle it while we read
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
  // offset. Unavailable: the file is not what it was when the journal was opened beside its writer.
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
  void begin_at(Epoch epoch, Position next, Time time);
  // What the manifest says: groups up to `through` are in runs.
  void begin_runs(Epoch through, Position end, std::shared_ptr<const RunSet> runs);

  Position end() const;
  Epoch last_epoch() const;
  Time last_time() const;  // of the last commit
  Epoch retired() const;   // groups up to this one are in runs
  Position runs_end() const;
  std::vector<std::string> topics() const;
  std::shared_ptr<const RunSet> runs() const;
  Position start(const std::string& topic) const;  // records before it have expired
  std::map<std::string, Position> starts() const;

  struct Frame {
    SectionPlace place;
    std::string topic;
    std::uint32_t partition = 0;
    Position group_first;
    Time committed{};
    Position from;  // records before it are not wanted
  };
  struct Wanted {  // a topic and from where on
    std::string topic;
    Position from;
  };
  struct Plan {
    std::vector<Wanted> topics;                // each once
    std::shared_ptr<const RunSet> runs;        // to be read first, when not null
    std::vector<std::vector<Frame>> groups;    // the frames wanted, group by group
    Position next;                             // where to go on when all of them are used up
    Position earliest;                         // of these topics something before it has expired
  };
  Plan plan(std::span<const std::string> topics, Position from, std::size_t max_records,
            ByteCount max_bytes) const;

  struct GroupPlace {
    Epoch epoch;
    Position first;
    Position next;
    Time time{};
    std::uint32_t padded_bytes = 0;  // of the whole group
    SectionPlace steps;  // bytes == 0: none
    SectionPlace deltas;
    std::uint32_t delta_count = 0;
  };
  // The first group after `epoch` that is in a segment; false when there is none.
  bool group_after(Epoch epoch, GroupPlace& place) const;

  Commits commits() const;  // of the groups in segments

  // The groups of one segment that are in use.
  struct SegmentSpan {
    std::shared_ptr<const SegmentFile> segment;
    Epoch last_epoch;
    Position first;
    Position end;
    Time first_time{};
    Time last_time{};
    std::uint64_t bytes = 0;  // of the file, up to the end of its last group
  };
  std::vector<SegmentSpan> segments() const;  // oldest first
  std::vector<std::string> topics_between(Position from, Position end) const;  // in segments
  // One past the topic's last record in segments that was committed at `cutoff` or before; 0 when
  // there is none.
  Position end_of_older(const std::string& topic, Time cutoff) const;

  // The keeper's. Groups up to `through` are from now on read from `runs`.
  void retire(Epoch through, std::shared_ptr<const RunSet> runs);
  void replace_runs(std::shared_ptr<const RunSet> runs);
  void set_start(const std::string& topic, Position start);  // never back

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
    Time time{};
    std::uint32_t padded_bytes = 0;
  };
  struct FrameEntry {
    std::size_t group;  // its number: its place in groups_ plus first_group_
    std::uint32_t partition;
    std::uint32_t records;
    std::uint32_t offset;  // from the start of the group
    std::uint32_t bytes;
    std::uint32_t crc;
    Position last;
  };
  struct Cursor {
    const std::string* topic;
    const std::deque<FrameEntry>* frames;
    std::size_t at;
    Position from;
  };
  std::vector<Cursor> cursors(const std::vector<Wanted>& topics, std::size_t first_group) const;
  const GroupEntry& group(std::size_t number) const { return groups_[number - first_group_]; }
  std::deque<GroupEntry>::const_iterator first_unretired(Epoch retired) const;
  bool free_retired(std::size_t groups_max);  // false when there are no more
  static SectionPlace place_of(const GroupEntry& group, std::uint32_t offset, std::uint32_t bytes,
                               std::uint32_t crc);

  const ByteCount cache_bytes_max_;
  mutable std::shared_mutex mutex_;
  std::deque<GroupEntry> groups_;
  std::map<std::string, std::deque<FrameEntry>, std::less<>> frames_;
  std::size_t first_group_ = 0;  // the number of groups_.front()
  std::size_t cached_from_ = 0;  // groups from this number on hold their bytes
  ByteCount cached_bytes_ = 0;
  Epoch last_epoch_;
  Position next_{1};
  Time last_time_{};
  std::shared_ptr<const RunSet> runs_ = std::make_shared<RunSet>();
  Epoch retired_;
  Position runs_end_{1};
  std::map<std::string, Position, std::less<>> starts_;
};

}  // namespace vitrine
