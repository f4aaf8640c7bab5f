#pragma once
// The state's identities ("name|key serde|value serde"), kept in a file beside it. A program whose
// types changed under the same name must not read old bytes: it is refused at start.
#include <string>
#include <vector>

#include "base/env.h"

namespace vitrine {

// Reads <file>, refuses with Conflict when a store of the same name has other types, and remembers
// new stores durably. What the program no longer names stays remembered.
Result<void> check_identities(Disk& disk, const std::string& folder,
                              const std::vector<std::string>& stores);

}  // namespace vitrine
