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

double value_of(const learn::Features& features) {
  return 1 / std::sqrt(static_cast<double>(std::max<std::size_t>(1, features.size())));
}

double margin_of(const learn::Features& features, const FindWeight& find) {
  double sum = 0;
  for (const std::uint32_t place : features)
    if (const Weight* sums = find(place)) sum += weight_of(*sums);
  return sum * value_of(features);
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

}  // namespace

learn::Features features_of(std::string_view text) {
  learn::Features features;
  learn::add_text_features(features, learn::normalise(text),
                           {.bits = kBits, .chars_min = 3, .chars_max = 4, .features_max = 512});
  features.push_back(learn::feature_of(kAlways, 0, kBits));
  learn::finish_features(features);
  return features;
}

double chance_of(const learn::Features& features, const FindWeight& find) {
  return learn::sigmoid(margin_of(features, find));
}

void learn_decision(const learn::Features& features, bool is_bad, const FindWeight& find,
                    const ChangeWeight& change) {
  const double gradient = (chance_of(features, find) - (is_bad ? 1 : 0)) * value_of(features);
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
