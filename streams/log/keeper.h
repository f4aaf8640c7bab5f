#pragma once
// What becomes of records after their commit. Sealed segments turn into runs, one a topic; what has
// expired goes; small runs are merged, those of compacted topics keep the newest record of a key.
//
// Each piece of work ends with a new manifest: until it is durable the old files count, after that
// the new ones. Whatever a crash leaves besides is removed by the next open.
//
// Threads: tend() on one thread at a time; everything else from any. Commits and reads go on
// meanwhile.
#include <atomic>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "streams/log/frame_index.h"
#include "streams/log/topic_keep.h"

namespace vitrine {

class Keeper {
 public:
  // What the journal lends it.
  struct Doors {
    Disk& disk;
    const std::string& folder;
    const JournalOptions& options;
    FrameIndex& index;
    RunFiles& files;
    std::function<std::uint64_t()> current_segment;  // its id; it is not touched
    std::function<Result<void>()> seal;              // ends the current segment, if it holds groups
    std::function<Result<void>(const std::string& path)> reuse;  // takes over a retired file
    std::function<void(const Error&)> sync_failed;
  };
  Keeper(Doors doors, run_format::Manifest manifest);

  void keep(const std::string& topic, const TopicKeep& keep);
  void release(Epoch epoch);
  Epoch wants_released() const { return Epoch{wanted_.load()}; }
  void hold(const std::string& who, Position from);
  void let_go(const std::string& who);
  void keep_groups(Epoch after);
  Position held() const;
  Result<bool> tend(Time now);
  // No file is written or removed while the object lives; records still expire.
  std::unique_lock<std::mutex> pause() { return std::unique_lock{files_}; }
  const run_format::Manifest& manifest() const { return manifest_; }  // while paused

 private:
  using Infos = std::vector<run_format::RunInfo>;

  Result<void> expire(Time now);
  Result<Position> end_of_older(const std::string& topic, Time cutoff);
  Result<Position> end_of_older_in(const std::shared_ptr<const Run>& run, Time cutoff);
  Time oldest_record() const;
  Result<bool> drop_expired();
  Result<void> seal_if_due(Time now);
  void find_retirable();

  Result<bool> retire_oldest();
  Result<void> split(const std::string& topic, Position from, Position end, Infos& out);
  Result<void> split_steps(Epoch after, Epoch through, Infos& out);
  Result<void> give_back(const std::shared_ptr<const SegmentFile>& segment, bool bounded);

  Result<bool> merge_some();
  Result<bool> compact_some(Time now);
  Result<bool> compact(const std::string& topic, const TopicKeep& keep, const RunList& runs,
                       std::size_t dirty, Time now);
  // Writes the wanted records of runs[first, first + count) anew and puts those in their place.
  using Wanted = std::function<bool(const run_format::RunRecord&)>;
  Result<void> rewrite(const std::string& topic, const RunList& runs, std::size_t first,
                       std::size_t count, bool compacted, const Wanted& wanted);

  Result<RunWriter> new_run(const std::string& topic);
  Result<void> finish_run(RunWriter& writer, Infos& out);
  Result<void> sync_folder();
  Result<void> commit(run_format::Manifest manifest);  // durable, and known here
  std::shared_ptr<const RunSet> run_set(const run_format::Manifest& manifest);
  void bury();

  TopicKeep keep_of(const std::string& topic) const;
  bool any_bounded() const;

  const Doors doors_;
  std::map<std::string, Time> next_expiry_;  // tend()'s; by topic: nothing expires before
  std::mutex files_;                         // held by work on files and by pause(); guards:
  run_format::Manifest manifest_;
  Epoch retirable_;
  std::map<std::uint64_t, std::shared_ptr<const Run>> runs_;  // of the manifest, by id
  struct Grave {
    std::weak_ptr<const void> held;
    std::string path;
  };
  std::vector<Grave> graves_;  // to be removed when nobody reads them

  mutable std::mutex mutex_;  // guards the rest
  std::map<std::string, TopicKeep> keeps_;
  std::map<std::string, Position> holds_;
  Epoch released_;
  Epoch kept_after_{std::numeric_limits<std::uint64_t>::max()};  // groups after it stay
  std::atomic<std::uint64_t> wanted_{0};
};

// <folder>/manifest. A missing one is an empty one.
Result<run_format::Manifest> read_manifest(Disk& disk, const std::string& folder);

}  // namespace vitrine
