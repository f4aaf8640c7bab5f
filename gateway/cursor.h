#pragma once
// A cursor as clients hold it: which log, which incarnation of it, which position. Opaque to them.
#include <optional>
#include <string>
#include <string_view>

#include "streams/log/record.h"

namespace vitrine::gateway {

enum class Domain : char { Shop = 's', Audience = 'a', Insight = 'i' };

struct Cursor {
  Domain domain = Domain::Shop;
  Incarnation incarnation;
  Position position;
  friend bool operator==(const Cursor&, const Cursor&) = default;
};

std::string cursor_text(const Cursor& cursor);
// "s.<hex>.<hex>"; nothing when it is no cursor. "0" is understood by the callers: from the first
// byte.
std::optional<Cursor> parse_cursor(std::string_view text);

}  // namespace vitrine::gateway
