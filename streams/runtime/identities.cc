#include "streams/runtime/identities.h"

#include <map>

namespace vitrine {
namespace {

using Identities = std::map<std::string, std::string>;  // name -> whole line

Result<Identities> read_identities(Disk& disk, const std::string& path) {
  Identities out;
  if (!disk.exists(path)) return out;
  VT_TRY(const auto file, disk.open(path, OpenMode::ReadOnly));
  VT_TRY(const auto size, file->size());
  VT_TRY(const auto text, file->read_at(0, size));
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (!line.empty()) out[line.substr(0, line.find('|'))] = line;
    at = end + 1;
  }
  return out;
}

Result<void> write_identities(Disk& disk, const std::string& folder, const Identities& identities) {
  const std::string path = folder + "/identities";
  const std::string fresh = path + ".new";
  Bytes text;
  for (const auto& [name, line] : identities) text += line + "\n";
  if (disk.exists(fresh)) VT_TRY_VOID(disk.remove(fresh));
  VT_TRY(const auto file, disk.open(fresh, OpenMode::CreateNew));
  VT_TRY_VOID(file->write_at(0, text));
  VT_TRY_VOID(file->sync());
  VT_TRY_VOID(disk.rename(fresh, path));
  return disk.sync_folder(folder);
}

}  // namespace

Result<void> check_identities(Disk& disk, const std::string& folder,
                              const std::vector<std::string>& stores) {
  VT_TRY(auto known, read_identities(disk, folder + "/identities"));
  bool changed = false;
  for (const std::string& line : stores) {
    const std::string name = line.substr(0, line.find('|'));
    const auto [at, fresh] = known.try_emplace(name, line);
    changed |= fresh;
    if (at->second == line) continue;
    return fail(Code::Conflict,
                "open " + folder + ": state \"" + name + "\" was written as " + at->second +
                    " and the program now says " + line +
                    "; give the changed state a new name, or start on a new folder");
  }
  if (!changed) return {};
  return write_identities(disk, folder, known);
}

}  // namespace vitrine
