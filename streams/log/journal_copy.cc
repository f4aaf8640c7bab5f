// A copy of the journal as of one commit, while it goes on.
#include "streams/log/file_copy.h"
#include "streams/log/journal_files.h"

namespace vitrine {

using namespace journal_format;

// The newest commit, and where each segment ends for it.
JournalFiles::Cut JournalFiles::cut_here() {
  const std::lock_guard guard{committing_};
  Cut cut{index_.last_epoch(), index_.end(), {}};
  for (const FrameIndex::SegmentSpan& span : index_.segments())
    cut.segments.push_back({span.segment, span.bytes});
  const bool empty = cut.segments.empty() || cut.segments.back().segment->id != segment_.id;
  // Then its header, if it is written, tells where to go on.
  if (empty && !header_due_) cut.segments.push_back({readable_, kSegmentHeaderBytes});
  return cut;
}

Result<Journal::Copy> JournalFiles::copy_to(const std::string& folder,
                                            const std::function<Result<void>()>& first) {
  if (read_only_)
    return fail(Code::Unsupported, "copy " + folder_ + ": this journal is open for reading only");
  const auto paused = keeper_->pause();
  VT_TRY_VOID(first());
  const Cut cut = cut_here();
  Copy copy{cut.epoch, cut.end};
  for (const auto& run : keeper_->manifest().runs) {
    const std::string name = '/' + run_format::run_name(run.id);
    bool linked = false;
    VT_TRY(const ByteCount bytes, link_or_copy(disk_, folder_ + name, folder + name, linked));
    (linked ? copy.bytes_linked : copy.bytes_copied) += bytes;
  }
  for (const auto& [segment, bytes_wanted] : cut.segments) {
    const std::string to = folder + '/' + segment_name(segment->id);
    VT_TRY(const ByteCount bytes, copy_file(disk_, segment->path, to, bytes_wanted));
    copy.bytes_copied += bytes;
  }
  VT_TRY_VOID(write_whole(disk_, folder, "manifest", run_format::encode(keeper_->manifest())));
  VT_TRY_VOID(disk_.sync_folder(folder));
  return copy;
}

}  // namespace vitrine
