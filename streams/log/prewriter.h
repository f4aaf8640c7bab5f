#pragma once
// Fills segments with zeros ahead of the writer, and prepares the next segment's file: an fdatasync
// on a range that was never written costs twice as much, because it converts extents.
//
// A commit that meets a slice being synced in its own file waits for that, too. So the next segment
// is full of zeros when its turn comes, filled during this one's last third, and slices are small
// unless the writer comes near.
//
// Threads: the committer calls all of this; with `background` a thread of its own, "journal-zeros",
// calls work_once(). A slice is written under the mutex and beyond what the committer has reserved,
// so the two never write the same range; the committer waits for one slice at most. A full disk
// only means that nothing is filled ahead; the writer meets it itself. A failed sync ends the
// process as usual.
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/env.h"
#include "streams/log/journal.h"

namespace vitrine {

struct WritableSegment {
  std::uint64_t id = 0;
  std::string path;
  std::shared_ptr<File> file;
  bool recycled = false;  // it holds the groups of a former life where it was not written yet
};

// In pieces, so that small commits into them stay cheap.
Result<void> write_zeros(File& file, std::uint64_t from, std::uint64_t to);

class Prewriter {
 public:
  Prewriter(Disk& disk, std::string folder, const JournalOptions& options,
            std::function<void(const Error&)> on_failure);
  ~Prewriter();

  // `segment` is written up to `end`, and filled up to `filled`.
  void begin(WritableSegment segment, std::uint64_t end, std::uint64_t filled);
  // The committer is about to write up to `end`.
  void reserve(std::uint64_t end);
  // The next segment, durable in the folder; made now if it is not prepared. begin() is implied.
  Result<WritableSegment> take_next();
  // A retired segment's file, to be made into one of the next segments. Nobody reads it any more.
  // Removed when enough of them wait already.
  Result<void> reuse(const std::string& path);
  // Fills one slice where it is due. False when nothing is due.
  bool work_once();

 private:
  struct Slot {
    WritableSegment segment;
    std::uint64_t filled = 0;
    bool in_folder = false;  // the folder is synced
  };
  // Zeros one slice of `slot` where it is short of `wanted`; the caller holds the mutex.
  Result<bool> fill_slice(Slot& slot, std::uint64_t wanted);
  std::uint64_t wanted_here() const;  // how far segments should be filled by now
  std::uint64_t wanted_in_next() const;
  Result<void> make_next();
  bool due() const;
  void run(std::stop_token stop);

  Disk& disk_;
  const std::string folder_;
  const ByteCount segment_bytes_;
  const ByteCount ahead_bytes_;
  const std::function<void(const Error&)> on_failure_;

  std::mutex mutex_;  // guards everything below
  std::condition_variable_any wakeup_;
  Slot current_;
  std::uint64_t reserved_ = 0;
  std::unique_ptr<Slot> next_;
  std::vector<std::string> spares_;  // under their old names, which recovery knows to be retired
  bool blocked_ = false;  // the disk was full; tried again after the next reserve()
  std::jthread thread_;
};

}  // namespace vitrine
