#pragma once
// The state's identities ("name|key serde|value serde"), kept in a file beside it. A program whose
// types changed under the same name must not read old bytes, unless it says how they are upgraded:
// it is refused at start.
#include <map>
#include <string>
#include <vector>

#include "base/env.h"
#include "vitrine/version.h"

namespace vitrine {

// By name, the lines of its file; nothing when there is no file.
using Identities = std::map<std::string, std::vector<std::string>>;
Result<Identities> read_identities(Disk& disk, const std::string& path);

// Reads <folder>/identities, refuses with Conflict when a store of the same name has other types,
// and remembers new stores and types durably. A name has a line for each type its values may still
// be written as, the newest last. What the program no longer names stays remembered.
Result<void> check_identities(Disk& disk, const std::string& folder,
                              const std::vector<std::string>& stores,
                              const std::vector<NameUpgrade>& upgrades);

}  // namespace vitrine
