#pragma once
// What a folder holds after a stop of any kind: which groups are complete, which of them are proven
// durable, what is torn.
//
// Reads everything and verifies every checksum; changes nothing. The rules are told in README.md.
#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "streams/log/format.h"
#include "streams/log/frame_index.h"

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
  std::vector<FoundSegment> segments;  // in use, in order; void groups already dropped
  std::vector<std::string>
      leftovers;  // paths that hold nothing of the journal: prepared, unfinished or torn at birth
  std::uint64_t highest_id = 0;
  Epoch last_epoch;
  Position next_position{1};
  Epoch proven;  // groups up to here are durable for certain
  bool tail_cut = false;
};

// Code::Corrupt when something at or below a proven position is damaged or missing.
Result<FoundJournal> find_journal(Disk& disk, const std::string& folder);

}  // namespace vitrine
