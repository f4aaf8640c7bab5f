#include "streams/runtime/backup.h"

#include <optional>

#include "base/hash.h"
#include "streams/log/file_copy.h"
#include "streams/log/journal.h"

namespace vitrine {
namespace {

constexpr BytesView kMagic = "VTBACK01";

struct BackupFile {
  std::string path;  // below the backup's folder
  ByteCount bytes = 0;
};

struct BackupContent {
  BackupReport report;
  std::vector<BackupFile> files;
};

Bytes encode(const BackupContent& content) {
  Bytes out{kMagic};
  put_bytes(out, content.report.app);
  put_u64(out, content.report.epoch.value());
  put_u64(out, content.report.end.value());
  put_u64(out, static_cast<std::uint64_t>(millis_of(content.report.made_at)));
  put_u64(out, content.report.bytes_copied);
  put_u64(out, content.report.bytes_shared);
  put_varint(out, content.files.size());
  for (const BackupFile& file : content.files) {
    put_bytes(out, file.path);
    put_varint(out, file.bytes);
  }
  put_u32(out, crc32c(out));
  return out;
}

std::optional<BackupContent> decode(BytesView bytes) {
  if (bytes.size() < kMagic.size() + 4 || !bytes.starts_with(kMagic)) return std::nullopt;
  const BytesView body = bytes.substr(0, bytes.size() - 4);
  if (ByteReader{bytes.substr(body.size())}.u32() != crc32c(body)) return std::nullopt;
  ByteReader in{body.substr(kMagic.size())};
  BackupContent out;
  out.report.app = std::string(in.bytes());
  out.report.epoch = Epoch{in.u64()};
  out.report.end = Position{in.u64()};
  out.report.made_at = time_of_millis(static_cast<std::int64_t>(in.u64()));
  out.report.bytes_copied = in.u64();
  out.report.bytes_shared = in.u64();
  const std::uint64_t count = in.varint();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    std::string path{in.bytes()};
    out.files.push_back({std::move(path), in.varint()});
  }
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return out;
}

// What stands in the two folders of an engine, and beside them.
constexpr const char* kParts[] = {"", "/journal", "/state"};

bool is_mark(const std::string& name) {
  return name == kBackupFile || name == kBackupUnfinished || name == kRestoreUnfinished;
}

Result<std::vector<BackupFile>> files_in(Disk& disk, const std::string& folder) {
  std::vector<BackupFile> files;
  for (const std::string part : kParts) {
    if (!disk.exists(folder + part)) continue;
    VT_TRY(const auto names, disk.list(folder + part));
    for (const std::string& name : names) {
      if (part.empty() && (is_mark(name) || name == "journal" || name == "state")) continue;
      VT_TRY(const auto file, disk.open(folder + part + '/' + name, OpenMode::ReadOnly));
      VT_TRY(const auto size, file->size());
      files.push_back({(part + '/' + name).substr(1), size});
    }
  }
  return files;
}

Result<void> must_be_empty(const Disk& disk, const std::string& attempt, const std::string& folder,
                           const char* mark) {
  if (!disk.exists(folder)) return {};
  VT_TRY(const auto names, disk.list(folder));
  if (names.empty()) return {};
  const bool interrupted = disk.exists(folder + '/' + mark);
  return fail(Code::Conflict, attempt + ' ' + folder + ": the folder is not empty" +
                                  (interrupted ? "; one that was interrupted is in it: remove it "
                                                 "and begin again"
                                               : "; choose another one"));
}

Result<BackupContent> read_content(Disk& disk, const std::string& folder) {
  const std::string path = folder + '/' + kBackupFile;
  if (disk.exists(folder + '/' + kBackupUnfinished)) {
    return fail(Code::Conflict, "read backup " + folder +
                                    ": it was interrupted and is not whole; remove it and make "
                                    "another");
  }
  if (!disk.exists(path)) return fail(Code::NotFound, "read backup " + folder + ": there is none");
  VT_TRY(const Bytes bytes, read_whole(disk, path));
  auto content = decode(bytes);
  if (!content) {
    return fail(Code::Corrupt, "read backup " + folder + ": " + path +
                                   " does not verify; use another backup");
  }
  for (const BackupFile& file : content->files) {
    const auto opened = disk.open(folder + '/' + file.path, OpenMode::ReadOnly);
    const auto size = opened ? (*opened)->size() : Result<std::uint64_t>{0};
    if (opened && size && *size == file.bytes) continue;
    return fail(Code::Corrupt, "read backup " + folder + ": " + file.path +
                                   " is missing or not as long as it was; use another backup");
  }
  return std::move(*content);
}

// Only what nobody ever writes to again may be shared: runs and RocksDB's tables.
bool never_changes(const std::string& path) {
  return path.ends_with(".vtr") || path.ends_with(".sst");
}

Result<void> remove_all(Disk& disk, const std::string& folder) {
  // The list goes first: without it the rest is no savepoint.
  const std::string list = folder + '/' + kBackupFile;
  if (disk.exists(list)) VT_TRY_VOID(disk.remove(list));
  for (const std::string part : {"/journal", "/state", ""}) {
    if (!disk.exists(folder + part)) continue;
    VT_TRY(const auto names, disk.list(folder + part));
    for (const std::string& name : names) VT_TRY_VOID(disk.remove(folder + part + '/' + name));
    VT_TRY_VOID(disk.remove(folder + part));
  }
  return {};
}

}  // namespace

Result<void> begin_backup(Disk& disk, const std::string& folder) {
  VT_TRY_VOID(must_be_empty(disk, "back up to", folder, kBackupUnfinished));
  VT_TRY_VOID(disk.make_folder(folder));
  VT_TRY_VOID(write_whole(disk, folder, kBackupUnfinished, "not whole yet\n"));
  return disk.make_folder(folder + "/journal");
}

Result<void> finish_backup(Disk& disk, const std::string& folder, const BackupReport& report) {
  BackupContent content{report, {}};
  VT_TRY(content.files, files_in(disk, folder));
  for (const std::string part : kParts) {
    if (disk.exists(folder + part)) VT_TRY_VOID(disk.sync_folder(folder + part));
  }
  VT_TRY_VOID(write_whole(disk, folder, kBackupFile, encode(content)));
  VT_TRY_VOID(disk.remove(folder + '/' + kBackupUnfinished));
  return disk.sync_folder(folder);
}

Result<void> check_restored(const Disk& disk, const std::string& engine_folder) {
  const std::string mark = engine_folder + '/' + kRestoreUnfinished;
  if (!disk.exists(mark) && !disk.exists(mark + ".tmp")) return {};
  return fail(Code::Conflict, "open " + engine_folder +
                                  ": restoring a backup into it was interrupted; remove the folder "
                                  "and restore again");
}

Result<BackupReport> read_backup(Disk& disk, const std::string& folder) {
  VT_TRY(auto content, read_content(disk, folder));
  return std::move(content.report);
}

Result<BackupReport> verify_backup(Disk& disk, const std::string& folder) {
  VT_TRY(auto content, read_content(disk, folder));
  VT_TRY_VOID(Journal::verify(disk, folder + "/journal"));
  return std::move(content.report);
}

Result<BackupReport> restore_backup(Disk& disk, const std::string& from, const std::string& to) {
  VT_TRY(auto content, read_content(disk, from));
  VT_TRY_VOID(must_be_empty(disk, "restore into", to, kRestoreUnfinished));
  VT_TRY_VOID(disk.make_folder(to));
  VT_TRY_VOID(write_whole(disk, to, kRestoreUnfinished, "not whole yet\n"));
  VT_TRY_VOID(disk.make_folder(to + "/journal"));
  content.report.bytes_copied = content.report.bytes_shared = 0;
  for (const BackupFile& file : content.files) {
    const std::string target = to + '/' + file.path;
    if (file.path.starts_with("state/")) VT_TRY_VOID(disk.make_folder(to + "/state"));
    bool linked = false;
    const std::string source = from + '/' + file.path;
    const auto bytes = never_changes(file.path) ? link_or_copy(disk, source, target, linked)
                                                : copy_file(disk, source, target);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    (linked ? content.report.bytes_shared : content.report.bytes_copied) += *bytes;
  }
  VT_TRY_VOID(write_whole(disk, to + "/journal", "restored", "a new incarnation begins\n"));
  if (disk.exists(to + "/state")) VT_TRY_VOID(disk.sync_folder(to + "/state"));
  VT_TRY_VOID(disk.remove(to + '/' + kRestoreUnfinished));
  VT_TRY_VOID(disk.sync_folder(to));
  return std::move(content.report);
}

std::vector<std::string> list_savepoints(const Disk& disk, const std::string& engine_folder) {
  const std::string folder = engine_folder + "/savepoints";
  std::vector<std::string> out;
  if (!disk.exists(folder)) return out;
  const auto names = disk.list(folder);
  if (!names) return out;
  for (const std::string& name : *names) {
    if (disk.exists(folder + '/' + name + '/' + kBackupFile)) out.push_back(name);
  }
  return out;
}

Result<void> remove_savepoint(Disk& disk, const std::string& engine_folder,
                              const std::string& name) {
  const std::string folder = engine_folder + "/savepoints/" + name;
  if (name.empty() || name.find('/') != std::string::npos || !disk.exists(folder))
    return fail(Code::NotFound, "remove savepoint " + name + ": there is none in " + engine_folder);
  return remove_all(disk, folder);
}

}  // namespace vitrine
