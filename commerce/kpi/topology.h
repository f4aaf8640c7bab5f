#pragma once
// App "audience": the chat and the KPIs.
//
//   shop.events ---------+-> kpi.shop-facts (by shop) --> stock and sales of each show --+
//   show.timeline -------+                                                               +->
//   kpi.facts (by show) -> show.kpis viewer.activity, show.chat, show.reactions
//   ------------------------------------------+
//
// shop.events and show.timeline come from App "shop" (EngineOptions::upstreams).
#include "commerce/chat/decide.h"
#include "vitrine/app.h"

namespace vitrine {

App audience_app(const chat::ChatOptions& options = {});

namespace kpi {
void add_kpis(App& app);
}  // namespace kpi

}  // namespace vitrine
