#pragma once
// Adds the recommender to an App: README.md beside this says what it does.
//
//   shop.events, show.timeline, viewer.activity, insight.commands
//     -> recommend.inputs (by shop) -> viewer.offers (by viewer), show.insights (by show)
//
// State, bounded by state.h: recommend-shops, -products (shop|sku), -sessions (shop|number), -pairs
// (shop|product), -visitors (shop|viewer; gone a day after their last act), -shows (shop|show).
#include "vitrine/app.h"

namespace vitrine::recommend {

void add_recommend(App& app);

}  // namespace vitrine::recommend
