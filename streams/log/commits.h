#pragma once
// The commits of a journal, for whoever asks for the past: which one holds a position, which one
// was the last before a time.
//
// Only those whose state changes are still in the journal. Costs what opening it costs, and 32
// bytes a commit. Changes nothing; its writer may be running.
#include <optional>
#include <string>
#include <vector>

#include "base/env.h"
#include "base/result.h"
#include "base/time.h"
#include "streams/log/record.h"

namespace vitrine {

struct Commit {
  Epoch epoch;
  Position first, end;  // its records: from `first` on, before `end`
  Time time{};          // the server's
};

struct Commits {
  Epoch retired;            // commits up to here have no state changes any more
  std::vector<Commit> all;  // the others, in order

  // The commit after which everything up to `position` is there: the first that ends behind it.
  // Nothing when that is one of the retired, or is still to come.
  std::optional<Commit> holding(Position position) const;
  // The last one at or before `time`; nothing when that is one of the retired.
  std::optional<Commit> before(Time time) const;
};

Result<Commits> read_commits(Disk& disk, const std::string& journal_folder);

}  // namespace vitrine
