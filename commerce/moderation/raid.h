#pragma once
// Many people who say nearly the same at once: a raid. Pure.
//
// A text's fingerprint (SimHash of its words) stands under each of its four bands. Texts within
// three bits share one for sure, those within kRaidBits nearly always. The fifth author within half
// a minute is held, and all after. Short texts and few words are what a room naturally says
// together ("wow", "how much?"), and are no raid; of texts that ask, which the host wants counted,
// far more people are needed.
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/time.h"
#include "commerce/moderation/ruling.h"

namespace vitrine::moderation {

inline constexpr std::uint64_t kRaidVersion = 1;
inline constexpr std::int64_t kRaidMs = 30'000;
inline constexpr int kRaidBits = 8, kRaidBands = 4;
inline constexpr std::size_t kRaidAuthors = 5, kRaidAsking = 25;
inline constexpr std::size_t kRaidWords = 5, kRaidBytes = 24;
inline constexpr std::size_t kEchoesMax = 64;  // of one band

struct Echo {
  std::int64_t at_ms = 0;
  std::uint64_t fingerprint = 0;
  std::uint64_t author = 0;  // a hash
  auto fields() { return std::tie(at_ms, fingerprint, author); }
};

// What was said lately under one band, oldest first.
struct Band {
  std::vector<Echo> echoes;
  auto fields() { return std::tie(echoes); }
};

// 0: too short to be a raid's.
std::uint64_t fingerprint_of(std::string_view text);
std::string band_name(std::uint64_t fingerprint, int band);

// Adds one's own, forgets what is older than kRaidMs, and the oldest when it is full.
void add_echo(Band& band, const Echo& echo);

// `bands` are those of the fingerprint, null where there is none.
Ruling rule_of_raid(std::string_view text, const Echo& own, const std::vector<const Band*>& bands);

}  // namespace vitrine::moderation
