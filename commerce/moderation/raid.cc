#include "commerce/moderation/raid.h"

#include <string>

#include "learn/text/features.h"
#include "learn/text/simhash.h"

namespace vitrine::moderation {

constexpr std::size_t kWordsRead = 100;

std::uint64_t fingerprint_of(std::string_view plain) {
  std::string words;
  words.reserve(plain.size());
  std::size_t count = 0;
  for (const std::string_view word : learn::words_of(plain, kWordsRead)) {
    if (count++ > 0) words += ' ';
    words += word;
  }
  if (words.size() < kRaidBytes || count < kRaidWords) return 0;
  return learn::simhash(words);
}

Ruling rule_of_raid(std::string_view text, std::size_t authors) {
  const bool asks = text.find('?') != std::string_view::npos;
  if (authors < (asks ? kRaidAsking : kRaidAuthors)) return {};
  return {Verdict::Hold, "raid", kRaidVersion,
          std::to_string(authors) + " people said nearly the same within 30 seconds."};
}

}  // namespace vitrine::moderation
