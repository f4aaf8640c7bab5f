#pragma once
// Keys and values of state and topics as JSON, by the names of their types.
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace vitrine {

// Strings, numbers, times, windows, messages, lists, and structs as lists of their fields; anything
// else, and what does not decode, as {"hex":"…"}.
std::string value_json(std::string_view type, BytesView bytes);

// The bytes of a key as a person types it: text for a string, a number for a number, scope|rest for
// a row below a scope, else hex.
std::optional<Bytes> key_bytes_of(std::string_view type, const std::string& text);

}  // namespace vitrine
