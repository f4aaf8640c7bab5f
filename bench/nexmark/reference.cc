#include "bench/nexmark/reference.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "base/result.h"
#include "bench/nexmark/results.h"

namespace vitrine::nexmark {
namespace {

using Any = std::variant<Person, Auction, Bid>;

// All events in order, and the same by kind.
struct Story {
  explicit Story(const Block& block) {
    for (std::size_t i = 0; i < block.size(); ++i) {
      const Event event = decoded<Event>(block.value(i)).value();
      if (event.kind == Kind::Person) {
        all.emplace_back(people.emplace_back(person_in(event)));
      } else if (event.kind == Kind::Auction) {
        all.emplace_back(auctions.emplace_back(auction_in(event)));
      } else {
        all.emplace_back(bids.emplace_back(Serde<Bid>::own(bid_in(event))));
      }
    }
  }
  std::vector<Any> all;
  std::vector<Person> people;
  std::vector<Auction> auctions;
  std::vector<Bid> bids;
};

template <class K, class V>
void say(Said& said, const K& key, const V& value) {
  said.emplace_back(encoded(key), encoded(value));
}

const std::string kNoKey;

bool counts(const Bid& bid, const Auction& auction) {
  return bid.auction == auction.id && bid.at >= auction.at && bid.at <= auction.expires;
}

Said r0(const Story& story) {
  Said said;
  for (const Bid& bid : story.bids) say(said, kNoKey, bid);
  return said;
}

Said r1(const Story& story) {
  Said said;
  for (Bid bid : story.bids) {
    bid.price = q1_price(bid.price);
    say(said, kNoKey, bid);
  }
  return said;
}

Said r2(const Story& story) {
  Said said;
  for (const Bid& bid : story.bids) {
    if (q2_wants(bid.auction)) say(said, kNoKey, AuctionPrice{bid.auction, bid.price});
  }
  return said;
}

Said r3(const Story& story) {
  Said said;
  for (const Auction& auction : story.auctions) {
    for (const Person& person : story.people) {
      if (person.id != auction.seller || auction.category != kWantedCategory) continue;
      if (q3_wants(person.state))
        say(said, person.id, LocalSeller{person.name, person.city, person.state, auction.id});
    }
  }
  return said;
}

// After each event: the auction's highest bid from all that have come; when it has changed, the
// average over all auctions of the category.
Said r4(const Story& story) {
  Said said;
  std::map<Number, Auction> auctions;
  std::map<Number, std::vector<Bid>> bids;
  std::map<Number, Number> highest;
  for (const Any& event : story.all) {
    Number id = 0;
    if (const auto* auction = std::get_if<Auction>(&event)) {
      auctions[id = auction->id] = *auction;
    } else if (const auto* bid = std::get_if<Bid>(&event)) {
      bids[id = bid->auction].push_back(*bid);
    }
    if (!auctions.contains(id)) continue;
    Number now = 0;
    for (const Bid& bid : bids[id]) {
      if (counts(bid, auctions[id])) now = std::max(now, bid.price);
    }
    if (now == 0 || now == highest[id]) continue;
    highest[id] = now;
    Number sum = 0, count = 0;
    for (const auto& [other, price] : highest) {
      if (price == 0 || auctions[other].category != auctions[id].category) continue;
      sum += price;
      ++count;
    }
    say(said, auctions[id].category, sum / count);
  }
  return said;
}

Said r5(const Story& story) {
  std::map<Time, std::map<Number, Number>> windows;  // by start
  for (const Bid& bid : story.bids) {
    const Time newest = window_of(bid.at, kAdvance).start;
    for (Time start = newest; start + kWindow > bid.at; start -= kAdvance)
      ++windows[start][bid.auction];
  }
  Said said;
  for (const auto& [start, bids_of] : windows) {
    Number most = 0;
    for (const auto& [auction, bids] : bids_of) most = std::max(most, bids);
    for (const auto& [auction, bids] : bids_of) {
      if (bids == most) say(said, Windowed<Number>{auction, {start, start + kWindow}}, bids);
    }
  }
  return said;
}

Said r7(const Story& story) {
  std::map<Window, HighBids> windows;
  for (const Bid& bid : story.bids) {
    const Window window = window_of(bid.at, kWindow);
    const bool highest = std::ranges::none_of(story.bids, [&](const Bid& other) {
      return window_of(other.at, kWindow) == window && other.price > bid.price;
    });
    if (highest)
      windows[window].bids.push_back({1, bid.auction, bid.bidder, bid.price, bid.at});
  }
  Said said;
  for (const auto& [window, bids] : windows) say(said, Windowed<Number>{0, window}, bids);
  return said;
}

Said r8(const Story& story) {
  Said said;
  for (const Person& person : story.people) {
    const Window window = window_of(person.at, kWindow);
    const bool sells = std::ranges::any_of(story.auctions, [&](const Auction& auction) {
      return auction.seller == person.id && window_of(auction.at, kWindow) == window;
    });
    if (sells) say(said, Windowed<Number>{person.id, window}, Newcomer{person.name});
  }
  return said;
}

// The first of the highest bids that count.
Said r9(const Story& story) {
  Said said;
  for (const Auction& auction : story.auctions) {
    const Bid* winner = nullptr;
    for (const Bid& bid : story.bids) {
      if (counts(bid, auction) && (winner == nullptr || bid.price > winner->price)) winner = &bid;
    }
    if (winner != nullptr) say(said, auction.id, BidOnAuction{*winner, auction});
  }
  return said;
}

Said r11(const Story& story) {
  std::map<Number, std::vector<Time>> times;
  for (const Bid& bid : story.bids) times[bid.bidder].push_back(bid.at);
  Said said;
  for (const auto& [bidder, at] : times) {
    for (std::size_t first = 0, last = 0; first < at.size(); first = ++last) {
      while (last + 1 < at.size() && at[last + 1] - at[last] < kWindow) ++last;
      say(said, Windowed<Number>{bidder, {at[first], at[last] + kWindow}},
          Number{last - first + 1});
    }
  }
  return said;
}

// The runner's wall clock shows the record's own time.
Said r12(const Story& story) {
  std::map<Windowed<Number>, Number> bids_of;
  for (const Bid& bid : story.bids) ++bids_of[{bid.bidder, window_of(bid.at, kWindow)}];
  Said said;
  for (const auto& [key, bids] : bids_of) say(said, key, bids);
  return said;
}

Said r17(const Story& story) {
  Said said;
  std::map<std::pair<Number, Number>, std::vector<Number>> days;
  for (const Bid& bid : story.bids) {
    auto& prices = days[{bid.auction, day_of(bid.at)}];
    prices.push_back(bid.price);
    DayOfBids day;
    day.bids = prices.size();
    day.least = *std::ranges::min_element(prices);
    day.most = *std::ranges::max_element(prices);
    for (const Number price : prices) {
      day.sum += price;
      if (price < kLowBelow) ++day.low;
      if (price >= kLowBelow && price < kMiddleBelow) ++day.middle;
      if (price >= kMiddleBelow) ++day.high;
    }
    say(said, AuctionDay{bid.auction, day_of(bid.at)}, day);
  }
  return said;
}

Said r18(const Story& story) {
  Said said;
  for (const Bid& bid : story.bids) say(said, BidderAuction{bid.bidder, bid.auction}, bid);
  return said;
}

// A bid's rank when it comes: behind all earlier ones that are as high.
Said r19(const Story& story) {
  Said said;
  std::map<Number, std::vector<Number>> prices;
  for (const Bid& bid : story.bids) {
    auto& earlier = prices[bid.auction];
    const auto rank =
        1 + static_cast<Number>(std::ranges::count_if(
                earlier, [&](Number price) { return price >= bid.price; }));
    earlier.push_back(bid.price);
    if (rank <= kTop)
      say(said, bid.auction, HighBid{rank, bid.auction, bid.bidder, bid.price, bid.at});
  }
  return said;
}

Said r20(const Story& story) {
  Said said;
  for (const Auction& auction : story.auctions) {
    if (auction.category != kWantedCategory) continue;
    for (const Bid& bid : story.bids) {
      if (bid.auction == auction.id) say(said, auction.id, BidOnAuction{bid, auction});
    }
  }
  return said;
}

}  // namespace

Said reference(std::string_view query, const Block& block) {
  static const std::map<std::string_view, Said (*)(const Story&)> kAll{
      {"q0", r0},   {"q1", r1},   {"q2", r2},   {"q3", r3},   {"q4", r4},
      {"q5", r5},   {"q7", r7},   {"q8", r8},   {"q9", r9},   {"q11", r11},
      {"q12", r12}, {"q17", r17}, {"q18", r18}, {"q19", r19}, {"q20", r20}};
  const auto found = kAll.find(query);
  VT_CHECK_MSG(found != kAll.end(), "there is no reference for " + std::string(query));
  return found->second(Story{block});
}

std::string difference(Said wanted, Said got) {
  std::ranges::sort(wanted);
  std::ranges::sort(got);
  Said missing, surplus;
  std::ranges::set_difference(wanted, got, std::back_inserter(missing));
  std::ranges::set_difference(got, wanted, std::back_inserter(surplus));
  if (missing.empty() && surplus.empty()) return {};
  const auto first = [](const Said& records) {
    if (records.empty()) return std::string{};
    return ", the first " + to_hex(records.front().first) + " " + to_hex(records.front().second);
  };
  return "of " + std::to_string(wanted.size()) + " records " + std::to_string(missing.size()) +
         " are missing" + first(missing) + "; " + std::to_string(surplus.size()) +
         " are too much" + first(surplus);
}

}  // namespace vitrine::nexmark
