#pragma once
// A viewer's profile in a show, and what it says about her buying. Pure.
//
// Counts of what she did fade with a half-life of ten minutes. A logistic regression
// (learn/online/ftrl.h) over their sizes scores an order within kOutcomeMs, and what became of such
// scores in this show makes a chance of it (learn/online/calibration.h). What she is at an act is
// an example, tested before it is learnt; every outcome is learnt when that time is over, not
// earlier when she buys, or the first minutes would know only buyers. A lead is hot when its chance
// is kHotChance and kHotTimes that of everybody.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/bytes.h"
#include "commerce/model/proto/recommend.pb.h"
#include "commerce/model/serde.h"

namespace vitrine::leads {

enum class Act : std::int64_t { Opened, Carted, Asked, Said };
inline constexpr std::size_t kActs = 4, kExamplesMax = 4;

inline constexpr std::int64_t kOutcomeMs = 2 * 60'000;
inline constexpr double kHotChance = 0.3, kHotTimes = 1.3;
inline constexpr std::uint64_t kOutcomesMin = 50;  // before these nobody is hot

struct Example {
  std::vector<std::uint32_t> features;
  std::int64_t at_ms = 0;
  bool bought = false;
  auto fields() { return std::tie(features, at_ms, bought); }
};

struct Profile {
  std::vector<double> counts;  // by Act, faded to last_ms
  std::int64_t last_ms = 0;
  std::int64_t orders = 0;
  std::vector<Example> open;  // oldest first: their outcome is not known yet
  HotLead lead;               // without id: she was not hot yet
  auto fields() { return std::tie(counts, last_ms, orders, open, lead); }
};

// One a show.
struct Scorer {
  static constexpr std::string_view serde_name = "lead-scorer";
  static constexpr int version = 2;
  struct V1 {
    Bytes weights;
    std::uint64_t outcomes = 0, orders = 0;
    auto fields() { return std::tie(weights, outcomes, orders); }
  };
  static Scorer upgrade_from(const V1& old) { return {old.weights, {}, old.outcomes, old.orders}; }

  Bytes weights, calibration;  // snapshots
  std::uint64_t outcomes = 0, orders = 0;
  auto fields() { return std::tie(weights, calibration, outcomes, orders); }
};

void note(Profile& profile, Act act, std::int64_t at_ms);
std::vector<std::uint32_t> features_of(const Profile& profile);
double chance_of(const Scorer& scorer, const std::vector<std::uint32_t>& features);
// Begins an example, unless the same is open or kExamplesMax are. True when none was open before.
bool begin_example(Profile& profile, std::vector<std::uint32_t> features, std::int64_t at_ms);
// Learns what is kOutcomeMs old. When the next one is; 0: none is open.
std::int64_t learn_outcomes(Scorer& scorer, Profile& profile, std::int64_t now_ms);
bool is_hot(const Scorer& scorer, double chance);

// What speaks most for her, heaviest first, three at most: "put 2 products into the cart".
std::vector<std::string> signals_of(const Scorer& scorer, const Profile& profile);

}  // namespace vitrine::leads
