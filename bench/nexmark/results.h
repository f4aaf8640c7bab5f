#pragma once
// What the queries say. The reference makes the same types, so both are compared as bytes.
#include <tuple>
#include <vector>

#include "bench/nexmark/events.h"
#include "vitrine/window.h"

namespace vitrine::nexmark {

struct AuctionPrice {  // q2
  Number auction = 0, price = 0;
  auto fields() { return std::tie(auction, price); }
};

struct LocalSeller {  // q3
  std::string name, city, state;
  Number auction = 0;
  auto fields() { return std::tie(name, city, state, auction); }
};

struct HighBid {  // q7, q19: the rank is 1 for the best
  Number rank = 0, auction = 0, bidder = 0, price = 0;
  Time at{};
  auto fields() { return std::tie(rank, auction, bidder, price, at); }
};

struct HighBids {  // q7: all of the highest price
  std::vector<HighBid> bids;
  auto fields() { return std::tie(bids); }
};

struct Newcomer {  // q8
  std::string name;
  auto fields() { return std::tie(name); }
};

struct BidOnAuction {  // q9, q20
  Bid bid;
  Auction auction;
  auto fields() { return std::tie(bid, auction); }
};

struct AuctionDay {  // q17: a day by its number since 1970
  Number auction = 0, day = 0;
  auto fields() { return std::tie(auction, day); }
};

struct DayOfBids {  // q17: prices below 10,000, below a million, and higher ones
  Number bids = 0, low = 0, middle = 0, high = 0, least = 0, most = 0, sum = 0;
  auto fields() { return std::tie(bids, low, middle, high, least, most, sum); }
};

struct BidderAuction {  // q18
  Number bidder = 0, auction = 0;
  auto fields() { return std::tie(bidder, auction); }
};

inline constexpr Duration kWindow = std::chrono::seconds{10};
inline constexpr Duration kAdvance = std::chrono::seconds{2};
inline constexpr Number kTop = 10;             // q19
inline constexpr Number kWantedCategory = 10;  // q3, q20
inline constexpr Number kLowBelow = 10'000, kMiddleBelow = 1'000'000;  // q17
inline Number q1_price(Number price) { return price * 908 / 1'000; }
inline bool q2_wants(Number auction) { return auction % 123 == 0; }
inline bool q3_wants(std::string_view state) {
  return state == "OR" || state == "ID" || state == "CA";
}
inline Number day_of(Time at) { return static_cast<Number>(millis_of(at)) / 86'400'000; }

// The window of `size` that `at` is in.
inline Window window_of(Time at, Duration size) {
  const Time start{at.time_since_epoch() / size * size};
  return {start, start + size};
}

}  // namespace vitrine::nexmark
