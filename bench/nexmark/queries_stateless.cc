#include "bench/nexmark/bids.h"
#include "bench/nexmark/queries.h"
#include "bench/nexmark/results.h"

namespace vitrine::nexmark {

Stream<std::string, Bid> bids_of(App& app) {
  return app.stream(all_events).flat_map<Bid>([](const EventView& event, Emit<Bid>& emit) {
    if (event.kind == Kind::Bid) emit(bid_in(event));
  });
}

Stream<Number, Event> by_auction(App& app) {
  return app.stream(all_events)
      .filter([](const EventView& event) { return event.kind != Kind::Person; })
      .rekey([](const EventView& event) {
        return event.kind == Kind::Bid ? bid_in(event).auction : auction_in(event).id;
      });
}

App q0() {
  App app{"nexmark-q0"};
  bids_of(app).to(Topic<std::string, Bid>{"nexmark.q0"});
  return app;
}

App q1() {
  App app{"nexmark-q1"};
  bids_of(app)
      .flat_map<Bid>([](BidView bid, Emit<Bid>& emit) {
        bid.price = q1_price(bid.price);
        emit(bid);
      })
      .to(Topic<std::string, Bid>{"nexmark.q1"});
  return app;
}

App q2() {
  App app{"nexmark-q2"};
  bids_of(app)
      .filter([](const BidView& bid) { return q2_wants(bid.auction); })
      .map([](const BidView& bid) { return AuctionPrice{bid.auction, bid.price}; })
      .to(Topic<std::string, AuctionPrice>{"nexmark.q2"});
  return app;
}

}  // namespace vitrine::nexmark
