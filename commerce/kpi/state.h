#pragma once
// What is counted of a show. Pure; README.md has the formulas.
#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "base/time.h"
#include "commerce/model/proto/audience.pb.h"
#include "commerce/model/serde.h"

namespace vitrine::kpi {

inline constexpr Duration kEvery{250};         // at most one ShowKpis a show in this time
inline constexpr Duration kPresence{15'000};   // a heartbeat keeps a viewer counted this long
inline constexpr std::size_t kStockMax = 200;  // skus listed a show

// Counts by slice of time, for "within the last N slices". Slice numbers are time / width; a slice
// further back than the ring is long has been forgotten. Bounded by its length.
class Slices {
 public:
  Slices() = default;
  Slices(Duration width, std::size_t count) : width_ms(width.count()), counts(count) {}
  void add(std::int64_t at_ms, std::int64_t amount);
  // Moves the ring on to `at_ms` and sums it.
  std::int64_t sum(std::int64_t at_ms);
  // Whether what was added at `at_ms` still counts.
  bool covers(std::int64_t at_ms) const;
  auto fields() { return std::tie(width_ms, latest, counts); }

 private:
  void move_to(std::int64_t slice);
  std::int64_t width_ms = 1;
  std::int64_t latest = 0;  // slice number of the newest
  std::vector<std::int64_t> counts;
};

// One viewer of one show. Kept for ever: unique means ids, not reloads.
struct Viewer {
  std::int64_t beat_ms = 0;  // latest heartbeat that counts; 0 = away
  std::string session;       // its session
  bool was_seen = false;     // ever watched
  bool bought = false;
  auto fields() { return std::tie(beat_ms, session, was_seen, bought); }
};

struct Tally {
  ShowKpis kpis;                         // the running figures, without the sliding ones
  Slices present{Duration{250}, 60};     // viewers by the slice of their latest heartbeat: 15 s
  Slices messages{Duration{5'000}, 12};  // 60 s
  Slices reactions{Duration{5'000}, 12};
  Bytes told;  // the last ShowKpis emitted, without its time and positions
  bool is_ticking = false;
  auto fields() { return std::tie(kpis, present, messages, reactions, told, is_ticking); }
};

void heartbeat(Tally& tally, Viewer& viewer, const std::string& session, std::int64_t at_ms);
void left(Tally& tally, Viewer& viewer, const std::string& session);
void message(Tally& tally, std::int64_t at_ms);
void reactions(Tally& tally, const ReactionTick& tick, std::int64_t at_ms);
void added_to_cart(Tally& tally, const CartLineSet& set);
void sold(Tally& tally, Viewer& buyer, const Order& order);
// The stock of a sku that is pinned or sold in this show.
void stock(Tally& tally, const std::string& sku, std::int64_t available);

// The figures as of a moment. Moves the sliding ones on.
ShowKpis figures(Tally& tally, std::int64_t at_ms);
// Whether time alone may still change them.
bool is_alive(Tally& tally, std::int64_t at_ms);

}  // namespace vitrine::kpi
