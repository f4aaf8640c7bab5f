#include "bench/nexmark/generator.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace vitrine::nexmark {
namespace {

// SplitMix64, begun anew for each event.
class Dice {
 public:
  Dice(std::uint64_t seed, Number n) : state_(seed * 0x9e3779b97f4a7c15ULL ^ (n << 8U)) { next(); }
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
    z = (z ^ z >> 30U) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27U) * 0x94d049bb133111ebULL;
    return z ^ z >> 31U;
  }
  Number below(Number bound) { return next() % bound; }  // bounds are small: no bias that matters
  double unit() { return static_cast<double>(next() >> 11U) * 0x1p-53; }
  bool one_in(Number ratio) { return below(ratio) == 0; }
  template <std::size_t N>
  std::string pick(const std::array<const char*, N>& from) {
    return from[below(N)];
  }
  // Logarithmically even from 1 to a million, in cents.
  Number price() { return static_cast<Number>(std::lround(std::pow(10.0, unit() * 6.0) * 100.0)); }
  std::string letters(std::size_t count) {
    std::string out(count, 'a');
    for (char& c : out) c = static_cast<char>('a' + below(26));
    return out;
  }
  std::string digits(std::size_t count) {
    std::string out(count, '0');
    for (char& c : out) c = static_cast<char>('0' + below(10));
    return out;
  }
  // Fills `used` bytes up to about `wanted`, a fifth more or less.
  std::string fill(std::size_t used, std::size_t wanted) {
    if (used >= wanted) return {};
    const std::size_t missing = wanted - used, spread = missing / 5;
    return letters(missing - spread + below(2 * spread + 1));
  }

 private:
  std::uint64_t state_;
};

constexpr std::array kFirstNames{"Ada",  "Boris", "Chen",  "Dana", "Emil", "Fatou",
                                 "Goro", "Hedda", "Ilias", "Jana", "Kofi"};
constexpr std::array kLastNames{"Abbot", "Brandt", "Costa", "Demir", "Eklund",
                                "Fabre", "Greene", "Haas",  "Ito"};
constexpr std::array kStates{"AZ", "CA", "ID", "OR", "WA", "WY"};
constexpr std::array kCities{"Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland",
                             "Bend",    "Redmond",     "Seattle",       "Kent",  "Cheyenne"};
constexpr std::array kHotChannels{"Google", "Facebook", "Baidu", "Apple"};

constexpr Number kRound = kPersonsPer50 + kAuctionsPer50 + kBidsPer50;

// The number of the newest person (auction) when event n comes, counted from 0.
Number newest_person(Number n) {
  return n / kRound * kPersonsPer50 + std::min(n % kRound, kPersonsPer50 - 1);
}
// -1 before the first.
std::int64_t newest_auction(Number n) {
  const auto before = static_cast<std::int64_t>(n / kRound * kAuctionsPer50);
  const auto place = static_cast<std::int64_t>(n % kRound);
  return before + std::min(place, static_cast<std::int64_t>(kAuctionsPer50)) - 1;
}

Number any_person(const Rules& rules, Dice& dice, Number n) {
  const Number people = newest_person(n) + 1;
  const Number active = std::min(people, rules.people_active);
  return people - active + dice.below(active + kIdLead);
}

Number any_auction(const Rules& rules, Dice& dice, Number n) {
  const std::int64_t newest = newest_auction(n);
  const auto in_flight = static_cast<std::int64_t>(rules.auctions_in_flight);
  const auto oldest = static_cast<Number>(std::max<std::int64_t>(newest - in_flight, 0));
  return oldest + dice.below(static_cast<Number>(newest + 1) - oldest + kIdLead);
}

Number hot_auction(Number n) {
  const auto newest = std::max<std::int64_t>(newest_auction(n), 0);
  return static_cast<Number>(newest) / kHotGroup * kHotGroup;
}

Person person(Dice& dice, Number n, Time at) {
  Person out;
  out.id = kFirstId + newest_person(n);
  out.name = dice.pick(kFirstNames) + " " + dice.pick(kLastNames);
  out.email = dice.letters(7) + "@" + dice.letters(5) + ".example";
  out.credit_card =
      dice.digits(4) + " " + dice.digits(4) + " " + dice.digits(4) + " " + dice.digits(4);
  out.city = dice.pick(kCities);
  out.state = dice.pick(kStates);
  out.at = at;
  out.extra = dice.fill(encoded(out).size(), 200);
  return out;
}

Auction auction(const Rules& rules, const Generator& generator, Dice& dice, Number n) {
  Auction out;
  out.id = kFirstId + static_cast<Number>(newest_auction(n));
  out.seller = kFirstId + (dice.one_in(rules.hot_seller_ratio)
                               ? any_person(rules, dice, n)
                               : newest_person(n) / kHotGroup * kHotGroup);
  out.category = kFirstCategory + dice.below(kCategories);
  out.item = dice.letters(20);
  out.description = dice.letters(100);
  out.initial_bid = dice.price();
  out.reserve = out.initial_bid + dice.price();
  out.at = generator.time_of(n);
  // On average it is open for as long as it takes until `auctions_in_flight` more have begun.
  const Time horizon = generator.time_of(n + rules.auctions_in_flight * kRound / kAuctionsPer50);
  const auto open_ms = static_cast<Number>(std::max<std::int64_t>((horizon - out.at).count(), 1));
  out.expires = out.at + Duration{1 + dice.below(2 * open_ms)};
  out.extra = dice.fill(encoded(out).size(), 500);
  return out;
}

Bid bid(const Rules& rules, Dice& dice, Number n, Time at) {
  Bid out;
  out.auction = kFirstId + (dice.one_in(rules.hot_auction_ratio) ? any_auction(rules, dice, n)
                                                                 : hot_auction(n));
  out.bidder = kFirstId + (dice.one_in(rules.hot_bidder_ratio)
                               ? any_person(rules, dice, n)
                               : newest_person(n) / kHotGroup * kHotGroup + 1);
  out.price = dice.price();
  out.at = at;
  if (dice.one_in(2)) {
    out.channel = dice.pick(kHotChannels);
    out.url = "https://bids.example/" + out.channel + "/item.htm?query=1";
  } else {
    const std::string number = std::to_string(dice.below(10'000));
    out.channel = "channel-" + number;
    out.url = "https://bids.example/" + dice.letters(5) + "/item.htm?channel_id=" + number;
  }
  out.extra = dice.fill(encoded(out).size(), 100);
  return out;
}

}  // namespace

Kind Generator::kind_of(Number n) const {
  const Number place = n % kRound;
  if (place < kPersonsPer50) return Kind::Person;
  return place < kPersonsPer50 + kAuctionsPer50 ? Kind::Auction : Kind::Bid;
}

Time Generator::time_of(Number n) const {
  return rules_.begin + Duration{static_cast<std::int64_t>(n * 1'000 / rules_.events_per_s)};
}

Event Generator::make(Number n) const {
  Dice dice(rules_.seed, n);
  const Kind kind = kind_of(n);
  if (kind == Kind::Person) return event_of(kind, person(dice, n, time_of(n)));
  if (kind == Kind::Auction) return event_of(kind, auction(rules_, *this, dice, n));
  return event_of(kind, bid(rules_, dice, n, time_of(n)));
}

Block::Block(const Rules& rules, Number events) {
  const Generator generator(rules);
  entries_.reserve(events);
  for (Number n = 0; n < events; ++n) {
    const std::size_t offset = bytes_.size();
    Serde<Event>::encode(generator.make(n), bytes_);
    entries_.push_back({offset, bytes_.size() - offset, generator.time_of(n)});
  }
}

}  // namespace vitrine::nexmark
