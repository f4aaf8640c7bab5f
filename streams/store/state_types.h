#pragma once
// What a state was written as, held against what the program says: "name|key|value" lines, and the
// former names of types that it can upgrade from.
#include <string>
#include <vector>

#include "base/result.h"
#include "vitrine/version.h"

namespace vitrine {

// May the program that says `now` read what was written under these lines (all of one state, the
// oldest first)? True when it may and `now` is new. Otherwise Conflict: which state, which types,
// and what to do.
Result<bool> check_state_line(const std::vector<std::string>& written, const std::string& now,
                              const std::vector<NameUpgrade>& upgrades);

std::string state_name_of(const std::string& line);

}  // namespace vitrine
