#pragma once
// What the recommender remembers, as rows. Everything is by shop; a product has a dense number in
// its shop, so that sessions and pairs are small.
//
// Bounds stand beside the fields. Rows of visitors go a day after their last act.
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "commerce/model/proto/recommend.pb.h"
#include "commerce/model/serde.h"

namespace vitrine::recommend {

using Number = std::uint64_t;  // of a product, in its shop

inline constexpr std::size_t kClicksMax = 30, kCartMax = 20, kBoughtMax = 20;
inline constexpr std::size_t kOfferedMax = 64, kPairsMax = 64, kShownMax = 200, kPinsMax = 3;
inline constexpr std::int64_t kSessionMs = 30 * 60'000;  // without an act: it is over
inline constexpr std::int64_t kWindowMs = 30 * 60'000;   // in which an offer may have its effect
inline constexpr std::int64_t kHourMs = 3'600'000;
inline constexpr std::int64_t kOffersAnHour = 30;  // to one viewer

// One a shop. `version` counts the records worked on: a picture in memory (model.h) that has
// another one is not of this state.
struct ShopRow {
  std::uint64_t version = 0;
  Number products = 0;                               // the next product's number
  std::uint64_t sessions_begin = 0, sessions_end = 0;  // of the sessions kept
  auto fields() { return std::tie(version, products, sessions_begin, sessions_end); }
};

struct Product {
  Number number = 0;
  std::string title;
  std::int64_t available = 0;
  std::int64_t clearing_percent = 0;
  std::int64_t opened = 0, carted = 0, bought = 0;  // acts, acts, orders with it
  auto fields() {
    return std::tie(number, title, available, clearing_percent, opened, carted, bought);
  }
};

// Two products that stood together: in carts, and in orders.
struct Pair {
  Number other = 0;
  std::int64_t carted = 0, bought = 0;
  auto fields() { return std::tie(other, carted, bought); }
  std::int64_t weight() const { return carted + 2 * bought; }
};
using Pairs = std::vector<Pair>;

struct Session {
  std::vector<Number> clicks;
  auto fields() { return std::tie(clicks); }
};

// An offer that may still have its effect.
struct OpenOffer {
  Number number = 0;
  std::int64_t at_ms = 0;
  bool opened = false, bought = false;
  auto fields() { return std::tie(number, at_ms, opened, bought); }
};

// What was done for her, until its reward is known. `action` is an Action (action.h).
struct Acted {
  std::uint64_t action = 0;
  std::vector<double> context;
  std::string show;
  std::int64_t at_ms = 0;
  bool rewarded = false;
  auto fields() { return std::tie(action, context, show, at_ms, rewarded); }
};

// One a shop: what is known of actions (learn/bandits), as its snapshot.
struct ActionsRow {
  Bytes bandit;
  std::uint64_t learnt = 0;
  auto fields() { return std::tie(bandit, learnt); }
};

struct Visitor {
  std::string show;            // where she acted last
  std::vector<Number> clicks;  // newest last; of her session, or of the one that is over
  bool over = false;           // the session is learnt: the next click begins another
  bool waits = false;          // a timer looks whether it is over
  std::int64_t last_ms = 0;
  std::vector<Number> cart, bought;
  std::vector<OpenOffer> offered;
  std::int64_t hour_ms = 0, told = 0;  // offers since then
  std::string told_items;              // the last ones, so that the same are not told twice
  std::optional<Acted> acted;          // within the last kActionMs
  std::int64_t asked_ms = 0;           // when she was prompted to ask
  auto fields() {
    return std::tie(show, clicks, over, waits, last_ms, cart, bought, offered, hour_ms, told,
                    told_items, acted, asked_ms);
  }
};

struct ShowRow {
  std::vector<Number> pins;   // on the table now
  std::vector<Number> shown;  // pinned at any time, the first kShownMax
  OfferFigures figures;
  bool ticking = false;
  auto fields() { return std::tie(pins, shown, figures, ticking); }
};

}  // namespace vitrine::recommend
