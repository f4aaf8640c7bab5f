#include "streams/log/recovery.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>

#include "base/hash.h"
#include "base/plant.h"
#include "streams/log/keeper.h"

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

// A file, looked at in pieces.
class Window {
 public:
  explicit Window(const File& file) : file_(file) {}
  // Up to `count` bytes, fewer only at the end of the file; valid until the next call.
  Result<BytesView> view(std::uint64_t offset, ByteCount count) {
    constexpr ByteCount kPiece = 256U << 10U;
    if (offset < at_ || offset + count > at_ + held_.size()) {
      VT_TRY(held_, file_.read_at(offset, std::max(count, kPiece)));
      at_ = offset;
    }
    return BytesView(held_).substr(offset - at_, count);
  }
  Result<BytesView> all() {
    VT_TRY(const auto size, file_.size());
    if (at_ != 0 || held_.size() < size) {
      VT_TRY(held_, file_.read_at(0, size));
    }
    at_ = 0;
    return BytesView(held_);
  }

 private:
  const File& file_;
  Bytes held_;
  std::uint64_t at_ = 0;
};

// The group at `offset`, or empty. Its header and directory are verified; its sections, too, when
// it is later than `proven`.
Result<std::optional<FoundGroup>> group_at(Window& file, std::uint64_t offset,
                                           const SegmentHeader& segment, Epoch proven) {
  const std::optional<FoundGroup> none;
  VT_TRY(const BytesView head, file.view(offset, kGroupHeaderBytes));
  const auto header = decode_group_header(head, segment.id, offset);
  if (!header || header->incarnation != segment.incarnation) return none;
  if (header->next_position < header->first_position || header->durable_through >= header->epoch)
    return none;
  const std::uint32_t salt = group_salt(segment.id, segment.incarnation, offset);
  const bool whole = header->epoch > proven;
  const ByteCount wanted = whole ? header->body_bytes : header->directory_bytes;
  VT_TRY(const BytesView bytes, file.view(offset, kGroupHeaderBytes + wanted));
  if (bytes.size() < kGroupHeaderBytes + wanted) return none;
  const BytesView directory = bytes.substr(kGroupHeaderBytes, header->directory_bytes);
  if (crc32c(directory, salt) != header->directory_crc) return none;
  auto sections = decode_directory(directory, *header);
  if (!sections) return none;
  for (const Section& section : *sections) {
    if (whole && !planted("truncate_too_little") &&
        crc32c(bytes.substr(section.offset, section.bytes), salt) != section.crc)
      return none;
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

// A segment's file before its groups are looked at.
struct Candidate {
  std::uint64_t id = 0;
  std::string path;
  std::shared_ptr<const File> file;
  std::uint64_t size = 0;
  std::optional<SegmentHeader> header;
  bool former = false;  // recycled and not written to: the header of its former life is whole
};

class Finder {
 public:
  Finder(Disk& disk, const std::string& folder, bool verify_all)
      : disk_(disk), folder_(folder), verify_all_(verify_all) {}

  Result<FoundJournal> run() {
    VT_TRY(out_.manifest, read_manifest(disk_, folder_));
    out_.last_epoch = out_.manifest.retired;
    out_.next_position = out_.manifest.next;
    out_.highest_id = out_.manifest.first_segment - 1;
    VT_TRY(const auto names, disk_.list(folder_));
    std::vector<Candidate> candidates;
    for (const std::string& name : names) VT_TRY_VOID(look_at(name, candidates));
    VT_TRY_VOID(check_runs(names));
    for (std::size_t i = 0; i < candidates.size(); ++i) VT_TRY_VOID(add_segment(candidates, i));
    finish();
    return std::move(out_);
  }

 private:
  Result<void> look_at(const std::string& name, std::vector<Candidate>& candidates) {
    const std::string path = folder_ + '/' + name;
    if (name.ends_with(".vtj.tmp") || name == "manifest.tmp") out_.leftovers.push_back(path);
    const auto id = segment_id_of(name);
    if (!id) return {};
    if (*id < out_.manifest.first_segment) {  // retired; its removal was cut short
      out_.leftovers.push_back(path);
      return {};
    }
    out_.highest_id = std::max(out_.highest_id, *id);
    Candidate one{*id, path, nullptr, 0, {}, false};
    VT_TRY(one.file, disk_.open(path, OpenMode::ReadOnly));
    VT_TRY(one.size, one.file->size());
    VT_TRY(const Bytes start, one.file->read_at(0, kSegmentHeaderBytes));
    one.header = decode_segment_header(start, *id);
    one.former = !one.header && decode_former_header(start).has_value();
    candidates.push_back(std::move(one));
    return {};
  }

  // Every run of the manifest must be there; others were being written, or were replaced.
  Result<void> check_runs(const std::vector<std::string>& names) {
    std::set<std::string> wanted;
    for (const auto& run : out_.manifest.runs) wanted.insert(run_format::run_name(run.id));
    for (const std::string& name : names) {
      if (run_format::run_id_of(name) && wanted.erase(name) == 0)
        out_.leftovers.push_back(folder_ + '/' + name);
    }
    if (wanted.empty()) return {};
    return damaged(folder_ + '/' + *wanted.begin(), 0,
                   "the manifest names this run and it is missing");
  }

  Result<void> add_segment(const std::vector<Candidate>& all, std::size_t number) {
    const Candidate& one = all[number];
    if (!one.header) return add_without_header(one);
    VT_TRY_VOID(supersede(one.path, *one.header));
    headless_.clear();  // nothing is missing: recovery had dropped it, and was stopped before
                        // removing the file
    FoundSegment found;
    found.file = std::make_shared<SegmentFile>(
        SegmentFile{one.id, one.path, one.header->incarnation, one.file});
    found.header = *one.header;
    found.size = one.size;
    Epoch proven;
    bool newest = true;
    for (std::size_t later = number + 1; later < all.size(); ++later) {
      if (!all[later].header) continue;
      newest = false;
      proven = std::max({proven, all[later].header->base_epoch, all[later].header->proven_through});
    }
    VT_TRY_VOID(scan(one, newest, verify_all_ ? Epoch{} : proven, found));
    out_.segments.push_back(std::move(found));
    return {};
  }

  // A prepared segment is all zero, or as its former life left it. A roll that a power cut tore is
  // the first write of its segment: at most one group.
  Result<void> add_without_header(const Candidate& one) {
    out_.leftovers.push_back(one.path);
    Window window{*one.file};
    if (one.former) {
      VT_TRY(const BytesView head, window.view(kSegmentHeaderBytes, kGroupHeaderBytes));
      if (decode_group_header(head, one.id, kSegmentHeaderBytes)) headless_ = one.path;
      return {};
    }
    VT_TRY(const BytesView bytes, window.all());
    if (all_zero(bytes)) return {};
    if (headers_after(bytes, 0, one.id).size() > 1) {
      return damaged(one.path, 0,
                     "both copies of its segment header do not verify, but it holds groups");
    }
    headless_ = one.path;
    return {};
  }

  // Recovery writes what was not proven durable anew: the later copy counts.
  Result<void> supersede(const std::string& path, const SegmentHeader& header) {
    if (header.base_epoch < out_.manifest.retired) {
      return damaged(path, 0, "it goes on before group " +
                                  std::to_string(out_.manifest.retired.value()) +
                                  ", up to which the manifest says all are in runs");
    }
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
    out_.next_position = std::max({header.base_position, out_.manifest.next, Position{1}});
    return {};
  }

  Result<void> scan(const Candidate& one, bool newest, Epoch proven, FoundSegment& found) {
    Window window{*one.file};
    if (newest) VT_TRY_VOID(window.all());
    std::uint64_t offset = kSegmentHeaderBytes;
    while (true) {
      VT_TRY(auto group, group_at(window, offset, found.header, proven));
      if (!group || group->header.epoch.value() != out_.last_epoch.value() + 1) break;
      if (group->header.first_position < out_.next_position) break;
      out_.last_epoch = group->header.epoch;
      out_.next_position = group->header.next_position;
      offset += group->header.padded_bytes();
      found.groups.push_back(std::move(*group));
    }
    found.end = offset;
    if (newest && planted("truncate_too_much") && found.groups.size() > 1) drop_last(found);
    // What an older segment lacks, the next one's header tells.
    if (newest && offset < one.size) VT_TRY_VOID(look_behind(one, window, found));
    return check_proven(one.path, found);
  }

  // For the plant.
  void drop_last(FoundSegment& found) {
    found.end = found.groups.back().offset;
    out_.last_epoch = Epoch{out_.last_epoch.value() - 1};
    out_.next_position = found.groups.back().header.first_position;
    found.groups.pop_back();
  }

  // What stands after the newest segment's last complete group: nothing, a torn tail, or groups
  // that were durable.
  Result<void> look_behind(const Candidate& one, Window& window, FoundSegment& found) {
    VT_TRY(const BytesView bytes, window.all());
    const auto later_headers = headers_after(bytes, found.end, one.id);
    found.clean = found.header.recycled ? later_headers.empty() : all_zero(bytes.substr(found.end));
    for (const GroupHeader& later : later_headers) {
      if (later.incarnation == found.header.incarnation &&
          later.durable_through > out_.last_epoch) {
        return damaged(one.path, found.end,
                       "group " + std::to_string(out_.last_epoch.value() + 1) +
                           " does not verify, and group " + std::to_string(later.epoch.value()) +
                           " after it says that it was durable");
      }
    }
    return {};
  }

  Result<void> check_proven(const std::string& path, const FoundSegment& found) {
    if (found.header.proven_through <= out_.last_epoch) return {};
    return damaged(path, found.end,
                   "group " + std::to_string(out_.last_epoch.value() + 1) +
                       " does not verify, and the segment's header says that it was durable");
  }

  void finish() {
    out_.proven = out_.manifest.retired;
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
  const bool verify_all_;
  FoundJournal out_;
  std::string headless_;  // the last segment seen, when its header does not verify
};

}  // namespace

Result<FoundJournal> find_journal(Disk& disk, const std::string& folder, bool verify_all) {
  return Finder{disk, folder, verify_all}.run();
}

}  // namespace vitrine
