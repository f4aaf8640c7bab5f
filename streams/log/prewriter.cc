#include "streams/log/prewriter.h"

#include <algorithm>

#include "streams/log/format.h"

namespace vitrine {
namespace {

constexpr ByteCount kSliceBytes = 256U << 10U;
constexpr ByteCount kSmallSliceBytes = 64U << 10U;  // while the writer is far behind the zeros

}  // namespace

// A write leaves its pages with the kernel in pieces as large as itself, and a small commit into a
// large piece costs more: of 4 KiB into 64 KiB it takes 5 us, into 1 MiB 12 us and the sync a third
// more.
Result<void> write_zeros(File& file, std::uint64_t from, std::uint64_t to) {
  static constexpr char kZeros[kSmallSliceBytes] = {};
  while (from < to) {
    const auto count = std::min<std::uint64_t>(to - from, sizeof kZeros);
    VT_TRY_VOID(file.write_at(from, {kZeros, static_cast<std::size_t>(count)}));
    from += count;
  }
  return {};
}

Prewriter::Prewriter(Disk& disk, std::string folder, const JournalOptions& options,
                     std::function<void(const Error&)> on_failure)
    : disk_(disk),
      folder_(std::move(folder)),
      segment_bytes_(options.segment_bytes),
      ahead_bytes_(options.prewrite_bytes),
      on_failure_(std::move(on_failure)) {
  if (options.background)
    thread_ = std::jthread([this](std::stop_token stop) { run(std::move(stop)); });
}

Prewriter::~Prewriter() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Prewriter::begin(WritableSegment segment, std::uint64_t end, std::uint64_t filled) {
  const std::lock_guard guard{mutex_};
  current_ = {std::move(segment), filled, true};
  reserved_ = end;
  wakeup_.notify_one();
}

void Prewriter::reserve(std::uint64_t end) {
  const std::lock_guard guard{mutex_};
  reserved_ = std::max(reserved_, end);
  current_.filled = std::max(current_.filled, reserved_);
  blocked_ = false;
  if (due()) wakeup_.notify_one();
}

Result<WritableSegment> Prewriter::take_next() {
  const std::lock_guard guard{mutex_};
  if (!next_) VT_TRY_VOID(make_next());
  if (!next_->in_folder) VT_TRY_VOID(disk_.sync_folder(folder_));
  next_->in_folder = true;
  current_ = std::move(*next_);
  next_.reset();
  reserved_ = 0;
  return current_.segment;
}

Result<void> Prewriter::make_next() {
  const std::uint64_t id = current_.segment.id + 1;
  const std::string path = folder_ + '/' + journal_format::segment_name(id);
  if (disk_.exists(path)) VT_TRY_VOID(disk_.remove(path));  // an attempt that failed half-way
  if (!spares_.empty()) {
    // Under its new name only, and durably so (take_next), before anything is written to it: after
    // a power cut the old name may be back, with its old bytes.
    const std::string spare = std::move(spares_.back());
    spares_.pop_back();
    VT_TRY_VOID(disk_.rename(spare, path));
    VT_TRY(auto file, disk_.open(path, OpenMode::ReadWrite));
    VT_TRY(const auto size, file->size());
    next_ = std::make_unique<Slot>(Slot{{id, path, std::move(file), true}, size, false});
    return {};
  }
  VT_TRY(auto file, disk_.open(path, OpenMode::CreateNew));
  next_ = std::make_unique<Slot>(Slot{{id, path, std::move(file), false}, 0, false});
  return {};
}

Result<void> Prewriter::reuse(const std::string& path) {
  constexpr std::size_t kSparesMax = 2;
  {
    const std::lock_guard guard{mutex_};
    if (spares_.size() < kSparesMax) {
      spares_.push_back(path);
      return {};
    }
  }
  return disk_.remove(path);
}

std::uint64_t Prewriter::wanted_here() const {
  return std::min<std::uint64_t>(reserved_ + ahead_bytes_, segment_bytes_);
}

// All of it when this one is full: in this one's last third, at three times the writer's pace.
std::uint64_t Prewriter::wanted_in_next() const {
  const std::uint64_t begin = segment_bytes_ / 3 * 2;
  const std::uint64_t target = reserved_ + ahead_bytes_;
  const std::uint64_t ahead = target > segment_bytes_ ? target - segment_bytes_ : 0;
  const std::uint64_t paced = reserved_ > begin ? 3 * (reserved_ - begin) : 0;
  return std::min<std::uint64_t>(std::max(ahead, paced), segment_bytes_);
}

bool Prewriter::due() const {
  if (blocked_ || !current_.segment.file || ahead_bytes_ == 0) return false;
  if (current_.filled < wanted_here()) return true;
  const std::uint64_t in_next = wanted_in_next();
  return in_next > 0 && (!next_ || next_->filled < in_next);
}

// Whole slices, so that a stream of small commits does not cause a stream of small syncs.
Result<bool> Prewriter::fill_slice(Slot& slot, std::uint64_t wanted) {
  if (slot.filled >= wanted || slot.filled >= segment_bytes_) return false;
  const bool hurry = wanted - slot.filled > ahead_bytes_ / 4;
  const ByteCount slice = hurry ? kSliceBytes : kSmallSliceBytes;
  const auto count =
      static_cast<ByteCount>(std::min<std::uint64_t>(slice, segment_bytes_ - slot.filled));
  VT_TRY_VOID(write_zeros(*slot.segment.file, slot.filled, slot.filled + count));
  slot.filled += count;
  return true;
}

bool Prewriter::work_once() {
  std::shared_ptr<File> touched;
  std::uint64_t new_name = 0;
  {
    const std::lock_guard guard{mutex_};
    if (!due()) return false;
    Result<bool> filled = fill_slice(current_, wanted_here());
    touched = current_.segment.file;
    if (filled && !*filled) {
      const Result<void> made = next_ ? Result<void>{} : make_next();
      if (made) {
        filled = fill_slice(*next_, wanted_in_next());
        touched = next_->segment.file;
        if (!next_->in_folder) new_name = next_->segment.id;
        if (filled && new_name != 0) filled = true;  // a recycled file needs its name only
      } else {
        filled = tl::unexpected<Error>(made.error());
      }
    }
    if (!filled || !*filled) {
      blocked_ = true;
      return false;
    }
  }
  Result<void> synced = touched->sync();
  if (synced && new_name != 0) synced = disk_.sync_folder(folder_);
  if (!synced) {
    on_failure_(synced.error());
    const std::lock_guard guard{mutex_};
    blocked_ = true;
    return false;
  }
  const std::lock_guard guard{mutex_};
  if (next_ && next_->segment.id == new_name) next_->in_folder = true;
  return true;
}

void Prewriter::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock{mutex_};
      if (!wakeup_.wait(lock, stop, [this] { return due(); })) return;
    }
    work_once();
  }
}

}  // namespace vitrine
