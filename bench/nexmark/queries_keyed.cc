#include <algorithm>

#include "bench/nexmark/bids.h"
#include "bench/nexmark/queries.h"
#include "bench/nexmark/results.h"

namespace vitrine::nexmark {
namespace {

// Emits a bid when it is among the highest, with its rank then.
struct HighestBids {
  using Out = Context<Number, HighBid>;
  explicit HighestBids(Stores& stores) : top{stores.keyed<Number, HighBids>("q19-top")} {}

  void on_record(const Number& auction, const BidView& bid, Out& context) {
    const HighBids* so_far = top.find(auction);
    const bool full = so_far != nullptr && so_far->bids.size() == kTop;
    if (full && bid.price <= so_far->bids.back().price) return;
    auto& bids = top.upsert(auction).bids;
    const auto place =
        std::find_if(bids.begin(), bids.end(),
                     [&](const HighBid& other) { return other.price < bid.price; });
    const auto rank = static_cast<Number>(place - bids.begin()) + 1;
    const HighBid entered{rank, auction, bid.bidder, bid.price, bid.at};
    bids.insert(place, entered);
    if (bids.size() > kTop) bids.pop_back();
    context.emit(auction, entered);
  }

  Keyed<Number, HighBids> top;  // best first; their ranks are those they entered with
};

}  // namespace

App q17() {
  App app{"nexmark-q17"};
  bids_of(app)
      .group_by([](const BidView& bid) { return AuctionDay{bid.auction, day_of(bid.at)}; })
      .aggregate("q17-days", DayOfBids{},
                 [](DayOfBids& day, const BidView& bid) {
                   day.least = day.bids == 0 ? bid.price : std::min(day.least, bid.price);
                   day.most = std::max(day.most, bid.price);
                   day.sum += bid.price;
                   ++day.bids;
                   ++(bid.price < kLowBelow      ? day.low
                      : bid.price < kMiddleBelow ? day.middle
                                                 : day.high);
                 })
      .to(Topic<AuctionDay, DayOfBids>{"nexmark.q17"});
  return app;
}

App q18() {
  App app{"nexmark-q18"};
  bids_of(app)
      .group_by([](const BidView& bid) { return BidderAuction{bid.bidder, bid.auction}; })
      .aggregate("q18-last", Bid{},
                 [](Bid& last, const BidView& bid) { last = Serde<Bid>::own(bid); })
      .to(Topic<BidderAuction, Bid>{"nexmark.q18"});
  return app;
}

App q19() {
  App app{"nexmark-q19"};
  bids_of(app)
      .rekey([](const BidView& bid) { return bid.auction; })
      .process([](Stores& stores) { return HighestBids{stores}; })
      .to(Topic<Number, HighBid>{"nexmark.q19"});
  return app;
}

}  // namespace vitrine::nexmark
