#pragma once
// How a backup's folder is made: begin, copy, finish. docs/formats/backup.md has the bytes.
#include "base/env.h"
#include "vitrine/backup.h"

namespace vitrine {

inline constexpr const char* kBackupFile = "backup";
inline constexpr const char* kBackupUnfinished = "backup.unfinished";
inline constexpr const char* kRestoreUnfinished = "restore.unfinished";

// Makes the folder and marks it as unfinished.
Result<void> begin_backup(Disk& disk, const std::string& folder);
// Everything is copied: writes down what there is, and takes the mark away.
Result<void> finish_backup(Disk& disk, const std::string& folder, const BackupReport& report);
// Conflict when a restore into this engine's folder was interrupted.
Result<void> check_restored(const Disk& disk, const std::string& engine_folder);

}  // namespace vitrine
