#include "commerce/model/words.h"

#include <algorithm>

namespace vitrine::model {
namespace {

constexpr char kBeforeGerman = '\xC3';  // Ä, Ö, Ü are this and another byte

char small_german(char c) {
  return c == '\x84' || c == '\x96' || c == '\x9C' ? static_cast<char>(c + 0x20) : c;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text, std::size_t most) {
  std::vector<std::string> words;
  words.reserve(std::min(most, text.size() / 4 + 1));
  std::string letters(text.size(), '\0');  // of all words, one behind the other
  char* begin = letters.data();
  char* to = begin;
  const auto end_word = [&] {
    if (to != begin) words.emplace_back(begin, to);
    begin = to;
  };
  for (std::size_t i = 0; i < text.size() && words.size() < most; ++i) {
    const char c = text[i];
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      *to++ = c;
    } else if (c >= 'A' && c <= 'Z') {
      *to++ = static_cast<char>(c - 'A' + 'a');
    } else if (c == kBeforeGerman && i + 1 < text.size()) {
      *to++ = c;
      *to++ = small_german(text[++i]);
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      *to++ = c;
    } else if (c != '\'') {  // "it's" is one word
      end_word();
    }
  }
  if (words.size() < most) end_word();
  return words;
}

}  // namespace vitrine::model
