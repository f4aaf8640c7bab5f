// How orders and holds end: by the provider's word, by time, by the viewer.
#include "base/result.h"
#include "commerce/cart/decide.h"
#include "commerce/inventory/decide.h"
#include "commerce/orders/decide.h"
#include "commerce/shop/decide_parts.h"

namespace vitrine::shop {

using inventory::Reservation;
using inventory::ReservationState;

namespace parts {

namespace {

Events confirmed(const ShopView& view, const orders::OrderState& state,
                 const std::string& payment) {
  const Order& order = state.order;
  Events events{event_for(order.viewer(), order.show())};
  auto& event = *events.front().mutable_order_confirmed();
  *event.mutable_order() = order;
  event.mutable_order()->set_status(CONFIRMED);
  event.mutable_order()->set_payment(payment);
  const std::vector<Line> lines(order.lines().begin(), order.lines().end());
  const auto left = inventory::sell(view, lines);
  event.mutable_stock()->Add(left.begin(), left.end());
  if (const cart::Cart* cart = view.cart(order.viewer())) {
    for (auto& taken : cart::take_out(*cart, lines)) {
      events.push_back(event_for(order.viewer(), order.show()));
      *events.back().mutable_cart_line_set() = std::move(taken);
    }
  }
  return events;
}

}  // namespace

ShopEvent released(const ShopView& view, const std::string& id, const Reservation& held,
                   ReleaseCause cause) {
  ShopEvent event = event_for(held.viewer, held.show);
  auto& body = *event.mutable_reservation_released();
  body.set_reservation(id);
  body.set_cause(cause);
  body.mutable_lines()->Add(held.lines.begin(), held.lines.end());
  const auto left = inventory::release(view, held.lines);
  body.mutable_stock()->Add(left.begin(), left.end());
  return event;
}

Events rejected(const ShopView& view, const orders::OrderState& state, const std::string& reason,
                const std::string& payment) {
  const Order& order = state.order;
  const Reservation* held = view.reservation(order.reservation());
  VT_CHECK_MSG(held != nullptr, order.id());
  Events events{event_for(order.viewer(), order.show())};
  auto& ended = *events.front().mutable_order_rejected()->mutable_order();
  ended = order;
  ended.set_status(REJECTED);
  ended.set_reason(reason);
  ended.set_payment(payment);
  events.push_back(released(view, order.reservation(), *held, PAYMENT_FAILED));
  return events;
}

Outcome payment_report(const ShopView& view, const PaymentReport& report) {
  if (report.result() != APPROVED && report.result() != DECLINED && report.result() != TIMED_OUT) {
    return model::refuse("schema", "a payment report says approved, declined or timed out");
  }
  const orders::OrderState* state = view.order(report.order());
  const orders::Verdict verdict = orders::judge(state, report);
  switch (verdict.settlement) {
    case orders::Settlement::Confirm: return confirmed(view, *state, report.payment());
    case orders::Settlement::Reject:
      return rejected(view, *state, verdict.reason, report.payment());
    case orders::Settlement::Note: break;
  }
  Events events{state ? event_for(state->order.viewer(), state->order.show()) : ShopEvent{}};
  auto& noted = *events.front().mutable_payment_noted();
  noted.set_order(report.order());
  noted.set_payment(report.payment());
  noted.set_result(report.result());
  noted.set_needs_refund(verdict.needs_refund);
  *noted.mutable_amount() = report.amount();
  return events;
}

}  // namespace parts

Events expire_hold(const ShopView& view, std::string_view reservation) {
  const Reservation* held = view.reservation(reservation);
  if (held == nullptr || held->state != ReservationState::Held) return {};
  return {parts::released(view, std::string(reservation), *held, EXPIRED)};
}

Events expire_payment(const ShopView& view, std::string_view order) {
  const orders::OrderState* state = view.order(order);
  if (state == nullptr || state->order.status() != PENDING) return {};
  return parts::rejected(view, *state, "timeout", "");
}

}  // namespace vitrine::shop
