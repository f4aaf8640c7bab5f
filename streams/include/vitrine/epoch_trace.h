#pragma once
// EpochTrace: when an epoch reached each step of its way, for a table of where the time between an
// append and its subscriber goes (library_bench hops). Given to an engine as EngineOptions::trace;
// without it nothing is noted.
//
// Threads: the shard and the committer write their own columns of a row, one after the other. To be
// read when the engine has stopped.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "streams/log/record.h"

namespace vitrine {

// Clock::monotonic_nanos of each; 0: not reached.
struct EpochTimes {
  Epoch epoch;
  Position next;                 // of the epoch after it: its records are before
  std::int64_t begun = 0;        // its first step took something in
  std::int64_t handed_over = 0;  // closed by the shard
  std::int64_t taken = 0;        // the committer is awake
  std::int64_t written = 0;      // in the kernel's hands; fdatasync begins
  std::int64_t synced = 0;       // fdatasync has returned
  std::int64_t told = 0;         // callers and listeners have been called
  bool for_sleeper = false;      // closed by the committer, the shard being asleep
};

class EpochTrace {
 public:
  // Of so many epochs, the newest.
  explicit EpochTrace(std::size_t epochs) : rows_(epochs) {}

  EpochTimes& of(Epoch epoch) {
    EpochTimes& row = rows_[epoch.value() % rows_.size()];
    if (row.epoch != epoch) {
      row = {};
      row.epoch = epoch;
    }
    return row;
  }
  const std::vector<EpochTimes>& rows() const { return rows_; }
  EpochTimes* committing = nullptr;  // the committer's

 private:
  std::vector<EpochTimes> rows_;
};

}  // namespace vitrine
