#include "streams/log/recovery.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"

namespace vitrine {
namespace {

using namespace journal_format;  // this file is about nothing else

bool all_zero(BytesView bytes) {
  if (bytes.empty()) return true;
  return bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

tl::unexpected<Error> damaged(const std::string& path, std::uint64_t offset,
                              const std::string& why) {
  return fail(
      Code::Corrupt,
      "open journal: " + path + " is damaged at offset " + std::to_string(offset) + ": " + why +
          "; acknowledged records are affected, so nothing is served: restore this file from a "
          "backup or a standby, or move the folder away to begin anew");
}

// The group at `offset`, verified to its last byte, or empty.
std::optional<FoundGroup> group_at(BytesView file, std::uint64_t offset,
                                   const SegmentHeader& segment) {
  if (offset >= file.size()) return std::nullopt;
  const BytesView bytes = file.substr(offset);
  const auto header = decode_group_header(bytes, segment.id, offset);
  if (!header || header->incarnation != segment.incarnation) return std::nullopt;
  if (bytes.size() < kGroupHeaderBytes + std::uint64_t{header->body_bytes}) return std::nullopt;
  if (header->next_position < header->first_position || header->durable_through >= header->epoch)
    return std::nullopt;
  const std::uint32_t salt = group_salt(segment.id, segment.incarnation, offset);
  const BytesView directory = bytes.substr(kGroupHeaderBytes, header->directory_bytes);
  if (crc32c(directory, salt) != header->directory_crc) return std::nullopt;
  auto sections = decode_directory(directory, *header);
  if (!sections) return std::nullopt;
  for (const Section& section : *sections) {
    if (crc32c(bytes.substr(section.offset, section.bytes), salt) != section.crc)
      return std::nullopt;
  }
  return FoundGroup{*header, std::move(*sections), offset};
}

// Valid group headers of `segment` at or after `from`, whatever stands between: the proof that a
// break is no torn tail.
std::vector<GroupHeader> headers_after(BytesView file, std::uint64_t from, std::uint64_t segment) {
  constexpr BytesView kMagic = "VTG1";
  std::vector<GroupHeader> found;
  for (std::size_t at = file.find(kMagic, from); at != BytesView::npos;
       at = file.find(kMagic, at + 1)) {
    if (at % kGroupAlignment != 0) continue;
    if (const auto header = decode_group_header(file.substr(at), segment, at))
      found.push_back(*header);
  }
  return found;
}

class Finder {
 public:
  Finder(Disk& disk, const std::string& folder) : disk_(disk), folder_(folder) {}

  Result<FoundJournal> run() {
    VT_TRY(const auto names, disk_.list(folder_));
    for (const std::string& name : names) {
      const std::string path = folder_ + '/' + name;
      if (name.ends_with(".vtj.tmp")) out_.leftovers.push_back(path);
      const auto id = segment_id_of(name);
      if (!id) continue;
      out_.highest_id = *id;
      VT_TRY_VOID(add_segment(path, *id));
    }
    finish();
    return std::move(out_);
  }

 private:
  Result<void> add_segment(const std::string& path, std::uint64_t id) {
    VT_TRY(auto file, disk_.open(path, OpenMode::ReadOnly));
    VT_TRY(const auto size, file->size());
    VT_TRY(const auto bytes, file->read_at(0, size));
    const auto header = decode_segment_header(bytes, id);
    if (!header) return add_without_header(path, id, bytes);
    VT_TRY_VOID(supersede(path, *header));
    headless_.clear();  // nothing is missing: recovery had dropped it, and was stopped before
                        // removing the file
    FoundSegment found;
    found.file =
        std::make_shared<SegmentFile>(SegmentFile{id, path, header->incarnation, std::move(file)});
    found.header = *header;
    found.size = bytes.size();
    VT_TRY_VOID(scan(bytes, path, found));
    out_.segments.push_back(std::move(found));
    return {};
  }

  // A prepared segment is all zero. A roll that a power cut tore is the first write of its segment:
  // at most one group.
  Result<void> add_without_header(const std::string& path, std::uint64_t id, BytesView bytes) {
    out_.leftovers.push_back(path);
    if (all_zero(bytes)) return {};
    if (headers_after(bytes, 0, id).size() > 1) {
      return damaged(path, 0,
                     "both copies of its segment header do not verify, but it holds groups");
    }
    headless_ = path;
    return {};
  }

  // Recovery writes what was not proven durable anew: the later copy counts.
  Result<void> supersede(const std::string& path, const SegmentHeader& header) {
    if (header.base_epoch > out_.last_epoch) {
      const std::string groups = std::to_string(out_.last_epoch.value() + 1) + " to " +
                                 std::to_string(header.base_epoch.value());
      if (!headless_.empty())
        return damaged(headless_, 0, "its header does not verify; groups " + groups + " are lost");
      if (out_.segments.empty())
        return damaged(path, 0,
                       "the segments before it with the groups " + groups + " are missing");
      return damaged(out_.segments.back().file->path, out_.segments.back().end,
                     "the groups " + groups + " do not verify or are missing, and " + path +
                         " goes on after them");
    }
    while (out_.last_epoch > header.base_epoch) {
      FoundSegment& last = out_.segments.back();
      if (last.groups.empty()) {
        out_.leftovers.push_back(last.file->path);
        out_.segments.pop_back();
        continue;
      }
      last.end = last.groups.back().offset;
      last.clean = false;
      out_.next_position = last.groups.back().header.first_position;
      out_.last_epoch = Epoch{last.groups.back().header.epoch.value() - 1};
      last.groups.pop_back();
    }
    out_.next_position = std::max(header.base_position, Position{1});
    return {};
  }

  Result<void> scan(BytesView bytes, const std::string& path, FoundSegment& found) {
    std::uint64_t offset = kSegmentHeaderBytes;
    while (auto group = group_at(bytes, offset, found.header)) {
      if (group->header.epoch.value() != out_.last_epoch.value() + 1) break;
      if (group->header.first_position < out_.next_position) break;
      out_.last_epoch = group->header.epoch;
      out_.next_position = group->header.next_position;
      offset += group->header.padded_bytes();
      found.groups.push_back(std::move(*group));
    }
    found.end = offset;
    if (offset >= bytes.size()) return check_proven(path, found);
    found.clean = all_zero(bytes.substr(offset));
    if (found.clean) return check_proven(path, found);
    for (const GroupHeader& later : headers_after(bytes, offset, found.header.id)) {
      if (later.incarnation == found.header.incarnation &&
          later.durable_through > out_.last_epoch) {
        return damaged(path, offset,
                       "group " + std::to_string(out_.last_epoch.value() + 1) +
                           " does not verify, and group " + std::to_string(later.epoch.value()) +
                           " after it says that it was durable");
      }
    }
    return check_proven(path, found);
  }

  Result<void> check_proven(const std::string& path, const FoundSegment& found) {
    if (found.header.proven_through <= out_.last_epoch) return {};
    return damaged(path, found.end,
                   "group " + std::to_string(out_.last_epoch.value() + 1) +
                       " does not verify, and the segment's header says that it was durable");
  }

  void finish() {
    for (const FoundSegment& segment : out_.segments) {
      out_.proven =
          std::max({out_.proven, segment.header.proven_through, segment.header.base_epoch});
      for (const FoundGroup& group : segment.groups) {
        out_.proven = std::max(out_.proven, group.header.durable_through);
      }
    }
    const bool torn_end = !out_.segments.empty() && !out_.segments.back().clean;
    out_.tail_cut = torn_end || !headless_.empty();
  }

  Disk& disk_;
  const std::string& folder_;
  FoundJournal out_;
  std::string headless_;  // the last segment seen, when its header does not verify
};

}  // namespace

Result<FoundJournal> find_journal(Disk& disk, const std::string& folder) {
  return Finder{disk, folder}.run();
}

}  // namespace vitrine
