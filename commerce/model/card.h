#pragma once
// Payment card numbers in free text. We never keep one: a chat line is masked, a request with one
// is refused (card-number).
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace vitrine::model {

struct CardSpan {
  std::size_t offset = 0;  // bytes
  std::size_t length = 0;
};

// The first card number at or after `from`: 13 to 19 digits that pass the Luhn check, in groups
// parted by at most one space, dot or dash, the first digit 2 to 9 (a 13-digit clock reading begins
// with 1). Digits glued to more digits do not count.
std::optional<CardSpan> card_number(std::string_view text, std::size_t from = 0);

// Every card number replaced by `mask`.
std::string without_card_numbers(std::string_view text, std::string_view mask);
// What stands in their place in what people wrote.
inline constexpr std::string_view kCardMask = "•••• card number removed";

}  // namespace vitrine::model
