#include "streams/runtime/identities.h"

#include "streams/store/state_types.h"

namespace vitrine {

Result<Identities> read_identities(Disk& disk, const std::string& path) {
  Identities out;
  if (!disk.exists(path)) return out;
  VT_TRY(const auto file, disk.open(path, OpenMode::ReadOnly));
  VT_TRY(const auto size, file->size());
  VT_TRY(const auto text, file->read_at(0, size));
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (!line.empty()) out[state_name_of(line)].push_back(line);
    at = end + 1;
  }
  return out;
}

namespace {

Result<void> write_identities(Disk& disk, const std::string& folder, const Identities& identities) {
  const std::string path = folder + "/identities";
  const std::string fresh = path + ".new";
  Bytes text;
  for (const auto& [name, lines] : identities) {
    for (const std::string& line : lines) text += line + "\n";
  }
  if (disk.exists(fresh)) VT_TRY_VOID(disk.remove(fresh));
  VT_TRY(const auto file, disk.open(fresh, OpenMode::CreateNew));
  VT_TRY_VOID(file->write_at(0, text));
  VT_TRY_VOID(file->sync());
  VT_TRY_VOID(disk.rename(fresh, path));
  return disk.sync_folder(folder);
}

}  // namespace

Result<void> check_identities(Disk& disk, const std::string& folder,
                              const std::vector<std::string>& stores,
                              const std::vector<NameUpgrade>& upgrades) {
  VT_TRY(auto known, read_identities(disk, folder + "/identities"));
  bool changed = false;
  for (const std::string& line : stores) {
    std::vector<std::string>& written = known[state_name_of(line)];
    const auto fresh = check_state_line(written, line, upgrades);
    if (!fresh) return fail(fresh.error().code, "open " + folder + ": " + fresh.error().message);
    if (!*fresh) continue;
    written.push_back(line);
    changed = true;
  }
  if (!changed) return {};
  return write_identities(disk, folder, known);
}

}  // namespace vitrine
