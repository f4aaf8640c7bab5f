#pragma once
// The first nodes of most queries.
#include "bench/nexmark/events.h"
#include "vitrine/app.h"

namespace vitrine::nexmark {

// Every bid, under the event's empty key.
Stream<std::string, Bid> bids_of(App& app);
// Bids and auctions, under the auction's id.
Stream<Number, Event> by_auction(App& app);

}  // namespace vitrine::nexmark
