#include "commerce/recommend/inputs.h"

namespace vitrine::recommend {
namespace {

bool matters(const ShopEvent& event) {
  switch (event.body_case()) {
    case ShopEvent::kProductPut:
    case ShopEvent::kStockSet:
    case ShopEvent::kCartLineSet:
    case ShopEvent::kItemsReserved:
    case ShopEvent::kReservationReleased:
    case ShopEvent::kOrderConfirmed: return true;
    default: return false;
  }
}

template <class P>
auto plainly() {
  return [](Stores&) { return P{}; };
}

}  // namespace

void add_inputs(App& app) {
  app.stream(topics::shop_events)
      .process("recommend-shop", plainly<ShopToInputs>())
      .to(topics::recommend_inputs);
  app.stream(topics::show_timeline)
      .process("recommend-timeline", [](Stores& stores) { return TimelineToInputs{stores}; })
      .to(topics::recommend_inputs);
  app.stream(topics::viewer_activity)
      .process("recommend-activity", plainly<ActivityToInputs>())
      .to(topics::recommend_inputs);
  app.stream(topics::insight_commands)
      .process("recommend-commands", plainly<CommandsToInputs>())
      .to(topics::recommend_inputs);
}

void ShopToInputs::on_record(std::string_view shop, const ShopEvent& event, InputContext& out) {
  if (!matters(event)) return;
  RecommendInput input;
  input.set_show(event.show());
  input.set_viewer(event.viewer());
  *input.mutable_shop() = event;
  out.emit(shop, input);
}

TimelineToInputs::TimelineToInputs(Stores& stores)
    : shop_of_(stores.keyed<std::string>("recommend-shop-of-show")) {}

void TimelineToInputs::on_record(std::string_view show, const ShowEvent& event,
                                 InputContext& out) {
  if (event.has_created()) shop_of_.put(show, event.created().shop());
  const std::string* shop = shop_of_.find(show);
  const bool has_ended =
      event.has_state_changed() && event.state_changed().after() == ENDED;
  if (shop == nullptr || !(event.has_pinned() || event.has_unpinned() || has_ended)) return;
  RecommendInput input;
  input.set_show(std::string(show));
  *input.mutable_timeline() = event;
  out.emit(std::string(*shop), input);
}

void ActivityToInputs::on_record(std::string_view show, const Activity& activity,
                                 InputContext& out) {
  RecommendInput input;
  input.set_show(std::string(show));
  input.set_viewer(activity.viewer());
  if (activity.has_opened()) {
    *input.mutable_opened() = activity.opened();
    out.emit(activity.opened().shop(), input);
  } else if (activity.has_arrived()) {
    *input.mutable_arrived() = activity.arrived();
    out.emit(activity.arrived().shop(), input);
  }
}

void CommandsToInputs::on_record(std::string_view show, const InsightCommand& command,
                                 InputContext& out) {
  if (!command.has_clearing()) return;
  RecommendInput input;
  input.set_show(std::string(show));
  *input.mutable_clearing() = command.clearing();
  out.emit(command.clearing().shop(), input);
}

}  // namespace vitrine::recommend
