#pragma once
// Small helpers for lines of text.
#include <string_view>
#include <vector>

namespace vitrine {

// The pieces between single separators, empty ones too: split("a  b", ' ') is "a", "", "b".
// Borrowed from `text`.
inline std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find(separator, begin)) != text.npos; begin = end + 1) {
    pieces.push_back(text.substr(begin, end - begin));
  }
  pieces.push_back(text.substr(begin));
  return pieces;
}

}  // namespace vitrine
