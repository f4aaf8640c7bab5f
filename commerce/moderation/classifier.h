#pragma once
// What moderators would decide about a message, learnt from what they decided before: logistic
// regression over hashed words and runs of characters, one decision at a time (FTRL-proximal, as in
// learn/online/ftrl.h, but its sums are rows of state instead of one array: what a decision did not
// touch is not written). Pure.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <tuple>

#include "commerce/moderation/ruling.h"
#include "learn/text/features.h"

namespace vitrine::moderation {

inline constexpr std::uint64_t kDecisionsMin = 20;  // before these it holds nothing
inline constexpr double kHoldChance = 0.8;

// A place's sums.
struct Weight {
  double z = 0, n = 0;
  auto fields() { return std::tie(z, n); }
};
using FindWeight = std::function<const Weight*(std::uint32_t)>;  // null: nothing learnt of it
using ChangeWeight = std::function<Weight&(std::uint32_t)>;

// Places below 2^16, sorted.
learn::Features features_of(std::string_view text);

// That a moderator would not let it stand.
double chance_of(const learn::Features& features, const FindWeight& find);
void learn_decision(const learn::Features& features, bool is_bad, const FindWeight& find,
                    const ChangeWeight& change);

Ruling rule_of_model(std::string_view text, std::uint64_t decisions, const FindWeight& find);

}  // namespace vitrine::moderation
