#include "streams/runtime/term.h"

#include <algorithm>
#include <limits>

#include "base/hash.h"
#include "streams/log/file_copy.h"

namespace vitrine {
namespace {

constexpr const char* kName = "term";
constexpr BytesView kMagic = "VTTERM01";

Bytes encode(const Term& term) {
  Bytes out{kMagic};
  put_u64(out, term.log);
  put_u64(out, term.self);
  put_u64(out, term.term);
  put_u8(out, static_cast<std::uint8_t>(term.role));
  put_u8(out, term.complete ? 1 : 0);
  put_u64(out, term.heard.value());
  put_bytes(out, term.primary);
  put_varint(out, term.begins.size());
  for (const Term::Begin& begin : term.begins) {
    put_u64(out, begin.term);
    put_u64(out, begin.after.value());
  }
  put_u32(out, crc32c(out));
  return out;
}

std::optional<Term> decode(BytesView bytes) {
  if (bytes.size() < kMagic.size() + 4 || !bytes.starts_with(kMagic)) return std::nullopt;
  const BytesView body = bytes.substr(0, bytes.size() - 4);
  if (ByteReader{bytes.substr(body.size())}.u32() != crc32c(body)) return std::nullopt;
  ByteReader in{body.substr(kMagic.size())};
  Term out;
  out.log = in.u64();
  out.self = in.u64();
  out.term = in.u64();
  const std::uint8_t role = in.u8();
  out.complete = in.u8() != 0;
  out.heard = Epoch{in.u64()};
  out.primary = std::string(in.bytes());
  const std::uint64_t begins = in.varint();
  for (std::uint64_t i = 0; i < begins && in.ok(); ++i) {
    const std::uint64_t term = in.u64();
    out.begins.push_back({term, Epoch{in.u64()}});
  }
  if (!in.ok() || !in.at_end() || role > static_cast<std::uint8_t>(Term::Role::Fenced))
    return std::nullopt;
  out.role = static_cast<Term::Role>(role);
  return out;
}

}  // namespace

Epoch Term::common_with(std::uint64_t earlier) const {
  Epoch out{std::numeric_limits<std::uint64_t>::max()};
  for (const Begin& begin : begins) {
    if (begin.term > earlier) out = std::min(out, begin.after);
  }
  return out;
}

Result<std::optional<Term>> read_term(Disk& disk, const std::string& folder) {
  const std::string path = folder + '/' + kName;
  if (!disk.exists(path)) return std::optional<Term>{};
  VT_TRY(const Bytes bytes, read_whole(disk, path));
  auto term = decode(bytes);
  if (!term) {
    return fail(Code::Corrupt, "read " + path +
                                   ": it does not verify, so nobody knows whether this log may be "
                                   "written; seed the folder anew from the log's other copy, or "
                                   "restore a backup");
  }
  return term;
}

Result<void> write_term(Disk& disk, const std::string& folder, const Term& term) {
  return write_whole(disk, folder, kName, encode(term));
}

Result<void> check_term(Disk& disk, const std::string& folder) {
  VT_TRY(const auto term, read_term(disk, folder));
  if (!term || term->role == Term::Role::Primary) return {};
  if (term->role == Term::Role::Standby) {
    return fail(Code::Conflict, "open " + folder +
                                    ": it is a standby's; promote it first (vitrine promote)");
  }
  return fail(Code::Conflict,
              "open " + folder + ": it was fenced, its standby took over in term " +
                  std::to_string(term->term) +
                  "; move the folder away, and start a standby in its place");
}

}  // namespace vitrine
