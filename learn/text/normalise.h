#pragma once
// The many spellings of one word as one: what a person reads as "free" is "free" in full-width
// letters, in capitals, with zero-width spaces inside, as "fr33" and as "freeeee".
//
// Steps: invalid UTF-8 becomes U+FFFD; compatibility forms (NFKC, Unicode Standard Annex 15, by
// utf8proc) and full case folding, without what is not shown; runs of one letter are cut; spaces
// are one space. Cost: about 1 ns a byte for ASCII, 100 ns a character for the rest.
#include <cstddef>
#include <string>
#include <string_view>

namespace vitrine::learn {

struct NormaliseOptions {
  bool fold_case = true;
  std::size_t repeats_max = 2;   // of one character in a row; 0: as many as there are
  std::size_t bytes_max = 4096;  // of the text: what is longer is cut at a character
};

std::string normalise(std::string_view text, const NormaliseOptions& options = {});

// Digits and signs that stand for letters, between letters: "h3ll0" and "@ss" as "hello" and "ass".
// Words without a letter stay: "100", ":)". Of text that was normalised. Cost: 2 ns a byte.
std::string read_leetspeak(std::string_view text);

// False: read_leetspeak() changes nothing.
bool has_leetspeak(std::string_view text);

// Letters apart as a word: "f r e e" and "f.r.e.e" as "free". At least three of them in a row.
std::string join_letters(std::string_view text);
// False: join_letters() changes nothing.
bool has_letters_apart(std::string_view text);

// The code points of valid or invalid UTF-8; each invalid byte is U+FFFD.
std::u32string code_points(std::string_view text);
void append_code_points(std::u32string& points, std::string_view text);

}  // namespace vitrine::learn
