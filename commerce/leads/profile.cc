#include "commerce/leads/profile.h"

#include <algorithm>

#include "learn/core/exact_math.h"
#include "learn/online/calibration.h"
#include "learn/online/ftrl.h"

namespace vitrine::leads {
namespace {

constexpr double kHalfLifeMs = 10 * 60'000, kLn2 = 0.69314718055994531;
constexpr int kBits = 6;
constexpr std::uint32_t kSizes = 6;  // 0, up to 1, 2, 4, 8, more
constexpr std::uint32_t kAlways = 0, kOrders = 1, kFirstAct = 8;

std::uint32_t size_of(double count) {
  if (count < 0.25) return 0;
  std::uint32_t size = 1;
  for (double most = 1.5; count > most && size + 1 < kSizes; most *= 2) ++size;
  return size;
}

std::uint32_t feature_of(std::size_t act, std::uint32_t size) {
  return kFirstAct + static_cast<std::uint32_t>(act) * kSizes + size;
}

learn::Ftrl regression_of(const Scorer& scorer) {
  const learn::FtrlOptions options{.bits = kBits, .alpha = 0.2, .beta = 1, .l1 = 0, .l2 = 0.5};
  if (scorer.weights.empty()) return learn::Ftrl{options};
  auto restored = learn::Ftrl::restore(scorer.weights);
  VT_CHECK_MSG(restored, "restore the leads' regression");
  return std::move(*restored);
}

learn::Calibration calibration_of(const Scorer& scorer) {
  if (scorer.calibration.empty()) return learn::Calibration{};
  auto restored = learn::Calibration::restore(scorer.calibration);
  VT_CHECK_MSG(restored, "restore the leads' calibration");
  return std::move(*restored);
}

std::string told(std::size_t act, double count) {
  constexpr std::array<std::array<std::string_view, 3>, kActs> kWords{{
      {"looked at ", "1 product", " products"},
      {"put ", "1 product into the cart", " products into the cart"},
      {"asked ", "1 question", " questions"},
      {"said ", "1 thing", " things"},
  }};
  const auto whole = static_cast<std::int64_t>(count + 0.5);
  const auto& [verb, one, many] = kWords[act];
  if (whole <= 1) return std::string(verb) + std::string(one);
  return std::string(verb) + std::to_string(whole) + std::string(many);
}

}  // namespace

void note(Profile& profile, Act act, std::int64_t at_ms) {
  profile.counts.resize(kActs);
  const double passed = static_cast<double>(std::max<std::int64_t>(0, at_ms - profile.last_ms));
  const double kept = learn::exact_exp(-kLn2 * std::min(passed / kHalfLifeMs, 60.0));
  for (double& count : profile.counts) count *= kept;
  profile.counts[static_cast<std::size_t>(act)] += 1;
  profile.last_ms = std::max(profile.last_ms, at_ms);
}

std::vector<std::uint32_t> features_of(const Profile& profile) {
  std::vector<std::uint32_t> out{kAlways};
  if (profile.orders > 0) out.push_back(kOrders);
  for (std::size_t act = 0; act < profile.counts.size(); ++act)
    out.push_back(feature_of(act, size_of(profile.counts[act])));
  return out;
}

double chance_of(const Scorer& scorer, const std::vector<std::uint32_t>& features) {
  return calibration_of(scorer).probability(regression_of(scorer).predict(features, 1));
}

bool begin_example(Profile& profile, std::vector<std::uint32_t> features, std::int64_t at_ms) {
  const bool is_open = std::ranges::find(profile.open, features, &Example::features) !=
                       profile.open.end();
  if (is_open || profile.open.size() == kExamplesMax) return false;
  profile.open.push_back({std::move(features), at_ms, false});
  return profile.open.size() == 1;
}

std::int64_t learn_outcomes(Scorer& scorer, Profile& profile, std::int64_t now_ms) {
  learn::Ftrl regression = regression_of(scorer);
  learn::Calibration calibration = calibration_of(scorer);
  auto& open = profile.open;
  while (!open.empty() && now_ms >= open.front().at_ms + kOutcomeMs) {
    const bool bought = open.front().bought;
    calibration.learn(regression.learn(open.front().features, 1, bought), bought);
    ++scorer.outcomes;
    scorer.orders += bought ? 1 : 0;
    open.erase(open.begin());
  }
  scorer.weights = regression.snapshot();
  scorer.calibration = calibration.snapshot();
  return open.empty() ? 0 : open.front().at_ms + kOutcomeMs;
}

bool is_hot(const Scorer& scorer, double chance) {
  if (scorer.outcomes < kOutcomesMin) return false;
  const double usual =
      static_cast<double>(scorer.orders) / static_cast<double>(scorer.outcomes);
  return chance >= kHotChance && chance >= std::min(0.9, usual * kHotTimes);
}

std::vector<std::string> signals_of(const Scorer& scorer, const Profile& profile) {
  const learn::Ftrl regression = regression_of(scorer);
  struct Signal {
    double weight;
    std::string text;
  };
  std::vector<Signal> signals;
  for (std::size_t act = 0; act < profile.counts.size(); ++act) {
    const std::uint32_t size = size_of(profile.counts[act]);
    if (size == 0) continue;
    // What it adds to having done nothing of the kind.
    const double weight =
        regression.weight(feature_of(act, size)) - regression.weight(feature_of(act, 0));
    if (weight > 0) signals.push_back({weight, told(act, profile.counts[act])});
  }
  if (profile.orders > 0 && regression.weight(kOrders) > 0)
    signals.push_back({regression.weight(kOrders), "has bought in this show"});
  std::ranges::stable_sort(signals, std::greater{}, &Signal::weight);
  std::vector<std::string> out;
  for (const Signal& one : signals)
    if (out.size() < 3) out.push_back(one.text);
  return out;
}

}  // namespace vitrine::leads
