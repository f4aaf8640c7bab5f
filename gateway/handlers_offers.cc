// What a viewer looks at, and what the host wishes to clear.
#include "gateway/ask.h"
#include "gateway/offers_feed.h"

namespace vitrine::gateway::handlers {

void view_product(Core& core, const CallPtr& call) {
  const std::string& sku = call->body_as<api::ProductViewRequest>().sku();
  if (core.shows.show(call->parameter("show")) == nullptr)
    return call->refuse({ProblemType::NotFound, "There is no such show."});
  if (core.shop_view.product(sku) == nullptr)
    return call->refuse({ProblemType::NotFound, "There is no such product."});
  if (const int wait_s = core.view_rate.take(call->caller.id, core.env.clock.now()); wait_s > 0)
    return call->refuse({ProblemType::RateLimited, "Too many products at once.", wait_s});
  log_opened(core, call->parameter("show"), call->caller.id, sku,
             [call](Result<Position> position) {
               if (!position) return call->refuse(problem_of(position.error()));
               api::Accepted accepted;
               accepted.set_as_of(call->core.as_of(Domain::Audience, *position));
               call->answer(202, accepted);
             });
}

void set_clearing(Core& core, const CallPtr& call) {
  if (core.shows.show(call->parameter("show")) == nullptr)
    return call->refuse({ProblemType::NotFound, "There is no such show."});
  InsightCommand command;
  SetClearing& clearing = *command.mutable_clearing();
  clearing.set_shop(core.options.shop);
  clearing.set_sku(call->parameter("sku"));
  clearing.set_percent(call->body_as<api::ClearingRequest>().percent());
  ask_insight(call, call->parameter("show"), std::move(command),
              [call](const InsightEvent& event, Position) {
                call->answer(200, event.clearing_set());
              });
}

void contact_lead(Core& core, const CallPtr& call) {
  if (core.shows.show(call->parameter("show")) == nullptr)
    return call->refuse({ProblemType::NotFound, "There is no such show."});
  InsightCommand command;
  command.mutable_contact()->set_lead(call->parameter("lead"));
  ask_insight(
      call, call->parameter("show"), std::move(command),
      [call](const InsightEvent& event, Position) { call->answer(200, event.lead()); });
}

}  // namespace vitrine::gateway::handlers
