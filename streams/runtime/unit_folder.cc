#include "streams/runtime/unit_folder.h"

#include <filesystem>

#include "base/bytes.h"
#include "base/hash.h"

namespace vitrine {
namespace {

constexpr std::uint8_t kVersion = 1;

}  // namespace

// Version, wall, place, checksum. Whatever is wrong with it: there is none.
Bytes UnitFolder::place_of(Unit unit) const {
  const auto file = env_.disk.open(path(unit) + ".at", OpenMode::ReadOnly);
  if (!file) return {};
  const auto size = (*file)->size();
  const auto text = size ? (*file)->read_at(0, *size) : Result<Bytes>(Bytes{});
  constexpr std::size_t kSum = 4;
  if (!text || text->size() < kSum) return {};
  const BytesView said = BytesView(*text).substr(0, text->size() - kSum);
  ByteReader in(*text);
  if (in.u8() != kVersion) return {};
  const Time wall = time_of_millis(in.signed_varint());
  const Bytes place(in.bytes());
  if (in.u32() != crc32c(said) || !in.ok()) return {};
  const Time now = env_.clock.now();
  return now - wall > kOldest || wall > now + kOldest ? Bytes{} : place;
}

Result<UnitFolder::Kept> UnitFolder::open(Unit unit) {
  Kept out;
  if (!keeps()) {
    out.backend = memory_backend();
    return out;
  }
  out.place = place_of(unit);
  if (!out.place.empty()) {
    auto backend = rocksdb_backend(path(unit));
    if (backend) {
      out.backend = std::move(*backend);
      return out;
    }
    out.place.clear();
  }
  VT_TRY_VOID(drop(unit));
  VT_TRY_VOID(env_.disk.make_folder(path(unit)));
  VT_TRY(out.backend, rocksdb_backend(path(unit)));
  return out;
}

// The place first: without it nobody believes the rest.
Result<void> UnitFolder::drop(Unit unit) {
  if (!keeps()) return {};
  std::error_code error;
  std::filesystem::remove(path(unit) + ".at", error);
  if (!error) std::filesystem::remove_all(path(unit), error);
  if (!error) return {};
  return fail(Code::Io, "empty the state folder " + path(unit) + ": " + error.message() +
                            "; is it this user's?");
}

Result<void> UnitFolder::keep(Unit unit, BytesView place) {
  if (!keeps()) return {};
  Bytes text;
  put_u8(text, kVersion);
  put_signed(text, millis_of(env_.clock.now()));
  put_bytes(text, place);
  put_u32(text, crc32c(text));
  const std::string at = path(unit) + ".at", fresh = at + ".new";
  if (env_.disk.exists(fresh)) VT_TRY_VOID(env_.disk.remove(fresh));
  VT_TRY(const auto file, env_.disk.open(fresh, OpenMode::CreateNew));
  VT_TRY_VOID(file->write_at(0, text));
  VT_TRY_VOID(file->sync());
  VT_TRY_VOID(env_.disk.rename(fresh, at));
  return env_.disk.sync_folder(folder_);
}

}  // namespace vitrine
