#include "commerce/shop/writer.h"

namespace vitrine::shop {

namespace {

constexpr std::string_view kHold = "hold:", kPayment = "payment:", kForget = "forget:",
                           kKey = "key:";

ShopEvent answer_again(const ShopCommand& command, const Answer& answer) {
  ShopEvent event;
  event.set_viewer(command.viewer());
  event.set_show(command.show());
  if (answer.body_hash != command.body_hash()) {
    auto& refused = *event.mutable_refused();
    refused.set_code("idempotency-conflict");
    refused.set_detail("this idempotency key was used with another body");
    const auto* field = ShopCommand::descriptor()->FindFieldByNumber(command.body_case());
    refused.set_command(field == nullptr ? "" : field->name());
    return event;
  }
  auto& again = *event.mutable_answered_again();
  again.mutable_events()->Add(answer.events.begin(), answer.events.end());
  return event;
}

void add_deadlines(Step& step, const ShopEvent& event, Time at, const ShopOptions& options) {
  auto add = [&](Time due, std::string_view kind, const std::string& id) {
    step.deadlines.push_back({due, std::string(kind) + id});
  };
  switch (event.body_case()) {
    case ShopEvent::kItemsReserved:
      return add(time_of_millis(event.items_reserved().expires_at_ms()), kHold,
                 event.items_reserved().reservation());
    case ShopEvent::kOrderPlaced:
      return add(time_of_millis(event.order_placed().payment_due_ms()), kPayment,
                 event.order_placed().order().id());
    case ShopEvent::kReservationReleased:
      return add(at + options.reservations_kept, kForget,
                 event.reservation_released().reservation());
    case ShopEvent::kOrderConfirmed:
      return add(at + options.reservations_kept, kForget,
                 event.order_confirmed().order().reservation());
    default: return;
  }
}

Step apply(ShopTables& tables, Events events, Time at, const ShopOptions& options) {
  Step step{std::move(events), {}};
  for (const ShopEvent& event : step.events) {
    evolve(tables, event);
    add_deadlines(step, event, at, options);
  }
  return step;
}

void remember(ShopTables& tables, const ShopCommand& command, Step& step, Time at,
              const ShopOptions& options) {
  const std::string& key = command.idempotency_key();
  if (key.empty()) return;
  tables.put_answer(key, {command.body_hash(), step.events});
  step.deadlines.push_back({at + options.answers_kept, std::string(kKey) + key});
  for (const ShopEvent& event : step.events) {
    if (!event.has_order_placed()) continue;
    orders::OrderState order = *tables.order(event.order_placed().order().id());
    order.idempotency_key = key;
    tables.put_order(event.order_placed().order().id(), std::move(order));
  }
}

}  // namespace

Step take(ShopTables& tables, const ShopCommand& command, Time at, Position position,
          const ShopOptions& options) {
  if (!command.idempotency_key().empty()) {
    if (const Answer* answer = tables.answer(command.idempotency_key())) {
      return {{answer_again(command, *answer)}, {}};
    }
  }
  Step step = apply(tables, decide(tables, command, at, position, options), at, options);
  remember(tables, command, step, at, options);
  return step;
}

Step fire(ShopTables& tables, std::string_view tag, Time at, const ShopOptions& options) {
  if (tag.starts_with(kHold))
    return apply(tables, expire_hold(tables, tag.substr(kHold.size())), at, options);
  if (tag.starts_with(kPayment)) {
    return apply(tables, expire_payment(tables, tag.substr(kPayment.size())), at, options);
  }
  if (tag.starts_with(kForget)) tables.drop_reservation(tag.substr(kForget.size()));
  if (tag.starts_with(kKey)) tables.drop_answer(tag.substr(kKey.size()));
  return {};
}

}  // namespace vitrine::shop
