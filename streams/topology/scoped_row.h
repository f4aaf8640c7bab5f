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

// The same, borrowed: what a row is looked up by.
struct ScopedView {
  BytesView scope, rest;
  ScopedView() = default;
  ScopedView(BytesView row_scope, BytesView row_rest) : scope(row_scope), rest(row_rest) {}
  ScopedView(const ScopedRow& row) : scope(row.scope), rest(row.rest) {}  // NOLINT
  operator ScopedRow() const { return {Bytes(scope), Bytes(rest)}; }      // NOLINT
};

template <>
struct Serde<ScopedRow> {
  using View = ScopedView;
  static void encode(const ScopedView& row, Bytes& out) {
    put_bytes(out, row.scope);
    out.append(row.rest);
  }
  static bool decode(BytesView bytes, ScopedView& out) {
    ByteReader in(bytes);
    out.scope = in.bytes();
    out.rest = in.take(in.remaining());
    return in.ok();
  }
  static bool decode(BytesView bytes, ScopedRow& out) {
    ScopedView view;
    if (!decode(bytes, view)) return false;
    return out = view, true;
  }
  static ScopedRow own(const ScopedView& view) { return view; }
  static std::uint32_t home(BytesView bytes) {
    ByteReader in(bytes);
    const BytesView scope = in.bytes();
    return virtual_partition(in.ok() ? scope : bytes);
  }
  static constexpr std::string_view name = "scoped-row:1";
};

}  // namespace vitrine
