#include "commerce/model/card.h"

#include <vector>

namespace vitrine::model {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool passes_luhn(std::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (auto c = digits.rbegin(); c != digits.rend(); ++c, twice = !twice) {
    const int digit = *c - '0';
    sum += twice ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 == 0;
}

struct Group {
  std::size_t begin = 0, end = 0;
};

// The digit groups of the chain that starts at `at`: each parted from the next by one space, dot or
// dash.
std::vector<Group> chain_from(std::string_view text, std::size_t at) {
  std::vector<Group> groups;
  while (at < text.size() && is_digit(text[at])) {
    std::size_t end = at;
    while (end < text.size() && is_digit(text[end])) ++end;
    groups.push_back({at, end});
    const bool parted =
        end < text.size() && (text[end] == ' ' || text[end] == '-' || text[end] == '.');
    if (!parted) break;
    at = end + 1;
  }
  return groups;
}

}  // namespace

std::optional<CardSpan> card_number(std::string_view text, std::size_t from) {
  std::size_t at = from;
  while (at < text.size()) {
    if (!is_digit(text[at])) {
      ++at;
      continue;
    }
    const auto groups = chain_from(text, at);
    for (std::size_t first = 0; first < groups.size(); ++first) {
      if (text[groups[first].begin] < '2') continue;
      std::string digits;
      for (std::size_t last = first; last < groups.size() && digits.size() < 20; ++last) {
        digits += text.substr(groups[last].begin, groups[last].end - groups[last].begin);
        if (digits.size() >= 13 && digits.size() <= 19 && passes_luhn(digits)) {
          return CardSpan{groups[first].begin, groups[last].end - groups[first].begin};
        }
      }
    }
    at = groups.back().end;
  }
  return std::nullopt;
}

std::string without_card_numbers(std::string_view text, std::string_view mask) {
  std::string out;
  std::size_t at = 0;
  while (auto card = card_number(text, at)) {
    out += text.substr(at, card->offset - at);
    out += mask;
    at = card->offset + card->length;
  }
  return out += text.substr(at);
}

}  // namespace vitrine::model
