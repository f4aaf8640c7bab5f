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
#include <vector>

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
// A bit a place, so that a message asks only for weights that are there. Shows that learnt before
// it was kept have none.
struct Learnt {
  std::string bits;
  auto fields() { return std::tie(bits); }
  bool has(std::uint32_t place) const {
    return place / 8 < bits.size() && ((bits[place / 8] >> (place % 8)) & 1) != 0;
  }
  void add(std::uint32_t place) {
    if (bits.size() <= place / 8) bits.resize(place / 8 + 1);
    bits[place / 8] = static_cast<char>(bits[place / 8] | (1 << (place % 8)));
  }
};

// A show's weights in memory, by place.
class Weights {
 public:
  const Weight* find(std::uint32_t place) const;  // null: there is none
  void put(std::uint32_t place, const Weight& weight);
  std::size_t size() const { return size_; }

 private:
  static constexpr std::uint32_t kFree = ~std::uint32_t{0};
  struct Slot {
    std::uint32_t place = kFree;
    Weight weight;
  };
  std::size_t slot_of(std::uint32_t place) const;
  std::vector<Slot> slots_;  // open addressing
  std::size_t size_ = 0;
};

using FindWeight = std::function<const Weight*(std::uint32_t)>;  // null: nothing learnt of it
using ChangeWeight = std::function<Weight&(std::uint32_t)>;

// Places below 2^16, sorted.
learn::Features features_of(std::string_view text);

// That a moderator would not let it stand.
double chance_of(const learn::Features& features, const FindWeight& find);
// The same of a normalised text, to the bit, without sorting what nobody has decided about. Holds
// what it works with, so that it is asked again for nothing.
class QuickChance {
 public:
  double of(std::string_view plain, const Learnt& learnt, const Weights& weights);

 private:
  learn::Features features_, hits_;
  std::vector<std::uint64_t> seen_;  // a bit a place; none is set between calls
};
void learn_decision(const learn::Features& features, bool is_bad, const FindWeight& find,
                    const ChangeWeight& change);

Ruling rule_of_model(std::string_view text, std::uint64_t decisions, const FindWeight& find);

}  // namespace vitrine::moderation
