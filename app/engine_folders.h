#pragma once
// Where engines keep their logs below a folder that a person named: it may be one engine's own, or
// hold several (<log>/shop, <log>/audience, …). For tools that work on any engine's files.
#include <string>
#include <vector>

#include "base/env.h"

namespace vitrine {

struct EngineFolder {
  std::string name;  // "shop"; the folder's own name when it is one engine's
  std::string path;
};

// NotFound when there is no log.
Result<std::vector<EngineFolder>> engine_folders(const Disk& disk, const std::string& log);

}  // namespace vitrine
