#include "bench/nexmark/bids.h"
#include "bench/nexmark/queries.h"
#include "bench/nexmark/results.h"

namespace vitrine::nexmark {
namespace {

using BidsOfKey = Topic<Windowed<Number>, Number>;

void add_one(Number& count, const BidView&) { ++count; }
void add(Number& count, const Number& more) { count += more; }

// The auctions with the most bids of each window, when the window's counts have all come.
struct MostBids {
  struct Count {
    Number auction = 0, bids = 0;
    auto fields() { return std::tie(auction, bids); }
  };
  struct Most {
    Number bids = 0;
    std::vector<Number> auctions;
    auto fields() { return std::tie(bids, auctions); }
  };
  using Out = Context<Windowed<Number>, Number, Time>;
  static constexpr bool uses_stream_time = true;

  explicit MostBids(Stores& stores) : most{stores.keyed<Time, Most>("q5-most")} {}

  void on_record(const Time& end, const Count& count, Out& context) {
    const Most* so_far = most.find(end);
    if (so_far == nullptr) context.timers().at_stream_time(end + Duration{1}, end);
    if (so_far != nullptr && count.bids < so_far->bids) return;
    Most& now = most.upsert(end);
    if (count.bids > now.bids) now = {count.bids, {}};
    now.auctions.push_back(count.auction);
  }
  void on_timer(const Time& end, Time, Out& context) {
    const Most& found = *most.find(end);
    for (const Number auction : found.auctions)
      context.emit({auction, {end - kWindow, end}}, found.bids);
    most.erase(end);
  }

  Keyed<Time, Most> most;
};

// Bids per bidder until the wall clock reaches the end of its window.
struct WallCount {
  using Out = Context<Windowed<Number>, Number, Number>;
  explicit WallCount(Stores& stores) : bids{stores.keyed<Number, Number>("q12-bids")} {}

  void on_record(const Number& bidder, const BidView&, Out& context) {
    Number& count = bids.upsert(bidder);
    if (count++ == 0) context.timers().at(window_of(context.wall(), kWindow).end, bidder);
  }
  void on_timer(const Number& bidder, Time end, Out& context) {
    context.emit({bidder, {end - kWindow, end}}, *bids.find(bidder));
    bids.erase(bidder);
  }

  Keyed<Number, Number> bids;
};

}  // namespace

App q5() {
  App app{"nexmark-q5"};
  using Count = MostBids::Count;
  bids_of(app)
      .group_by([](const BidView& bid) { return bid.auction; })
      .window(Hopping{.size = kWindow, .advance = kAdvance}, "q5-counts", Number{0}, add_one, add)
      .emit(on_close, drop_late)
      .map([](const Windowed<Number>& key, const Number& bids) { return Count{key.key, bids}; })
      .rekey([](const Windowed<Number>& key, const Count&) { return key.window.end; })
      .process([](Stores& stores) { return MostBids{stores}; })
      .to(BidsOfKey{"nexmark.q5"});
  return app;
}

App q7() {
  App app{"nexmark-q7"};
  bids_of(app)
      .group_by([](const BidView&) { return Number{0}; })
      .window(Tumbling{.size = kWindow}, "q7-highest", HighBids{},
              [](HighBids& highest, const BidView& bid) {
                auto& bids = highest.bids;
                if (!bids.empty() && bid.price < bids.front().price) return;
                if (!bids.empty() && bid.price > bids.front().price) bids.clear();
                bids.push_back({1, bid.auction, bid.bidder, bid.price, bid.at});
              })
      .emit(on_close, drop_late)
      .to(Topic<Windowed<Number>, HighBids>{"nexmark.q7"});
  return app;
}

App q8() {
  App app{"nexmark-q8"};
  const auto all = app.stream(all_events);
  const auto people =
      all.filter([](const EventView& event) { return event.kind == Kind::Person; })
          .map([](const EventView& event) { return person_in(event); })
          .group_by([](const Person& person) { return person.id; })
          .window(Tumbling{.size = kWindow}, "q8-people", Newcomer{},
                  [](Newcomer& who, const Person& person) { who.name = person.name; })
          .emit(each_update);
  const auto sellers =
      all.filter([](const EventView& event) { return event.kind == Kind::Auction; })
          .map([](const EventView& event) { return auction_in(event); })
          .group_by([](const Auction& auction) { return auction.seller; })
          .window(Tumbling{.size = kWindow}, "q8-sellers", Number{0},
                  [](Number& auctions, const Auction&) { ++auctions; })
          .emit(each_update)
          .filter([](const Number& auctions) { return auctions == 1; });
  people
      .join(sellers, within(kWindow, kWindow), "q8-both",
            [](const Newcomer& who, const Number&) { return who; })
      .to(Topic<Windowed<Number>, Newcomer>{"nexmark.q8"});
  return app;
}

App q11() {
  App app{"nexmark-q11"};
  bids_of(app)
      .group_by([](const BidView& bid) { return bid.bidder; })
      .window(Session{.gap = kWindow}, "q11-sessions", Number{0}, add_one, add)
      .emit(on_close, drop_late)
      .to(BidsOfKey{"nexmark.q11"});
  return app;
}

App q12() {
  App app{"nexmark-q12"};
  bids_of(app)
      .rekey([](const BidView& bid) { return bid.bidder; })
      .process([](Stores& stores) { return WallCount{stores}; })
      .to(BidsOfKey{"nexmark.q12"});
  return app;
}

}  // namespace vitrine::nexmark
