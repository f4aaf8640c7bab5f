#pragma once
// Bytes as letters, a to p for each half of a byte: they pass through JSON, and nobody takes a hash
// for a card number.
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace vitrine::models {

inline std::string letters_of(BytesView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += static_cast<char>('a' + (byte >> 4U));
    out += static_cast<char>('a' + (byte & 15U));
  }
  return out;
}

// Nothing when they are no such letters.
inline std::optional<Bytes> bytes_of_letters(std::string_view letters) {
  if (letters.size() % 2 != 0) return std::nullopt;
  Bytes out;
  out.reserve(letters.size() / 2);
  for (std::size_t i = 0; i < letters.size(); i += 2) {
    const int high = letters[i] - 'a', low = letters[i + 1] - 'a';
    if (high < 0 || high > 15 || low < 0 || low > 15) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

}  // namespace vitrine::models
