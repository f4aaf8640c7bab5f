#pragma once
// What a folder holds after a stop of any kind: which groups are complete, which of them are proven
// durable, what is torn.
//
// Changes nothing. Reads the newest segment and every group that no later header proves durable,
// and verifies all of their checksums; of the other segments what is needed to find their groups
// (headers and directories, verified), and of runs their names. The rules are told in README.md.
#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "streams/log/format.h"
#include "streams/log/frame_index.h"
#include "streams/log/run_format.h"

namespace vitrine {

struct FoundGroup {
  journal_format::GroupHeader header;
  std::vector<journal_format::Section> sections;
  std::uint64_t offset = 0;
};

struct FoundSegment {
  std::shared_ptr<SegmentFile> file;
  journal_format::SegmentHeader header;
  std::vector<FoundGroup> groups;
  std::uint64_t end = 0;   // after the last complete group
  std::uint64_t size = 0;  // of the file
  bool clean = true;       // nothing but zeros after `end`
};

struct FoundJournal {
  run_format::Manifest manifest;
  std::vector<FoundSegment> segments;  // in use, in order; void groups already dropped
  std::vector<std::string>
      leftovers;  // paths that hold nothing of the journal: prepared, unfinished, torn at birth,
                  // retired or replaced
  std::uint64_t highest_id = 0;
  Epoch last_epoch;
  Position next_position{1};
  Epoch proven;  // groups up to here are durable for certain
  bool tail_cut = false;
};

// Code::Corrupt when something at or below a proven position is damaged or missing.
// `verify_all` reads and verifies all segments.
Result<FoundJournal> find_journal(Disk& disk, const std::string& folder, bool verify_all = false);

}  // namespace vitrine
