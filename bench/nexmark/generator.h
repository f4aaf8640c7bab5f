#pragma once
// Makes NEXMARK's events after the public description of the benchmark: of every 50 events one is a
// new person, three are auctions, 46 are bids, in this order. Ids count up from 1000. Most bids and
// auctions are made by and on a hot few of the latest hundred; the others are spread over what is
// alive, and now and then a little ahead of it. Time goes on evenly.
//
// Event number n is a function of (rules, n): no clock, and any part of the stream can be made
// alone.
#include <cstddef>
#include <vector>

#include "bench/nexmark/events.h"

namespace vitrine::nexmark {

struct Rules {
  std::uint64_t seed = 1;
  Number events_per_s = 10'000;  // of event time
  // A day ends twenty seconds after it: 2026-03-01T00:00:00Z.
  Time begin = time_of_millis(1'772'323'200'000 - 20'000);
  Number hot_auction_ratio = 2;  // one bid in so many is not on the hot auction
  Number hot_bidder_ratio = 4;
  Number hot_seller_ratio = 4;
  Number auctions_in_flight = 100;
  Number people_active = 1'000;
};

inline constexpr Number kPersonsPer50 = 1, kAuctionsPer50 = 3, kBidsPer50 = 46;
inline constexpr Number kFirstId = 1'000, kFirstCategory = 10, kCategories = 5;
inline constexpr Number kHotGroup = 100;  // the hot one is the first (bidder: second) of so many
inline constexpr Number kIdLead = 10;     // ids may be so far ahead of the newest

class Generator {
 public:
  explicit Generator(const Rules& rules) : rules_(rules) {}
  Kind kind_of(Number n) const;
  Time time_of(Number n) const;
  Event make(Number n) const;

 private:
  Rules rules_;
};

// Events encoded one after the other: a source in memory.
class Block {
 public:
  Block(const Rules& rules, Number events);
  std::size_t size() const { return entries_.size(); }
  BytesView value(std::size_t i) const {
    return BytesView(bytes_).substr(entries_[i].offset, entries_[i].size);
  }
  Time timestamp(std::size_t i) const { return entries_[i].at; }
  std::size_t bytes() const { return bytes_.size(); }

 private:
  struct Entry {
    std::size_t offset;
    std::size_t size;
    Time at;
  };
  Bytes bytes_;
  std::vector<Entry> entries_;
};

}  // namespace vitrine::nexmark
