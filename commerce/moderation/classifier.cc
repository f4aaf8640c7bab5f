#include "commerce/moderation/classifier.h"

#include <algorithm>
#include <cmath>

#include "learn/core/exact_math.h"
#include "learn/text/normalise.h"

namespace vitrine::moderation {
namespace {

constexpr int kBits = 16;
constexpr double kAlpha = 1.0, kBeta = 1.0, kL2 = 0.2;
constexpr std::uint32_t kAlways = 1;  // the kind of the feature every text has

double weight_of(const Weight& sums) {
  return -sums.z / ((kBeta + std::sqrt(sums.n)) / kAlpha + kL2);
}

double value_of(std::size_t features) {
  return 1 / std::sqrt(static_cast<double>(std::max<std::size_t>(1, features)));
}

double margin_of(const learn::Features& features, const FindWeight& find) {
  double sum = 0;
  for (const std::uint32_t place : features)
    if (const Weight* sums = find(place)) sum += weight_of(*sums);
  return sum * value_of(features.size());
}

// The word that speaks most against the text; empty: none does.
std::string_view worst_word(std::string_view plain, const FindWeight& find) {
  std::string_view worst;
  double most = 0;
  for (const std::string_view word : learn::words_of(plain, 100)) {
    const double margin = margin_of(features_of(word), find);
    if (margin <= most) continue;
    most = margin;
    worst = word;
  }
  return worst;
}

// In no order, some twice.
void add_features(learn::Features& features, std::string_view plain) {
  learn::add_text_features(features, plain,
                           {.bits = kBits, .chars_min = 3, .chars_max = 4, .features_max = 512});
  features.push_back(learn::feature_of(kAlways, 0, kBits));
}

}  // namespace

std::size_t Weights::slot_of(std::uint32_t place) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = place * 0x9E3779B1U & mask;
  while (slots_[at].place != kFree && slots_[at].place != place) at = (at + 1) & mask;
  return at;
}

const Weight* Weights::find(std::uint32_t place) const {
  if (slots_.empty()) return nullptr;
  const Slot& slot = slots_[slot_of(place)];
  return slot.place == kFree ? nullptr : &slot.weight;
}

void Weights::put(std::uint32_t place, const Weight& weight) {
  if ((size_ + 1) * 2 > slots_.size()) {
    std::vector<Slot> old(std::max<std::size_t>(64, slots_.size() * 2));
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.place != kFree) slots_[slot_of(slot.place)] = slot;
  }
  Slot& slot = slots_[slot_of(place)];
  size_ += slot.place == kFree ? 1 : 0;
  slot = {place, weight};
}

double QuickChance::of(std::string_view plain, const Learnt& learnt, const Weights& weights) {
  features_.clear();
  hits_.clear();
  seen_.resize((std::size_t{1} << kBits) / 64);
  add_features(features_, plain);
  std::size_t count = 0;
  for (const std::uint32_t place : features_) {
    const std::uint64_t bit = std::uint64_t{1} << (place % 64);
    if ((seen_[place / 64] & bit) != 0) continue;
    seen_[place / 64] |= bit;
    ++count;
    if (learnt.has(place)) hits_.push_back(place);
  }
  for (const std::uint32_t place : features_) seen_[place / 64] = 0;
  std::ranges::sort(hits_);
  double sum = 0;  // in the order of the places, as chance_of() has it
  for (const std::uint32_t place : hits_)
    if (const Weight* sums = weights.find(place)) sum += weight_of(*sums);
  return learn::sigmoid(sum * value_of(count));
}

learn::Features features_of(std::string_view text) {
  learn::Features features;
  add_features(features, learn::normalise(text));
  learn::finish_features(features);
  return features;
}

double chance_of(const learn::Features& features, const FindWeight& find) {
  return learn::sigmoid(margin_of(features, find));
}

void learn_decision(const learn::Features& features, bool is_bad, const FindWeight& find,
                    const ChangeWeight& change) {
  const double wrong_by = chance_of(features, find) - (is_bad ? 1 : 0);
  const double gradient = wrong_by * value_of(features.size());
  const double square = gradient * gradient;
  for (const std::uint32_t place : features) {
    Weight& sums = change(place);
    const double faster = (std::sqrt(sums.n + square) - std::sqrt(sums.n)) / kAlpha;
    sums.z += gradient - faster * weight_of(sums);
    sums.n += square;
  }
}

Ruling rule_of_model(std::string_view text, std::uint64_t decisions, const FindWeight& find) {
  if (decisions < kDecisionsMin) return {};
  const double chance = chance_of(features_of(text), find);
  if (chance < kHoldChance) return {};
  const std::string plain = learn::normalise(text);
  std::string why = "Of messages like this moderators would reject " +
                    std::to_string(static_cast<int>(chance * 100)) + " %, by " +
                    std::to_string(decisions) + " decisions";
  if (const auto word = worst_word(plain, find); !word.empty())
    ((why += "; \"") += word) += "\" weighs most";
  return {Verdict::Hold, "model", decisions, why + '.'};
}

}  // namespace vitrine::moderation
