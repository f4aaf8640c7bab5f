#include "streams/log/file_copy.h"

#include <algorithm>

namespace vitrine {

Result<ByteCount> copy_file(Disk& disk, const std::string& from, const std::string& to,
                            std::optional<ByteCount> bytes) {
  constexpr ByteCount kPiece = 1U << 20U;
  VT_TRY(const auto source, disk.open(from, OpenMode::ReadOnly));
  VT_TRY(const auto target, disk.open(to, OpenMode::CreateNew));
  VT_TRY(const std::uint64_t size, source->size());
  const ByteCount end = std::min<ByteCount>(size, bytes.value_or(size));
  if (bytes && end < *bytes) {
    return fail(Code::Corrupt, "copy " + from + ": it ends at " + std::to_string(end) + " of " +
                                   std::to_string(*bytes) + " bytes");
  }
  for (ByteCount at = 0; at < end;) {
    VT_TRY(const Bytes piece, source->read_at(at, std::min(kPiece, end - at)));
    if (piece.empty()) return fail(Code::Io, "copy " + from + ": it became shorter meanwhile");
    VT_TRY_VOID(target->write_at(at, piece));
    at += piece.size();
  }
  VT_TRY_VOID(target->sync());
  return end;
}

Result<ByteCount> link_or_copy(Disk& disk, const std::string& from, const std::string& to,
                               bool& linked) {
  const auto second = disk.link(from, to);
  linked = second.has_value();
  if (!linked && second.error().code != Code::Unsupported)
    return tl::unexpected<Error>(second.error());
  if (!linked) return copy_file(disk, from, to);
  VT_TRY(const auto file, disk.open(from, OpenMode::ReadOnly));
  return file->size();
}

Result<void> write_whole(Disk& disk, const std::string& folder, const std::string& name,
                         BytesView content) {
  const std::string path = folder + '/' + name;
  const std::string unfinished = path + ".tmp";
  if (disk.exists(unfinished)) VT_TRY_VOID(disk.remove(unfinished));
  VT_TRY(const auto file, disk.open(unfinished, OpenMode::CreateNew));
  VT_TRY_VOID(file->write_at(0, content));
  VT_TRY_VOID(file->sync());
  VT_TRY_VOID(disk.rename(unfinished, path));
  return disk.sync_folder(folder);
}

Result<Bytes> read_whole(Disk& disk, const std::string& path) {
  VT_TRY(const auto file, disk.open(path, OpenMode::ReadOnly));
  VT_TRY(const auto size, file->size());
  return file->read_at(0, size);
}

}  // namespace vitrine
