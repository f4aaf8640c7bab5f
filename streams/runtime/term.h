#pragma once
// Which of several copies of a log may be written: <folder>/term. docs/formats/standby.md has the
// bytes.
//
// A log that has, or is, a standby has a number that all its copies share, and a term: one more at
// each promotion. Whoever meets a higher term has been replaced. A folder without the file is a
// primary's, in term 1.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/env.h"
#include "streams/log/record.h"

namespace vitrine {

struct Term {
  enum class Role : std::uint8_t { Primary = 0, Standby = 1, Fenced = 2 };
  // From `term` on the log went its own way after this group: who is of an earlier term and has
  // more groups has some that are not of this log any more.
  struct Begin {
    std::uint64_t term = 0;
    Epoch after;
  };

  std::uint64_t log = 0;  // drawn once; a restored backup is another log
  std::uint64_t self = 0;  // this copy
  std::uint64_t term = 1;
  Role role = Role::Primary;
  // As a standby, last heard of the primary. `complete`: everything it may have acknowledged is
  // here, and it acknowledges nothing that is not.
  bool complete = false;
  Epoch heard;  // it had this group
  std::string primary;  // where it was
  std::vector<Begin> begins;

  // The last group that a log of that term may have and still be the beginning of this one.
  Epoch common_with(std::uint64_t earlier) const;
};

Result<std::optional<Term>> read_term(Disk& disk, const std::string& folder);
// Durable on return; replaces what was there.
Result<void> write_term(Disk& disk, const std::string& folder, const Term& term);
// Conflict when the folder is a standby's, or was replaced: no Engine may be opened in it.
Result<void> check_term(Disk& disk, const std::string& folder);

}  // namespace vitrine
