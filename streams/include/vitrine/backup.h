#pragma once
// Backups and savepoints: one App's log and state, whole, as of one commit.
//
//   engine->backup("/mnt/backup/shop-monday");                      // while it runs
//   restore_backup(real_env().disk, "/mnt/backup/shop-monday", "./var/log/shop");   // then open it
//
// Files that never change are shared by a second name where source and target stand on one file
// system: a savepoint costs the newest segments (JournalOptions::tail_bytes and one) and what the
// state had in memory. It also keeps what it shares on the disk, expired records included, until
// it is removed.
//
// A backup is one App's. Of several, back up those that read first and those they read last: a
// reader may be behind its upstream, never ahead. Of those restored, a reader that had read more of
// its upstream than there is now is refused when it is opened (EngineOptions::skip_replaced).
#include <string>
#include <vector>

#include "base/env.h"
#include "streams/log/record.h"

namespace vitrine {

struct BackupReport {
  std::string app;
  Epoch epoch;     // the last commit in it
  Position end;    // the next position not in it
  Time made_at{};  // server time
  ByteCount bytes_copied = 0;
  ByteCount bytes_shared = 0;
};

// What a folder holds. NotFound: no backup. Conflict: one that was interrupted; remove it.
// Corrupt: a file is missing or has another size.
Result<BackupReport> read_backup(Disk& disk, const std::string& folder);
// The same, and reads and verifies every byte of the log in it. Minutes for a large one.
Result<BackupReport> verify_backup(Disk& disk, const std::string& folder);

// Makes `to` (not there, or empty) a folder to open an Engine in. What is committed after that is
// another history: the log begins a new incarnation, and cursors of the old one are void. The
// backup stays as it is. An interrupted restore is refused by Engine::open; remove it and begin
// again.
Result<BackupReport> restore_backup(Disk& disk, const std::string& from, const std::string& to);

// Savepoints of an engine's folder, by name, also while it runs.
std::vector<std::string> list_savepoints(const Disk& disk, const std::string& engine_folder);
Result<void> remove_savepoint(Disk& disk, const std::string& engine_folder,
                              const std::string& name);

}  // namespace vitrine
