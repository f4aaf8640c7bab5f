#include "commerce/moderation/raid.h"

#include <algorithm>

#include "learn/text/features.h"
#include "learn/text/normalise.h"
#include "learn/text/simhash.h"

namespace vitrine::moderation {

constexpr std::size_t kWordsRead = 100;

std::uint64_t fingerprint_of(std::string_view text) {
  const std::string plain = learn::normalise(text);
  std::string words;
  std::size_t count = 0;
  for (const std::string_view word : learn::words_of(plain, kWordsRead)) {
    if (count++ > 0) words += ' ';
    words += word;
  }
  if (words.size() < kRaidBytes || count < kRaidWords) return 0;
  return learn::simhash(words);
}

std::string band_name(std::uint64_t fingerprint, int band) {
  const std::uint64_t bits = fingerprint >> (16U * static_cast<unsigned>(band)) & 0xFFFFU;
  return std::to_string(band) + ':' + std::to_string(bits);
}

void add_echo(Band& band, const Echo& echo) {
  std::erase_if(band.echoes, [&](const Echo& one) { return one.at_ms + kRaidMs <= echo.at_ms; });
  if (band.echoes.size() == kEchoesMax) band.echoes.erase(band.echoes.begin());
  band.echoes.push_back(echo);
}

Ruling rule_of_raid(std::string_view text, const Echo& own, const std::vector<const Band*>& bands) {
  std::vector<std::uint64_t> authors{own.author};
  for (const Band* band : bands) {
    if (band == nullptr) continue;
    for (const Echo& one : band->echoes) {
      if (one.at_ms + kRaidMs <= own.at_ms) continue;
      if (learn::bits_apart(one.fingerprint, own.fingerprint) <= kRaidBits)
        authors.push_back(one.author);
    }
  }
  std::ranges::sort(authors);
  const auto same = std::ranges::unique(authors);
  authors.erase(same.begin(), same.end());
  const bool asks = text.find('?') != std::string_view::npos;
  if (authors.size() < (asks ? kRaidAsking : kRaidAuthors)) return {};
  return {Verdict::Hold, "raid", kRaidVersion,
          std::to_string(authors.size()) + " people said nearly the same within 30 seconds."};
}

}  // namespace vitrine::moderation
