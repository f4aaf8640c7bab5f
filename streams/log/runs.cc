#include "streams/log/runs.h"

#include <algorithm>

namespace vitrine {

using namespace run_format;

namespace {

tl::unexpected<Error> damaged_run(const std::string& path, std::uint64_t offset,
                                  const std::string& why) {
  return fail(Code::Corrupt, "read " + path + " at offset " + std::to_string(offset) + ": " + why +
                                 "; restore this file from a backup or a savepoint");
}

}  // namespace

const RunList& RunSet::of(std::string_view topic) const {
  static const RunList kNone;
  const auto found = topics.find(topic);
  return found == topics.end() ? kNone : found->second;
}

Result<RunWriter> RunWriter::create(Disk& disk, const std::string& folder, std::uint64_t id,
                                    std::string topic) {
  RunWriter out;
  const std::string path = folder + '/' + run_name(id);
  // Only a run that no manifest names can be in the way: what an interrupted split left behind.
  if (disk.exists(path)) VT_TRY_VOID(disk.remove(path));
  VT_TRY(out.file_, disk.open(path, OpenMode::CreateNew));
  out.info_.id = id;
  out.info_.topic = std::move(topic);
  VT_TRY_VOID(out.write(run_header(id)));
  return out;
}

Result<void> RunWriter::write(BytesView bytes) {
  // Synced in pieces: one long sync at the end would hold up the journal's short ones.
  constexpr ByteCount kSyncBytes = 2U << 20U;
  VT_TRY_VOID(file_->write_at(offset_, bytes));
  offset_ += bytes.size();
  unsynced_ += bytes.size();
  if (unsynced_ < kSyncBytes) return {};
  unsynced_ = 0;
  return file_->sync();
}

Result<void> RunWriter::add(const RunRecord& record) {
  if (block_.empty()) {
    open_ = {};
    open_.first = record.position;
    open_.first_time = record.committed;
    encoder_.begin(record.position, record.committed);
    if (info_.records == 0) {
      info_.first = record.position;
      info_.first_time = record.committed;
    }
  }
  encoder_.add(record, block_);
  ++open_.records;
  ++info_.records;
  open_.last = info_.last = record.position;
  open_.last_time = info_.last_time = record.committed;
  return block_.size() >= kBlockBytes ? end_block() : Result<void>{};
}

Result<void> RunWriter::end_block() {
  open_.offset = offset_;
  open_.bytes = static_cast<std::uint32_t>(block_.size());
  open_.crc = block_crc(info_.id, offset_, block_);
  blocks_.push_back(open_);
  VT_TRY_VOID(write(block_));
  block_.clear();
  return {};
}

Result<RunInfo> RunWriter::finish() {
  if (!block_.empty()) VT_TRY_VOID(end_block());
  VT_TRY_VOID(write(run_end(info_.id, info_.topic, blocks_, offset_)));
  VT_TRY_VOID(file_->sync());
  info_.bytes = offset_;
  return info_;
}

Result<Bytes> OpenRun::read(const BlockInfo& block) const {
  VT_TRY(Bytes bytes, file->read_at(block.offset, block.bytes));
  if (bytes.size() != block.bytes || block_crc(run->info.id, block.offset, bytes) != block.crc)
    return damaged_run(run->path, block.offset, "the bytes do not match their checksum");
  return bytes;
}

namespace {

Result<std::shared_ptr<const OpenRun>> opened(Disk& disk, const std::shared_ptr<const Run>& run) {
  const RunInfo& info = run->info;
  auto out = std::make_shared<OpenRun>();
  out->run = run;
  auto file = disk.open(run->path, OpenMode::ReadOnly);
  if (!file && file.error().code == Code::NotFound) {
    // Only a tool beside the writer can meet this: the writer removes what nobody holds.
    return fail(Code::Unavailable, "read " + run->path +
                                       ": it was replaced or expired meanwhile; open the journal "
                                       "again");
  }
  VT_TRY(out->file, std::move(file));
  VT_TRY(const Bytes head, out->file->read_at(0, kRunHeaderBytes));
  VT_TRY(const auto size, out->file->size());
  if (head != run_header(info.id) || size != info.bytes || size < kTrailerBytes)
    return damaged_run(run->path, 0, "it is not the run that the manifest names");
  VT_TRY(const Bytes end, out->file->read_at(size - kTrailerBytes, kTrailerBytes));
  const auto trailer = decode_trailer(end, info.id);
  if (!trailer || trailer->index_offset + trailer->index_bytes + kTrailerBytes != size)
    return damaged_run(run->path, size - kTrailerBytes, "its end does not verify");
  VT_TRY(const Bytes index, out->file->read_at(trailer->index_offset, trailer->index_bytes));
  std::string topic;
  auto blocks = decode_index(index, *trailer, info.id, topic);
  if (!blocks || blocks->empty() || topic != info.topic)
    return damaged_run(run->path, trailer->index_offset, "its index does not verify");
  out->blocks = std::move(*blocks);
  return out;
}

}  // namespace

Result<std::shared_ptr<const OpenRun>> RunFiles::open(const std::shared_ptr<const Run>& run) {
  {
    const std::lock_guard guard{mutex_};
    const auto found =
        std::find_if(open_.begin(), open_.end(), [&](const auto& one) { return one->run == run; });
    if (found != open_.end()) {
      open_.splice(open_.begin(), open_, found);
      return open_.front();
    }
  }
  VT_TRY(auto fresh, opened(disk_, run));
  const std::lock_guard guard{mutex_};
  open_.push_front(fresh);
  if (open_.size() > kOpenMax) open_.pop_back();
  return fresh;
}

void RunFiles::forget(const Run& run) {
  const std::lock_guard guard{mutex_};
  open_.remove_if([&](const auto& one) { return one->run.get() == &run; });
}

RunCursor::RunCursor(RunFiles& files, std::string topic, std::shared_ptr<const RunSet> runs,
                     Position from)
    : files_(files),
      topic_(std::move(topic)),
      runs_(std::move(runs)),
      list_(runs_->of(topic_)),
      from_(from) {
  const auto first = std::partition_point(list_.begin(), list_.end(),
                                          [&](const auto& run) { return run->info.last < from; });
  next_run_ = static_cast<std::size_t>(first - list_.begin());
}

Result<bool> RunCursor::next_block() {
  while (true) {
    if (open_ == nullptr) {
      if (next_run_ == list_.size()) return false;
      VT_TRY(open_, files_.open(list_[next_run_++]));
      const auto first =
          std::partition_point(open_->blocks.begin(), open_->blocks.end(),
                               [&](const BlockInfo& block) { return block.last < from_; });
      next_block_ = static_cast<std::size_t>(first - open_->blocks.begin());
    }
    if (next_block_ < open_->blocks.size()) break;
    open_.reset();
  }
  const BlockInfo& block = open_->blocks[next_block_++];
  VT_TRY(block_, open_->read(block));
  decoder_ = BlockDecoder{block_, block};
  return true;
}

Result<bool> RunCursor::next() {
  while (true) {
    while (decoder_.next(record_)) {
      if (record_.position >= from_) return true;
    }
    if (!decoder_.ok()) {
      return damaged_run(open_->run->path, open_->blocks[next_block_ - 1].offset,
                         "the checksum holds but the content is malformed");
    }
    VT_TRY(const bool more, next_block());
    if (!more) return false;
  }
}

}  // namespace vitrine
