#pragma once
// Small helpers for lines of text.
#include <string_view>
#include <vector>

namespace vitrine {

// The pieces between single separators, empty ones too: split("a  b", ' ') is "a", "", "b".
// Borrowed from `text`.
std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace vitrine
