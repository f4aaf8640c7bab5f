#pragma once
// The word rules: 28 languages' lists (data/moderation) and what this shop makes of them. Pure.
//
// A text is read in several ways, because people spell around a list: normalised (NFKC, case,
// zero-width characters), with stretched letters cut, as leetspeak, and with letters that stand
// apart joined. A word counts only whole where its script parts words; Chinese, Japanese, Korean
// and Thai words count anywhere. Cost: some microseconds a message (the test holds it to 100).
#include <string_view>

#include "commerce/moderation/ruling.h"

namespace vitrine::moderation {

// Grows when the lists, the policy or the way of reading change.
inline constexpr std::uint64_t kWordsVersion = 1;

Ruling rule_of_words(std::string_view text);
Ruling rule_of_words(std::string_view text, std::string_view plain);  // learn::normalise(text)

}  // namespace vitrine::moderation
