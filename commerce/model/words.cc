#include "commerce/model/words.h"

namespace vitrine::model {
namespace {

// Ä, Ö, Ü as their small letters; other bytes beyond ASCII stay.
void put_lower(std::string& word, std::string_view text, std::size_t& i) {
  const char c = text[i];
  if (c == '\xC3' && i + 1 < text.size()) {
    char next = text[++i];
    if (next == '\x84' || next == '\x96' || next == '\x9C') next = static_cast<char>(next + 0x20);
    word += c;
    word += next;
  } else {
    word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty() && words.size() < kWordsMax) words.push_back(std::move(word));
    word.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_letter(text[i])) {
      put_lower(word, text, i);
    } else if (text[i] != '\'') {  // "it's" is one word
      end_word();
    }
  }
  end_word();
  return words;
}

}  // namespace vitrine::model
