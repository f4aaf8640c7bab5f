#pragma once
// Many people who say nearly the same at once: a raid. Pure.
//
// A text's fingerprint (SimHash of its words) stands under each of its four bands. Texts within
// three bits share one for sure, those within kRaidBits nearly always. The fifth author within half
// a minute is held, and all after. Short texts and few words are what a room naturally says
// together ("wow", "how much?"), and are no raid; of texts that ask, which the host wants counted,
// far more people are needed.
#include <cstdint>
#include <string_view>

#include "commerce/moderation/ruling.h"

namespace vitrine::moderation {

inline constexpr std::uint64_t kRaidVersion = 1;
inline constexpr std::int64_t kRaidMs = 30'000;
inline constexpr int kRaidBits = 8, kRaidBands = 4;
inline constexpr std::size_t kRaidAuthors = 5, kRaidAsking = 25;
inline constexpr std::size_t kRaidWords = 5, kRaidBytes = 24;

struct Echo {
  std::int64_t at_ms = 0;
  std::uint64_t fingerprint = 0;
  std::uint64_t author = 0;  // a hash
};

// Of a normalised text. 0: too short to be a raid's.
std::uint64_t fingerprint_of(std::string_view plain);

// `authors`: those who said nearly the same within kRaidMs.
Ruling rule_of_raid(std::string_view text, std::size_t authors);

}  // namespace vitrine::moderation
