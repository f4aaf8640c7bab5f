#include "learn/text/normalise.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

namespace vitrine::learn {
namespace {

constexpr char32_t kUnreadable = 0xFFFD;

bool is_ascii(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  return true;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_control(char c) { return (c >= 0 && c < 0x20) || c == 0x7F; }
bool is_apart(char c) { return c == ' ' || c == '.' || c == '-' || c == '_' || c == '*'; }

// The letter that a digit or sign stands for in leetspeak, by byte; 0: none.
struct Leet {
  std::array<char, 256> letter{};
  constexpr Leet() {
    constexpr std::string_view kSigns = "01345789@$!|+", kLetters = "oieastbgasiit";
    for (std::size_t i = 0; i < kSigns.size(); ++i)
      letter[static_cast<unsigned char>(kSigns[i])] = kLetters[i];
  }
  constexpr char of(char c) const { return letter[static_cast<unsigned char>(c)]; }
};
constexpr Leet kLeet;
bool stands_inside(char c) { return kLeet.of(c) != 0 && (c == '@' || (c >= '0' && c <= '9')); }

// One code point from the front of `text`, which is not empty.
char32_t take(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) {
    text.remove_prefix(1);
    return first;
  }
  utf8proc_int32_t point = 0;
  const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                     static_cast<utf8proc_ssize_t>(text.size()), &point);
  text.remove_prefix(size > 0 ? static_cast<std::size_t>(size) : 1);
  return size > 0 ? static_cast<char32_t>(point) : kUnreadable;
}

void put(std::string& out, char32_t point) {
  utf8proc_uint8_t bytes[4];
  const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(point), bytes);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

// Compatibility forms, of text that is not all ASCII.
std::string compatible(std::string_view text, bool fold_case) {
  std::string valid;
  while (!text.empty()) put(valid, take(text));
  const int folding = fold_case ? UTF8PROC_CASEFOLD : 0;
  utf8proc_uint8_t* mapped = nullptr;
  const auto size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(valid.data()),
                   static_cast<utf8proc_ssize_t>(valid.size()), &mapped,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE |
                                                  UTF8PROC_COMPAT | UTF8PROC_IGNORE | folding));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner{mapped, &std::free};
  if (size < 0) return valid;
  return {reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size)};
}

// Needs no tables of Unicode, and most lines are such.
std::string normalised_ascii(std::string_view text, const NormaliseOptions& options) {
  std::string out(text.size(), '\0');
  char* const begin = out.data();
  char* to = begin;
  char last = 0;  // the character before, in the text; 0: none
  std::size_t run = 0;
  for (const char c : text) {
    if (is_space(c)) {
      if (to != begin && to[-1] != ' ') *to++ = ' ';
      last = 0;
      continue;
    }
    if (is_control(c)) continue;
    run = c == last ? run + 1 : 1;
    last = c;
    if (options.repeats_max != 0 && run > options.repeats_max) continue;
    *to++ = options.fold_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (to != begin && to[-1] == ' ') --to;
  out.resize(static_cast<std::size_t>(to - begin));
  return out;
}

std::string_view cut_at_character(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

}  // namespace

std::u32string code_points(std::string_view text) {
  std::u32string points;
  points.reserve(text.size());
  append_code_points(points, text);
  return points;
}

void append_code_points(std::u32string& points, std::string_view text) {
  if (is_ascii(text)) {
    points.append(text.begin(), text.end());
    return;
  }
  while (!text.empty()) points += take(text);
}

std::string normalise(std::string_view text, const NormaliseOptions& options) {
  text = cut_at_character(text, options.bytes_max);
  if (is_ascii(text)) return normalised_ascii(text, options);
  const std::string mapped = compatible(text, options.fold_case);
  text = mapped;
  std::string out;
  out.reserve(text.size());
  std::string_view last;  // the character before, in the text
  std::size_t run = 0;
  while (!text.empty()) {
    std::string_view rest = text;
    take(rest);
    const std::string_view one = text.substr(0, text.size() - rest.size());
    text = rest;
    if (one.size() == 1 && is_space(one[0])) {
      if (!out.empty() && out.back() != ' ') out += ' ';
      last = {};
      continue;
    }
    if (one.size() == 1 && is_control(one[0])) continue;
    run = one == last ? run + 1 : 1;
    last = one;
    if (options.repeats_max != 0 && run > options.repeats_max) continue;
    out += one;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string read_leetspeak(std::string_view text) {
  std::string out{text};
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t from = 0; from < out.size();) {
    std::size_t to = from, letters = 0;
    for (; to < out.size() && !is_space(out[to]); ++to) letters += is_letter(out[to]) ? 1 : 0;
    // "2nd", "mp3" and "50mb" keep their digits: leetspeak has a letter on either side, or begins
    // a word; and a sign that ends a word is punctuation.
    for (std::size_t i = from; i < to && letters > 0; ++i) {
      const char letter = kLeet.of(out[i]);
      if (letter == 0) continue;
      const bool before = i > from && is_letter(out[i - 1]);
      const bool after = i + 1 < to && (is_letter(out[i + 1]) || stands_inside(out[i + 1]));
      const bool digit = is_digit(out[i]);
      const bool inside = before && after;
      const bool ends = before && digit && letters >= 3 && i + 1 == to;
      const bool begins = i == from && after && (!digit || out[i] == '4');
      if (inside || ends || begins) out[i] = letter;
    }
    from = to + 1;
  }
  return out;
}

bool has_leetspeak(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return kLeet.of(c) != 0; });
}

bool has_letters_apart(std::string_view text) {
  for (std::size_t i = 0; i + 4 < text.size(); ++i) {
    if (is_apart(text[i + 1]) && is_apart(text[i + 3]) && is_letter(text[i]) &&
        is_letter(text[i + 2]) && is_letter(text[i + 4]) &&
        (i + 5 == text.size() || is_apart(text[i + 5])) && (i == 0 || text[i - 1] == ' '))
      return true;
  }
  return false;
}

std::string join_letters(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i, letters = 0;
    std::string word;
    if (i == 0 || text[i - 1] == ' ') {
      while (end < text.size() && is_letter(text[end]) &&
             (end + 1 == text.size() || is_apart(text[end + 1]))) {
        word += text[end];
        ++letters;
        end += 2;
      }
    }
    if (letters < 3) {
      out += text[i++];
      continue;
    }
    out += word;
    i = std::min(end, text.size());
    if (i < text.size()) out += ' ';
  }
  return out;
}

}  // namespace vitrine::learn
