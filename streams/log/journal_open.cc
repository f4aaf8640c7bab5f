// Opening a journal: what recovery found is taken over, and what is not proven durable is written
// anew before anyone reads it.
#include <algorithm>

#include "base/log.h"
#include "base/plant.h"
#include "streams/log/journal_files.h"

namespace vitrine {

using namespace journal_format;

Result<std::unique_ptr<Journal>> Journal::open(Env& env, std::string folder,
                                               JournalOptions options) {
  auto journal = std::make_unique<JournalFiles>(env.disk, std::move(folder), std::move(options));
  VT_TRY_VOID(journal->open_for_writing(env));
  return journal;
}

Result<void> JournalFiles::open_for_reading() {
  if (!disk_.exists(folder_))
    return fail(Code::NotFound, "open journal " + folder_ + ": there is no such folder");
  // A committer may roll or recover between our look at one file and at the next, which then seem
  // not to fit together.
  constexpr int kLooks = 4;
  Result<FoundJournal> found = find_journal(disk_, folder_);
  for (int look = 1; look < kLooks && !found; ++look) found = find_journal(disk_, folder_);
  if (!found) return tl::unexpected<Error>(found.error());
  if (found->segments.empty())
    return fail(Code::NotFound, "open journal " + folder_ + ": it holds no journal");
  incarnation_ = found->segments.back().header.incarnation;
  for (const FoundSegment& segment : found->segments) segment.file->beside = true;
  make_keeper(found->manifest);
  take_over(*found);
  return {};
}

void JournalFiles::make_keeper(run_format::Manifest manifest) {
  report_.runs = manifest.runs.size();
  keeper_ = std::make_unique<Keeper>(
      Keeper::Doors{disk_, folder_, options_, index_, run_files_,
                    [this] { return current_segment_.load(); }, [this] { return seal(); },
                    [this](const std::string& path) { return prewriter_->reuse(path); },
                    [this](const Error& error) { sync_failed(error); }},
      std::move(manifest));
}

Result<void> JournalFiles::open_for_writing(Env& env) {
  clock_ = &env.clock;
  read_only_ = false;
  VT_TRY_VOID(disk_.make_folder(folder_));
  VT_TRY(lock_, disk_.lock_folder(folder_));
  // A process that was killed may have left names that only the page cache knows. What follows
  // trusts them, and removes what they replace.
  VT_TRY_VOID(disk_.sync_folder(folder_));
  VT_TRY(FoundJournal found, find_journal(disk_, folder_, options_.verify_all));
  opened_ = env.clock.now();
  make_keeper(found.manifest);
  prewriter_ = std::make_unique<Prewriter>(disk_, folder_, options_,
                                           [this](const Error& e) { sync_failed(e); });
  report_.created = found.segments.empty();
  if (!found.segments.empty()) incarnation_ = found.segments.back().header.incarnation;
  const bool proven = found.proven >= found.last_epoch || planted("serve_before_resync");
  restored_ = disk_.exists(folder_ + "/restored");
  if (report_.created || found.tail_cut || restored_ || !proven) {
    VT_TRY_VOID(begin_fresh(found, env));
  } else {
    take_over(found);
    VT_TRY_VOID(continue_last(found.segments.back()));
  }
  current_segment_ = segment_.id;
  if (restored_) VT_TRY_VOID(disk_.remove(folder_ + "/restored"));
  tidy(found);
  if (report_.tail_cut) {
    log(LogLevel::Warn, "journal_tail_cut",
        {{"folder", folder_},
         {"last_epoch", report_.last_epoch.value()},
         {"incarnation", std::to_string(incarnation_.value())}});
  }
  return {};
}

void JournalFiles::take_over(const FoundJournal& found) {
  index_.begin_at(found.last_epoch, found.next_position, found.manifest.time);
  for (const FoundSegment& segment : found.segments) {
    for (const FoundGroup& group : segment.groups) {
      journal_format::GroupHeader header = group.header;
      if (header.time == Time{}) header.time = opened_;
      index_.publish(header, group.sections, segment.file, group.offset, nullptr);
      ++report_.groups;
    }
  }
  report_.tail_cut = found.tail_cut && !report_.created;
  report_.last_epoch = index_.last_epoch();
  report_.next_position = index_.end();
}

Result<void> JournalFiles::continue_last(const FoundSegment& last) {
  VT_TRY(auto file, disk_.open(last.file->path, OpenMode::ReadWrite));
  segment_ = {last.header.id, last.file->path, std::move(file), last.header.recycled};
  readable_ = last.file;
  offset_ = last.end;
  if (last.groups.empty()) {  // nothing in it proves that its header is durable
    VT_TRY_VOID(segment_.file->write_at(0, encode(last.header)));
    VT_TRY_VOID(segment_.file->sync());
  }
  prewriter_->begin(segment_, last.end, std::max(last.end, last.size));
  return {};
}

// The new segment appears under its name only when all of it is durable: a crash in between leaves
// the old state and a file of another name.
Result<void> JournalFiles::begin_fresh(FoundJournal& found, Env& env) {
  const bool stale = planted("stale_incarnation") && !report_.created;
  const bool cut = found.tail_cut && !options_.follows;
  if ((report_.created || cut || restored_) && !stale)
    incarnation_ = Incarnation{std::max<std::uint64_t>(1, env.random.next())};
  FoundSegment fresh;
  fresh.header = {found.highest_id + 1, incarnation_, std::min(found.proven, found.last_epoch),
                  found.next_position, found.last_epoch, false};
  const std::string path = folder_ + '/' + segment_name(fresh.header.id);
  const std::string unfinished = path + ".tmp";
  for (const std::string& leftover : found.leftovers) {
    if (leftover == unfinished) VT_TRY_VOID(disk_.remove(leftover));
  }
  VT_TRY(const Bytes groups, rewritten(found, fresh));
  VT_TRY(auto file, disk_.open(unfinished, OpenMode::CreateNew));
  Bytes content = encode(fresh.header) + groups;
  fresh.end = content.size();
  fresh.size = std::max<std::uint64_t>(
      fresh.end, std::min(options_.segment_bytes, fresh.end + options_.prewrite_at_open_bytes));
  VT_TRY_VOID(file->write_at(0, content));
  VT_TRY_VOID(write_zeros(*file, fresh.end, fresh.size));
  VT_TRY_VOID(file->sync());
  VT_TRY_VOID(disk_.rename(unfinished, path));
  VT_TRY_VOID(disk_.sync_folder(folder_));

  segment_ = {fresh.header.id, path, std::move(file), false};
  fresh.file =
      std::make_shared<SegmentFile>(SegmentFile{segment_.id, path, incarnation_, segment_.file});
  readable_ = fresh.file;
  offset_ = fresh.end;
  report_.rewritten_bytes = groups.size();
  prewriter_->begin(segment_, fresh.end, fresh.size);
  found.segments.push_back(std::move(fresh));
  take_over(found);
  return {};
}

// Moves the groups that are not proven durable from the old segments to `fresh`: new place, new
// salt.
Result<Bytes> JournalFiles::rewritten(FoundJournal& found, FoundSegment& fresh) const {
  Bytes out;
  for (FoundSegment& segment : found.segments) {
    std::vector<FoundGroup> kept;
    for (FoundGroup& group : segment.groups) {
      if (group.header.epoch <= fresh.header.base_epoch) {
        kept.push_back(std::move(group));
        continue;
      }
      if (fresh.groups.empty()) fresh.header.base_position = group.header.first_position;
      std::vector<Bytes> held(group.sections.size());
      std::vector<SectionData> data;
      for (std::size_t i = 0; i < held.size(); ++i) {
        const Section& section = group.sections[i];
        const SectionPlace place{segment.file,  group.offset, group.offset + section.offset,
                                 section.bytes, section.crc,  {}};
        VT_TRY(const BytesView bytes, place.read(held[i]));
        data.push_back({section, bytes});
      }
      FoundGroup moved{group.header, {}, kSegmentHeaderBytes + out.size()};
      moved.header.incarnation = incarnation_;
      moved.header = append_group(moved.header, data, fresh.header.id, moved.offset, out);
      for (SectionData& section : data) moved.sections.push_back(std::move(section.section));
      if (segment.end > group.offset) segment.end = group.offset;
      fresh.groups.push_back(std::move(moved));
    }
    segment.groups = std::move(kept);
  }
  return out;
}

// Gives space back. Failures are harmless: the next open finds the same and tries again.
void JournalFiles::tidy(const FoundJournal& found) {
  for (const std::string& leftover : found.leftovers) {
    if (disk_.exists(leftover)) [[maybe_unused]]
      const auto ignored = disk_.remove(leftover);
  }
  for (const FoundSegment& segment : found.segments) {
    if (segment.header.id == segment_.id) continue;
    if (segment.groups.empty()) {
      [[maybe_unused]] const auto ignored = disk_.remove(segment.file->path);
    } else if (segment.size > segment.end) {
      auto file = disk_.open(segment.file->path, OpenMode::ReadWrite);
      if (file) [[maybe_unused]]
        const auto ignored = (*file)->truncate(segment.end);
    }
  }
}

}  // namespace vitrine
