// Groups that leave for another folder, and groups that come from one.
#include "base/hash.h"
#include "streams/log/group_check.h"
#include "streams/log/journal_files.h"

namespace vitrine {

using namespace journal_format;

Result<CheckedGroup> journal_format::check_group(const ShippedGroup& group) {
  const auto refuse = [&](const std::string& why) {
    return fail(Code::Corrupt, "take group " + std::to_string(group.epoch.value()) + ": " + why +
                                   "; it was damaged on the way or on the disk it came from");
  };
  const BytesView bytes = *group.bytes;
  const auto header = decode_group_header(bytes, group.segment, group.offset);
  if (!header || header->epoch != group.epoch) return refuse("its header does not verify");
  if (header->padded_bytes() != bytes.size()) return refuse("it is not as long as it says");
  if (header->next_position < header->first_position || header->durable_through >= header->epoch)
    return refuse("its numbers do not fit together");
  const std::uint32_t salt = group_salt(group.segment, header->incarnation, group.offset);
  const BytesView directory = bytes.substr(kGroupHeaderBytes, header->directory_bytes);
  if (crc32c(directory, salt) != header->directory_crc)
    return refuse("its directory does not verify");
  auto sections = decode_directory(directory, *header);
  if (!sections) return refuse("its directory does not add up");
  for (const Section& section : *sections) {
    if (crc32c(bytes.substr(section.offset, section.bytes), salt) != section.crc)
      return refuse("a section does not verify");
  }
  return CheckedGroup{*header, std::move(*sections)};
}

Result<std::optional<ShippedGroup>> Journal::ship(Epoch) const {
  return fail(Code::Unsupported, "ship groups: this journal cannot");
}
Result<void> Journal::take(std::span<const ShippedGroup>) {
  return fail(Code::Unsupported, "take groups: this journal cannot");
}
void Journal::set_gate(std::shared_ptr<CommitGate>) {}
CommitGate* Journal::gate() const { return nullptr; }
void Journal::keep_groups(Epoch) {}
Position Journal::held() const { return {}; }
Time Journal::last_time() const { return {}; }

Result<std::optional<ShippedGroup>> JournalFiles::ship(Epoch after) const {
  FrameIndex::GroupPlace place;
  const bool found = index_.group_after(after, place);
  if (index_.retired() > after) {
    return fail(Code::OutOfRange,
                "ship group " + std::to_string(after.value() + 1) + " of " + folder_ +
                    ": groups up to " + std::to_string(index_.retired().value()) +
                    " are in runs, without their state changes");
  }
  if (!found) return std::optional<ShippedGroup>{};
  ShippedGroup out{place.epoch, place.steps.segment->id, place.steps.group_offset,
                   place.steps.group_bytes};
  if (!out.bytes) {
    VT_TRY(Bytes bytes, place.steps.segment->file->read_at(out.offset, place.padded_bytes));
    out.bytes = std::make_shared<const Bytes>(std::move(bytes));
    VT_TRY_VOID(check_group(out));
  }
  return std::optional<ShippedGroup>{std::move(out)};
}

// The same group at the next place of ours.
Result<JournalFiles::Encoded> JournalFiles::taken_here(const ShippedGroup& group, Epoch last,
                                                       Position end) const {
  VT_TRY(CheckedGroup checked, check_group(group));
  const auto refuse = [&](const std::string& why) {
    return fail(Code::Conflict, "take group " + std::to_string(group.epoch.value()) + " into " +
                                    folder_ + ": " + why);
  };
  if (checked.header.epoch.value() != last.value() + 1)
    return refuse("the last one here is " + std::to_string(last.value()));
  if (checked.header.first_position < end) {
    return refuse("it begins at position " + std::to_string(checked.header.first_position.value()) +
                  ", before the end " + std::to_string(end.value()));
  }
  if (checked.header.incarnation != incarnation_)
    return refuse("it is of another incarnation of this log");
  std::vector<SectionData> data;
  data.reserve(checked.sections.size());
  for (Section& section : checked.sections) {
    const BytesView bytes = BytesView(*group.bytes).substr(section.offset, section.bytes);
    data.push_back({std::move(section), bytes, {}});
  }
  // Of those taken together none proves another one.
  checked.header.durable_through = options_.sync ? index_.last_epoch() : Epoch{0};
  Encoded out;
  auto bytes = std::make_shared<Bytes>();
  out.header = append_group(checked.header, data, segment_.id, offset_, *bytes);
  out.bytes = std::move(bytes);
  for (SectionData& section : data) out.sections.push_back(std::move(section.section));
  return out;
}

// As many as go into the current segment, with one sync; of a new one only the first: a segment
// whose header a power cut took holds one group at most. Returns how many.
Result<std::size_t> JournalFiles::take_some(std::span<const ShippedGroup> groups) {
  std::vector<Encoded> written;
  Result<void> ended{};
  Epoch last = index_.last_epoch();
  Position end = index_.end();
  const std::uint64_t begin = offset_;
  const bool header_was_due = header_due_;
  for (const ShippedGroup& group : groups) {
    auto encoded = taken_here(group, last, end);
    if (!encoded) {
      ended = tl::unexpected<Error>(std::move(encoded).error());
      break;
    }
    const bool full = offset_ > kSegmentHeaderBytes &&
                      offset_ + encoded->bytes->size() > options_.segment_bytes;
    if (full) break;
    ended = write(*encoded->bytes);
    if (!ended) break;
    header_due_ = false;
    offset_ += encoded->bytes->size();
    last = encoded->header.epoch;
    end = encoded->header.next_position;
    written.push_back(std::move(*encoded));
    if (header_was_due) break;
  }
  if (written.empty()) {
    if (!ended) return tl::unexpected<Error>(std::move(ended).error());
    return std::size_t{0};
  }
  if (auto synced = make_durable(); !synced) {
    header_due_ = header_was_due;
    offset_ = begin;
    return tl::unexpected<Error>(std::move(synced).error());
  }
  std::uint64_t at = begin;
  for (Encoded& one : written) {
    const std::uint64_t bytes = one.bytes->size();
    index_.publish(one.header, one.sections, readable_, at, std::move(one.bytes));
    at += bytes;
  }
  if (!options_.background) prewriter_->work_once();
  return written.size();
}

Result<void> JournalFiles::take(std::span<const ShippedGroup> groups) {
  const std::lock_guard guard{committing_};
  if (read_only_ || failed_) {
    return fail(Code::Unavailable,
                "take groups into " + folder_ + ": it is read-only, or an earlier sync failed");
  }
  while (!groups.empty()) {
    VT_TRY(const std::size_t taken, take_some(groups));
    groups = groups.subspan(taken);
    if (taken == 0) VT_TRY_VOID(roll());
  }
  return {};
}

// The group is durable and not yet in the index: nobody sees it, and the keeper must not begin a
// segment that does not know of it.
Result<void> JournalFiles::pass_gate(const Encoded& encoded, std::uint64_t at,
                                     std::unique_lock<std::mutex>& committing) {
  if (gate_ == nullptr) return {};
  unshown_ = true;
  committing.unlock();
  auto passed = gate_->durable({encoded.header.epoch, segment_.id, at, encoded.bytes});
  committing.lock();
  unshown_ = false;
  if (!passed) failed_ = true;  // it stays on the disk: recovery shows it, or a successor's log
  return passed;
}

}  // namespace vitrine
