#include "bench/nexmark/generator.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

using namespace vitrine;
using namespace vitrine::nexmark;

namespace {

constexpr Number kEvents = 200'000;

template <class Visit>
void each(Kind kind, Visit visit) {
  const Generator generator(Rules{});
  for (Number n = 0; n < kEvents; ++n) {
    if (generator.kind_of(n) == kind) visit(n, generator.make(n));
  }
}

double share(Number part, Number whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

TEST_CASE("of fifty events one is a person, three are auctions, the rest bids, in this order") {
  const Generator generator(Rules{});
  for (Number n = 0; n < 1'000; ++n) {
    const Number place = n % 50;
    const Kind wanted = place == 0 ? Kind::Person : place < 4 ? Kind::Auction : Kind::Bid;
    CHECK(generator.kind_of(n) == wanted);
    CHECK(generator.make(n).kind == wanted);
  }
}

TEST_CASE("people and auctions are numbered from 1000 without gaps") {
  Number next = kFirstId;
  each(Kind::Person, [&](Number, const Event& event) { CHECK(person_in(event).id == next++); });
  CHECK(next == kFirstId + kEvents / 50);
  next = kFirstId;
  each(Kind::Auction, [&](Number, const Event& event) { CHECK(auction_in(event).id == next++); });
  CHECK(next == kFirstId + kEvents / 50 * 3);
}

TEST_CASE("event time goes on evenly and stands in the events") {
  Rules rules;
  rules.events_per_s = 500;
  const Generator generator(rules);
  CHECK(generator.time_of(0) == rules.begin);
  CHECK(generator.time_of(1) == rules.begin + Duration{2});
  CHECK(generator.time_of(30'000) == rules.begin + std::chrono::minutes{1});
  CHECK(person_in(generator.make(50)).at == generator.time_of(50));
  CHECK(auction_in(generator.make(51)).at == generator.time_of(51));
  CHECK(bid_in(generator.make(54)).at == generator.time_of(54));
}

TEST_CASE("half of the bids are on the hot auction, the others on what is open or soon will be") {
  Number bids = 0, hot = 0, ahead = 0;
  each(Kind::Bid, [&](Number n, const Event& event) {
    const Number newest = n / 50 * 3 + 2, auction = bid_in(event).auction - kFirstId;
    ++bids;
    if (auction == newest / 100 * 100) ++hot;
    if (auction > newest) ++ahead;
    CHECK(auction <= newest + 10);
    CHECK(auction + 100 >= newest);
  });
  CHECK(share(hot, bids) == doctest::Approx(0.5 + 0.5 / 111).epsilon(0.02));
  CHECK(share(ahead, bids) == doctest::Approx(0.5 * 10 / 111).epsilon(0.05));
}

TEST_CASE("three quarters of bids and auctions are by the hot bidder and the hot seller") {
  Number bids = 0, hot_bids = 0, auctions = 0, hot_auctions = 0;
  each(Kind::Bid, [&](Number n, const Event& event) {
    const Number newest = n / 50, bidder = bid_in(event).bidder - kFirstId;
    ++bids;
    if (bidder == newest / 100 * 100 + 1) ++hot_bids;
    CHECK(bidder <= std::max(newest + 10, newest / 100 * 100 + 1));
    CHECK(bidder + 1'000 > newest);
  });
  each(Kind::Auction, [&](Number n, const Event& event) {
    ++auctions;
    if (auction_in(event).seller - kFirstId == n / 50 / 100 * 100) ++hot_auctions;
  });
  CHECK(share(hot_bids, bids) == doctest::Approx(0.75).epsilon(0.02));
  CHECK(share(hot_auctions, auctions) == doctest::Approx(0.75).epsilon(0.02));
}

TEST_CASE("prices are logarithmically even, categories and states are even") {
  std::map<int, Number> digits;
  Number bids = 0, auctions = 0;
  each(Kind::Bid, [&](Number, const Event& event) {
    const Number price = bid_in(event).price;
    ++bids;
    ++digits[static_cast<int>(std::to_string(price).size())];
    CHECK(price >= 100);
    CHECK(price <= 100'000'000);
  });
  for (int count = 3; count <= 8; ++count)
    CHECK(share(digits[count], bids) == doctest::Approx(1.0 / 6).epsilon(0.05));
  std::map<Number, Number> categories;
  each(Kind::Auction, [&](Number, const Event& event) {
    const Auction auction = auction_in(event);
    ++auctions;
    ++categories[auction.category];
    CHECK(auction.reserve > auction.initial_bid);
  });
  for (Number category = 10; category < 15; ++category)
    CHECK(share(categories[category], auctions) == doctest::Approx(0.2).epsilon(0.1));
  CHECK(categories.size() == 5);
  std::map<std::string, Number> states;
  each(Kind::Person, [&](Number, const Event& event) { ++states[person_in(event).state]; });
  CHECK(states.size() == 6);
  CHECK(share(states["OR"], kEvents / 50) == doctest::Approx(1.0 / 6).epsilon(0.15));
}

TEST_CASE("an auction is open for as long as a hundred others take to begin, on average") {
  const Rules rules;
  Number auctions = 0, open_ms = 0;
  each(Kind::Auction, [&](Number, const Event& event) {
    const Auction auction = auction_in(event);
    ++auctions;
    open_ms += static_cast<Number>((auction.expires - auction.at).count());
    CHECK(auction.expires > auction.at);
  });
  const double wanted = 100.0 * 50 / 3 * 1'000 / static_cast<double>(rules.events_per_s);
  CHECK(share(open_ms, auctions) == doctest::Approx(wanted).epsilon(0.03));
}

TEST_CASE("events are as large as described: 200, 500 and 100 bytes") {
  std::map<Kind, Number> bytes, events_of;
  for (const Kind kind : {Kind::Person, Kind::Auction, Kind::Bid}) {
    each(kind, [&](Number, const Event& event) {
      bytes[kind] += event.body.size();
      ++events_of[kind];
    });
  }
  CHECK(share(bytes[Kind::Person], events_of[Kind::Person]) == doctest::Approx(200).epsilon(0.05));
  CHECK(share(bytes[Kind::Auction], events_of[Kind::Auction]) ==
        doctest::Approx(500).epsilon(0.05));
  CHECK(share(bytes[Kind::Bid], events_of[Kind::Bid]) == doctest::Approx(100).epsilon(0.07));
}

TEST_CASE("an event depends on the seed and its number alone") {
  Rules other;
  other.seed = 2;
  const Block block(Rules{}, 500);
  const Generator same(Rules{}), different(other);
  std::set<Bytes> seen;
  for (Number n = 500; n-- > 0;) {
    CHECK(encoded(same.make(n)) == block.value(n));
    CHECK(same.time_of(n) == block.timestamp(n));
    CHECK(encoded(different.make(n)) != block.value(n));
    seen.insert(Bytes(block.value(n)));
  }
  CHECK(seen.size() == 500);
}

TEST_CASE("a bid that is cut off, or has something behind it, is refused") {
  const Generator generator(Rules{});
  const Bytes whole = generator.make(4).body;
  BidView out;
  CHECK(Serde<Bid>::decode(whole, out));
  CHECK_FALSE(Serde<Bid>::decode(BytesView(whole).substr(0, whole.size() - 1), out));
  CHECK_FALSE(Serde<Bid>::decode(BytesView(whole).substr(0, 8), out));
  CHECK_FALSE(Serde<Bid>::decode(whole + "x", out));
  CHECK_THROWS_AS(bid_in(generator.make(0)), std::runtime_error);
}
