#include "app/engine_folders.h"

namespace vitrine {

Result<std::vector<EngineFolder>> engine_folders(const Disk& disk, const std::string& log) {
  std::string path = log;
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (disk.exists(path + "/journal")) return {{{path.substr(path.rfind('/') + 1), path}}};
  std::vector<EngineFolder> out;
  if (const auto names = disk.list(path)) {
    for (const std::string& name : *names) {
      if (disk.exists(path + '/' + name + "/journal")) out.push_back({name, path + '/' + name});
    }
  }
  if (!out.empty()) return out;
  return fail(Code::NotFound, "read " + log + ": there is no log; name its folder by --log");
}

}  // namespace vitrine
