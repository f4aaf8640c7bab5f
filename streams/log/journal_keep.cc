// What the journal keeps of what was committed, and reading all of it for damage.
#include "streams/log/journal_files.h"

namespace vitrine {

void JournalFiles::keep(const std::string& topic, const TopicKeep& keep) {
  keeper_->keep(topic, keep);
}
void JournalFiles::release(Epoch epoch) { keeper_->release(epoch); }
Epoch JournalFiles::wants_released() const { return keeper_->wants_released(); }
void JournalFiles::hold(const std::string& who, Position from) { keeper_->hold(who, from); }
void JournalFiles::let_go(const std::string& who) { keeper_->let_go(who); }
void JournalFiles::keep_groups(Epoch after) { keeper_->keep_groups(after); }
Position JournalFiles::held() const { return keeper_->held(); }

Result<bool> JournalFiles::tend(Time now) {
  if (read_only_)
    return fail(Code::Unsupported, "tend " + folder_ + ": this journal is open for reading only");
  if (failed_) return false;
  return keeper_->tend(now);
}

namespace {

Result<void> verify_run(RunFiles& files, const std::shared_ptr<const Run>& run) {
  VT_TRY(const auto open, files.open(run));
  std::uint64_t records = 0;
  for (const auto& block : open->blocks) {
    VT_TRY(const Bytes bytes, open->read(block));
    run_format::BlockDecoder decoder{bytes, block};
    run_format::RunRecord record;
    while (decoder.next(record)) ++records;
    if (!decoder.ok() || record.position != block.last) {
      return fail(Code::Corrupt, "verify " + run->path + " at offset " +
                                     std::to_string(block.offset) +
                                     ": the records do not add up to what the index says");
    }
  }
  if (records == run->info.records) return {};
  return fail(Code::Corrupt, "verify " + run->path + ": it holds " + std::to_string(records) +
                                 " records and the manifest says " +
                                 std::to_string(run->info.records));
}

}  // namespace

Result<void> Journal::verify(Disk& disk, const std::string& folder) {
  VT_TRY(const FoundJournal found, find_journal(disk, folder, true));
  RunFiles files{disk};
  for (const auto& info : found.manifest.runs) {
    VT_TRY_VOID(verify_run(files, std::make_shared<const Run>(
                                      Run{info, folder + '/' + run_format::run_name(info.id)})));
  }
  return {};
}

}  // namespace vitrine
