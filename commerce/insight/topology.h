#pragma once
// App "insight": the models, in a domain of their own. It reads what App "shop" and App "audience"
// have committed (EngineOptions::upstreams), and nobody waits for it.
//
//   model.commands -> model.events, model.records                 their lives (commerce/models)
//   show.chat, show.timeline, insight.commands -> show.insights   questions (commerce/assistant)
//   shop.events -> insight.shelf, insight.commands -> shop.faq    what it answers from
//   show.chat -> show.insights                                    mood, alerts (commerce/sentiment)
//   these alerts, insight.commands, show.timeline, show.chat
//                               -> show.insights                  acts (commerce/autopilot)
//   shop.events, show.timeline, viewer.activity, insight.commands
//                               -> viewer.offers, show.insights   offers (commerce/recommend)
//   show.chat and the same      -> show.insights                  hot leads (commerce/leads)
#include "commerce/models/scorer.h"
#include "vitrine/app.h"

namespace vitrine {

App insight_app();

// The models that have versions, one a name.
const models::Kinds& model_kinds();

}  // namespace vitrine
