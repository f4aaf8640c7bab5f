#pragma once
// What viewers do with products, into the log; what they are offered for it, to their pages.
#include "gateway/channel.h"
#include "gateway/core.h"
#include "gateway/problem.h"

namespace vitrine::gateway {

// One committed record of viewer.offers.
void feed_offers(Core& core, const Positioned& record);

// Her channel viewer.offers:{show}. Who listens has arrived: that is logged, at most once a minute,
// and answered with offers for somebody of whom nothing else is known.
ChannelSource offers_source(Core& core, const std::string& show, const std::string& viewer);

// Of a product and a show that are known. `done` after the commit.
void log_opened(Core& core, const std::string& show, const std::string& viewer,
                const std::string& sku, std::function<void(Result<Position>)> done);

}  // namespace vitrine::gateway
