#pragma once
// Committed records, folded into the views and told to the channels; and the JSON both show.
#include <string>

#include "commerce/model/proto/api.pb.h"
#include "commerce/model/proto/audience.pb.h"
#include "gateway/channel.h"
#include "gateway/core.h"

namespace vitrine::gateway {

// One committed record of the shop's or the audience's domain, in position order.
void feed_shop(Core& core, const Positioned& record);
void feed_audience(Core& core, const Positioned& record);

// What a ShowEvent, a ChatEvent is in public; nothing when it is not for everybody.
std::optional<std::string> public_json(const ShowEvent& event);
std::optional<std::string> public_json(const ChatEvent& event);

api::ShowView show_now(const Core& core, const ShowView::Show& show);
std::string kpis_json(const ShowView::Show& show, bool with_revenue);
std::string reactions_json(const ShowView::Show& show, const ReactionTick* tick);
api::CartView cart_now(const Core& core, const std::string& viewer);
api::ProductView product_now(const Core& core, const std::string& sku);
// What an author is told of her message: held messages have no number yet.
struct ChatAnswer {
  std::uint64_t number = 0;
  bool held = false, again = false;
};
ChatAnswer chat_answer(const ChatEvent& event);

ChatCommand chat_command(const Caller& author, const api::ChatRequest& request);

// The log channels of a show, which exist from its first event on.
ChannelSource timeline_source(Core& core, const std::string& show);
ChannelSource chat_source(const std::string& show);

}  // namespace vitrine::gateway
