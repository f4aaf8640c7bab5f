#pragma once
// LastUpdates: of the records an epoch writes to some topics, only the last one of each key stays,
// for outputs that are tables: readers see the same values at the end of each commit, and fewer of
// those in between.
//
// Records with a correlation are answers to somebody, and all stay. A record takes the place of the
// one before it of its key, so timestamps may go back within a partition. Threads: one.
#include <cstdint>
#include <vector>

#include "streams/broker/unit_work.h"

namespace vitrine {

class LastUpdates {
 public:
  // By number, whether a topic is such a one.
  explicit LastUpdates(std::vector<bool> topics) : topics_(std::move(topics)) {}

  // Folds what was added to `records` since they were `from`.
  void fold(WorkRecords& records, std::size_t from);
  // Before the records of another epoch.
  void clear();

 private:
  std::uint32_t& slot_of(const WorkRecords& records, std::size_t of);
  void grow(const WorkRecords& records);

  const std::vector<bool> topics_;
  std::vector<std::uint32_t> slots_;  // a power of two of them: the record's number + 1, or 0
  std::size_t used_ = 0;
};

}  // namespace vitrine
