#pragma once
// Every topic of the house: its name, its key and what it carries. Keys are texts; the scope in the
// name is the key.
//
// App "shop" decides about money and stock and owns the first five; App "audience" owns the others
// and reads shop.events and show.timeline as an outside system would; App "insight" owns the last.
#include "commerce/model/proto/assistant.pb.h"
#include "commerce/model/proto/audience.pb.h"
#include "commerce/model/proto/insight.pb.h"
#include "commerce/model/proto/models.pb.h"
#include "commerce/model/proto/recommend.pb.h"
#include "commerce/model/proto/shop.pb.h"
#include "commerce/model/proto/show.pb.h"
#include "commerce/model/serde.h"
#include "vitrine/topic.h"

namespace vitrine::topics {

inline const Topic<std::string, ShopCommand> shop_commands{"shop.commands"};
inline const Topic<std::string, ShopEvent> shop_events{"shop.events"};
inline const Topic<std::string, ShowCommand> show_commands{"show.commands"};
inline const Topic<std::string, ShowEvent> show_timeline{"show.timeline"};
inline const Topic<std::string, PaymentRequest> payment_requests{
    "payment.requests"};  // key: order id

inline const Topic<std::string, ChatCommand> chat_commands{"chat.commands"};
inline const Topic<std::string, ChatEvent> show_chat{"show.chat"};
inline const Topic<std::string, ReactionTick> show_reactions{"show.reactions"};
inline const Topic<std::string, Activity> viewer_activity{"viewer.activity"};  // key: show id
inline const Topic<std::string, ShowKpis> show_kpis{"show.kpis"};

// Inside App "audience": see commerce/kpi/README.md.
inline const Topic<std::string, ShowFact> kpi_shop_facts{"kpi.shop-facts"};  // key: shop id
inline const Topic<std::string, ShowFact> kpi_facts{"kpi.facts"};            // key: show id

inline const Topic<std::string, InsightCommand> insight_commands{"insight.commands"};
inline const Topic<std::string, InsightEvent> show_insights{"show.insights"};
// What each viewer is offered: commerce/recommend/README.md. A day of it is enough for a page.
inline const Topic<std::string, ViewerOffers> viewer_offers{
    "viewer.offers", {.keep = {.retention = std::chrono::hours{24}}}};
inline const Topic<std::string, RecommendInput> recommend_inputs{
    "recommend.inputs", {.keep = {.retention = std::chrono::hours{1}}}};  // key: shop id
// What the assistant answers from, as it is now: see commerce/assistant/README.md.
inline const Topic<std::string, ShopFaq> shop_faq{"shop.faq",
                                                  {.keep = {.compact = true}}};  // key: shop id
inline const Topic<std::string, ShelfRow> insight_shelf{
    "insight.shelf", {.keep = {.compact = true}}};  // key: "shop|sku"

// The life of the models: see commerce/models/README.md. Keys: a model's name; records also
// "name/version".
inline const Topic<std::string, ModelCommand> model_commands{"model.commands"};
inline const Topic<std::string, ModelEvent> model_events{"model.events"};
inline const Topic<std::string, ModelEntry> model_records{"model.records",
                                                          {.keep = {.compact = true}}};
inline const Topic<std::string, ShadowScore> model_shadows{
    "model.shadows", {.keep = {.retention = std::chrono::hours{24}}}};  // key: show id

}  // namespace vitrine::topics
