#pragma once
// Copying files through a Disk, for backups.
#include <optional>
#include <string>

#include "base/env.h"

namespace vitrine {

// The first `bytes` of a file (all of it when empty) under a new name, durable but for the name.
// Returns how many there were.
Result<ByteCount> copy_file(Disk& disk, const std::string& from, const std::string& to,
                            std::optional<ByteCount> bytes = {});
// A second name where the disk has that, else a copy. For files that never change.
Result<ByteCount> link_or_copy(Disk& disk, const std::string& from, const std::string& to,
                               bool& linked);
// A small file that is there as a whole or not at all, durable with its name. Replaces what is
// there.
Result<void> write_whole(Disk& disk, const std::string& folder, const std::string& name,
                         BytesView content);
Result<Bytes> read_whole(Disk& disk, const std::string& path);

}  // namespace vitrine
