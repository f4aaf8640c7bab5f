// Joins of things that are kept until their partners have come, or their time is over.
#include <optional>

#include "bench/nexmark/bids.h"
#include "bench/nexmark/queries.h"
#include "bench/nexmark/results.h"

namespace vitrine::nexmark {
namespace {

// A person may have an auction before she is known: it waits for her.
struct SellersOfCategory {
  using Out = Context<Number, LocalSeller>;
  explicit SellersOfCategory(Stores& stores)
      : people{stores.keyed<Number, LocalSeller>("q3-people")},
        waiting{stores.keyed<Number, std::vector<Number>>("q3-waiting")} {}

  void on_record(const Number& id, const EventView& event, Out& context) {
    if (event.kind == Kind::Auction) return on_auction(id, auction_in(event), context);
    const Person person = person_in(event);
    LocalSeller seller{person.name, person.city, person.state, 0};
    if (const auto* auctions = waiting.find(id)) {
      for (const Number auction : *auctions) say(id, seller, auction, context);
      waiting.erase(id);
    }
    people.put(id, std::move(seller));
  }
  void on_auction(const Number& seller, const Auction& auction, Out& context) {
    if (auction.category != kWantedCategory) return;
    if (const LocalSeller* known = people.find(seller)) {
      say(seller, *known, auction.id, context);
    } else {
      waiting.upsert(seller).push_back(auction.id);
    }
  }
  static void say(const Number& id, LocalSeller seller, Number auction, Out& context) {
    seller.auction = auction;
    if (q3_wants(seller.state)) context.emit(id, seller);
  }

  Keyed<Number, LocalSeller> people;  // under no auction
  Keyed<Number, std::vector<Number>> waiting;
};

// One more bid that counts, or a better one: what it adds to its category.
struct Improved {
  Number category = 0, count = 0, more = 0;
  auto fields() { return std::tie(category, count, more); }
};

struct Sum {
  Number sum = 0, count = 0;
  auto fields() { return std::tie(sum, count); }
};

// An auction, and its best bid so far. A bid in the auction's millisecond may come before it.
struct Lot {
  bool known = false;
  Number category = 0;
  Time from{}, to{};  // of the auction; while it is unknown, both are the bid's time
  Number best = 0;    // 0: none
  auto fields() { return std::tie(known, category, from, to, best); }
};

struct BestPrices {
  using Out = Context<Number, Improved>;
  static constexpr bool uses_stream_time = true;
  explicit BestPrices(Stores& stores) : lots{stores.keyed<Number, Lot>("q4-lots")} {}

  void on_record(const Number& id, const EventView& event, Out& context) {
    if (event.kind == Kind::Bid) return on_bid(id, bid_in(event), context);
    const Auction auction = auction_in(event);
    Lot& lot = lots.upsert(id);
    const Number early = lot.to == auction.at ? lot.best : 0;
    lot = {true, auction.category, auction.at, auction.expires, early};
    if (early > 0) context.emit(id, {lot.category, 1, early});
    context.timers().at_stream_time(lot.to + Duration{1}, id);
  }
  void on_bid(const Number& id, const BidView& bid, Out& context) {
    const Lot* lot = lots.find(id);
    if (lot == nullptr || (!lot->known && lot->to < bid.at)) {
      lots.put(id, {false, 0, bid.at, bid.at, bid.price});
      context.timers().at_stream_time(bid.at + Duration{1}, id);
    } else if (bid.at <= lot->to && bid.price > lot->best) {
      if (lot->known)
        context.emit(id, {lot->category, lot->best == 0 ? 1U : 0U, bid.price - lot->best});
      lots.upsert(id).best = bid.price;
    }
  }
  void on_timer(const Number& id, Time, Out&) { lots.erase(id); }

  Keyed<Number, Lot> lots;
};

struct WinningBids {
  using Out = Context<Number, BidOnAuction>;
  static constexpr bool uses_stream_time = true;
  explicit WinningBids(Stores& stores)
      : auctions{stores.keyed<Number, Auction>("q9-auctions")},
        best{stores.keyed<Number, Bid>("q9-best")} {}

  void on_record(const Number& id, const EventView& event, Out& context) {
    if (event.kind == Kind::Bid) return on_bid(id, bid_in(event), context);
    Auction auction = auction_in(event);
    const Bid* early = best.find(id);
    if (early != nullptr && early->at < auction.at) best.erase(id);
    context.timers().at_stream_time(auction.expires + Duration{1}, id);
    auctions.put(id, std::move(auction));
  }
  void on_bid(const Number& id, const BidView& bid, Out& context) {
    const Auction* auction = auctions.find(id);
    const Bid* so_far = best.find(id);
    if (auction == nullptr) {
      if (so_far != nullptr && so_far->at == bid.at && so_far->price >= bid.price) return;
      context.timers().at_stream_time(bid.at + Duration{1}, id);
    } else if (bid.at > auction->expires || (so_far != nullptr && so_far->price >= bid.price)) {
      return;
    }
    best.put(id, Serde<Bid>::own(bid));
  }
  // The auction has ended; or no auction came in the millisecond of an early bid.
  void on_timer(const Number& id, Time, Out& context) {
    const Auction* auction = auctions.find(id);
    const Bid* winner = best.find(id);
    if (auction != nullptr && winner != nullptr) context.emit(id, {*winner, *auction});
    auctions.erase(id);
    best.erase(id);
  }

  Keyed<Number, Auction> auctions;
  Keyed<Number, Bid> best;
};

struct BidsOfCategory {
  using Out = Context<Number, BidOnAuction>;
  explicit BidsOfCategory(Stores& stores)
      : auctions{stores.keyed<Number, std::optional<Auction>>("q20-auctions")},
        early{stores.keyed<Number, std::vector<Bid>>("q20-early")} {}

  void on_record(const Number& id, const EventView& event, Out& context) {
    if (event.kind == Kind::Bid) return on_bid(id, bid_in(event), context);
    std::optional<Auction> auction = auction_in(event);
    if (auction->category != kWantedCategory) auction.reset();
    if (const auto* bids = early.find(id)) {
      for (const Bid& bid : *bids) {
        if (auction) context.emit(id, {bid, *auction});
      }
      early.erase(id);
    }
    auctions.put(id, std::move(auction));
  }
  void on_bid(const Number& id, const BidView& bid, Out& context) {
    if (const auto* auction = auctions.find(id)) {
      if (*auction) context.emit(id, {Serde<Bid>::own(bid), **auction});
    } else {
      early.upsert(id).push_back(Serde<Bid>::own(bid));
    }
  }

  Keyed<Number, std::optional<Auction>> auctions;  // empty: of another category
  Keyed<Number, std::vector<Bid>> early;           // on auctions that have not come yet
};

}  // namespace

App q3() {
  App app{"nexmark-q3"};
  app.stream(all_events)
      .filter([](const EventView& event) { return event.kind != Kind::Bid; })
      .rekey([](const EventView& event) {
        return event.kind == Kind::Person ? person_in(event).id : auction_in(event).seller;
      })
      .process([](Stores& stores) { return SellersOfCategory{stores}; })
      .to(Topic<Number, LocalSeller>{"nexmark.q3"});
  return app;
}

App q4() {
  App app{"nexmark-q4"};
  by_auction(app)
      .process([](Stores& stores) { return BestPrices{stores}; })
      .group_by([](const Improved& improved) { return improved.category; })
      .aggregate("q4-sums", Sum{},
                 [](Sum& sum, const Improved& improved) {
                   sum.sum += improved.more;
                   sum.count += improved.count;
                 })
      .map([](const Sum& sum) { return sum.sum / sum.count; })
      .to(Topic<Number, Number>{"nexmark.q4"});
  return app;
}

App q9() {
  App app{"nexmark-q9"};
  by_auction(app)
      .process([](Stores& stores) { return WinningBids{stores}; })
      .to(Topic<Number, BidOnAuction>{"nexmark.q9"});
  return app;
}

App q20() {
  App app{"nexmark-q20"};
  by_auction(app)
      .process([](Stores& stores) { return BidsOfCategory{stores}; })
      .to(Topic<Number, BidOnAuction>{"nexmark.q20"});
  return app;
}

}  // namespace vitrine::nexmark
