#pragma once
// NEXMARK's three kinds of events, and the one topic that carries them: a new person, a new auction
// by a person, a bid of a person on an auction.
//
// An event's value is one byte that says its kind, then the thing itself. A Bid is read as a view
// that borrows its texts: nine events in ten are bids.
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "base/bytes.h"
#include "base/time.h"
#include "vitrine/serde.h"
#include "vitrine/topic.h"

namespace vitrine::nexmark {

using Number = std::uint64_t;  // ids and prices (in cents)

enum class Kind : std::uint8_t { Person = 'p', Auction = 'a', Bid = 'b' };

struct Person {
  Number id = 0;
  std::string name, email, credit_card, city, state;
  Time at{};
  std::string extra;  // fills the event up to its size
  auto fields() { return std::tie(id, name, email, credit_card, city, state, at, extra); }
};

struct Auction {
  Number id = 0;
  std::string item, description;
  Number initial_bid = 0, reserve = 0;
  Time at{}, expires{};  // bids count from `at` to `expires`, both included
  Number seller = 0, category = 0;
  std::string extra;
  auto fields() {
    return std::tie(id, item, description, initial_bid, reserve, at, expires, seller, category,
                    extra);
  }
};

// Text is std::string in a Bid of one's own, std::string_view in a borrowed one.
template <class Text>
struct BidOf {
  Number auction = 0, bidder = 0, price = 0;
  Time at{};
  Text channel{}, url{}, extra{};
  operator BidOf<std::string_view>() const  // NOLINT(google-explicit-constructor)
    requires std::same_as<Text, std::string>
  {
    return {auction, bidder, price, at, channel, url, extra};
  }
};
using Bid = BidOf<std::string>;
using BidView = BidOf<std::string_view>;

struct EventView {
  Kind kind = Kind::Bid;
  BytesView body;
};
struct Event {
  Kind kind = Kind::Bid;
  Bytes body;
  operator EventView() const { return {kind, body}; }  // NOLINT(google-explicit-constructor)
};

}  // namespace vitrine::nexmark

namespace vitrine {

template <>
struct Serde<nexmark::Bid> {
  using View = nexmark::BidView;
  static void encode(const View& bid, Bytes& out);
  static bool decode(BytesView bytes, View& out);
  static nexmark::Bid own(const View& view);
  static constexpr std::string_view name = "nexmark_bid";
};

template <>
struct Serde<nexmark::Event> {
  using View = nexmark::EventView;
  static void encode(const View& event, Bytes& out);
  static bool decode(BytesView bytes, View& out);
  static nexmark::Event own(const View& view) { return {view.kind, Bytes(view.body)}; }
  static constexpr std::string_view name = "nexmark_event";
};

}  // namespace vitrine

namespace vitrine::nexmark {

// The only input of all queries; its keys are empty.
inline const Topic<std::string, Event> all_events{"nexmark.events"};

template <class T>
Event event_of(Kind kind, const T& thing) {
  return {kind, encoded(thing)};
}

// Throws std::runtime_error, which dead-letters the record, when the body is no such thing.
Person person_in(const EventView& event);
Auction auction_in(const EventView& event);
BidView bid_in(const EventView& event);

}  // namespace vitrine::nexmark
