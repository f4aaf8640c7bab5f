#pragma once
// A row of state below something that owns it: a record's key, or the task itself. It lives where
// its scope lives. Encoded: the scope's length (varint), the scope, the rest; so a scan meets the
// rows of one scope together, in order of the rest.
#include "base/hash.h"
#include "vitrine/serde.h"

namespace vitrine {

struct ScopedRow {
  Bytes scope;
  Bytes rest;
  friend auto operator<=>(const ScopedRow&, const ScopedRow&) = default;
};

template <>
struct Serde<ScopedRow> : detail::FixedSerde<ScopedRow> {
  static void encode(const ScopedRow& row, Bytes& out) {
    put_bytes(out, row.scope);
    out.append(row.rest);
  }
  static bool decode(BytesView bytes, ScopedRow& out) {
    ByteReader in(bytes);
    out.scope = Bytes(in.bytes());
    out.rest = Bytes(in.take(in.remaining()));
    return in.ok();
  }
  static std::uint32_t home(BytesView bytes) {
    ByteReader in(bytes);
    const BytesView scope = in.bytes();
    return virtual_partition(in.ok() ? scope : bytes);
  }
  static constexpr std::string_view name = "scoped-row:1";
};

}  // namespace vitrine
