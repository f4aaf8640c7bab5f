#include "commerce/shop/decide.h"

#include "base/result.h"
#include "commerce/cart/decide.h"
#include "commerce/inventory/decide.h"
#include "commerce/orders/decide.h"
#include "commerce/shop/decide_parts.h"

namespace vitrine::shop {

using inventory::Reservation;
using inventory::ReservationState;

namespace parts {

ShopEvent event_for(const std::string& viewer, const std::string& show) {
  ShopEvent event;
  event.set_viewer(viewer);
  event.set_show(show);
  return event;
}

}  // namespace parts

namespace {

parts::Outcome outcome_of(const parts::Moment& now) {
  const ShopCommand& command = now.command;
  switch (command.body_case()) {
    case ShopCommand::kPutProduct: return parts::put_product(now, command.put_product());
    case ShopCommand::kSetStock: return parts::set_stock(now, command.set_stock());
    case ShopCommand::kSetPrice: return parts::set_price(now, command.set_price());
    case ShopCommand::kSetCartLine: return parts::set_cart_line(now, command.set_cart_line());
    case ShopCommand::kReserve: return parts::reserve(now, command.reserve());
    case ShopCommand::kReleaseReservation:
      return parts::release_reservation(now, command.release_reservation());
    case ShopCommand::kPlaceOrder: return parts::place_order(now, command.place_order());
    case ShopCommand::kPaymentReport:
      return parts::payment_report(now.view, command.payment_report());
    case ShopCommand::BODY_NOT_SET: break;
  }
  return model::refuse("schema", "a command needs a body");
}

// "place_order" for a command that holds one.
std::string name_of(const ShopCommand& command) {
  const auto* field = ShopCommand::descriptor()->FindFieldByNumber(command.body_case());
  return field == nullptr ? "" : field->name();
}

void move_reservation(ShopTables& tables, const std::string& id, ReservationState to,
                      const std::string& order) {
  const Reservation* before = tables.reservation(id);
  VT_CHECK_MSG(before != nullptr, id);
  Reservation next = *before;
  next.state = to;
  if (!order.empty()) next.order = order;
  tables.put_reservation(id, std::move(next));
}

template <class Body>
void settle_order(ShopTables& tables, const ShopEvent& event, const Body& body) {
  const orders::OrderState* before = tables.order(body.order().id());
  VT_CHECK_MSG(before != nullptr, body.order().id());
  orders::OrderState next = *before;
  orders::evolve(next, body);
  if (const Answer* answer = tables.answer(next.idempotency_key);
      answer && !next.idempotency_key.empty()) {
    Answer complete = *answer;
    complete.events.push_back(event);
    tables.put_answer(next.idempotency_key, std::move(complete));
  }
  tables.put_order(body.order().id(), std::move(next));
}

void evolve_reserved(ShopTables& tables, const ShopEvent& event) {
  const ItemsReserved& reserved = event.items_reserved();
  inventory::evolve(tables, reserved);
  tables.put_reservation(reserved.reservation(),
                         {.viewer = event.viewer(),
                          .show = event.show(),
                          .lines = {reserved.lines().begin(), reserved.lines().end()},
                          .total = reserved.total(),
                          .expires_at_ms = reserved.expires_at_ms(),
                          .state = ReservationState::Held,
                          .order = ""});
}

void evolve_cart(ShopTables& tables, const ShopEvent& event) {
  const cart::Cart* before = tables.cart(event.viewer());
  cart::Cart next = before ? *before : cart::Cart{};
  cart::evolve(next, event.cart_line_set());
  tables.put_cart(event.viewer(), std::move(next));
}

void evolve_placed(ShopTables& tables, const OrderPlaced& placed) {
  move_reservation(tables, placed.order().reservation(), ReservationState::Ordered,
                   placed.order().id());
  tables.put_order(placed.order().id(), {.order = placed.order(),
                                         .payment_due_ms = placed.payment_due_ms(),
                                         .idempotency_key = "",
                                         .refunds = {}});
}

void evolve_noted(ShopTables& tables, const PaymentNoted& noted) {
  const orders::OrderState* before = tables.order(noted.order());
  if (before == nullptr) return;  // a report for an order nobody placed
  orders::OrderState next = *before;
  orders::evolve(next, noted);
  tables.put_order(noted.order(), std::move(next));
}

}  // namespace

Events decide(const ShopView& view, const ShopCommand& command, Time at, Position position,
              const ShopOptions& options) {
  auto outcome = outcome_of({view, command, at, position, options});
  if (outcome) return std::move(*outcome);
  Events events{parts::event_for(command.viewer(), command.show())};
  auto& refused = *events.front().mutable_refused();
  refused = std::move(outcome).error();
  refused.set_command(name_of(command));
  return events;
}

void evolve(ShopTables& tables, const ShopEvent& event) {
  switch (event.body_case()) {
    case ShopEvent::kProductPut:
      return tables.put_product(event.product_put().product().sku(), event.product_put().product());
    case ShopEvent::kStockSet: return inventory::evolve(tables, event.stock_set());
    case ShopEvent::kPriceSet: {
      Product product = *tables.product(event.price_set().sku());
      *product.mutable_price() = event.price_set().after();
      return tables.put_product(event.price_set().sku(), std::move(product));
    }
    case ShopEvent::kCartLineSet: return evolve_cart(tables, event);
    case ShopEvent::kItemsReserved: return evolve_reserved(tables, event);
    case ShopEvent::kReservationReleased:
      inventory::evolve(tables, event.reservation_released());
      return move_reservation(tables, event.reservation_released().reservation(),
                              ReservationState::Released, "");
    case ShopEvent::kOrderPlaced: return evolve_placed(tables, event.order_placed());
    case ShopEvent::kOrderConfirmed:
      inventory::evolve(tables, event.order_confirmed());
      move_reservation(tables, event.order_confirmed().order().reservation(),
                       ReservationState::Sold, "");
      return settle_order(tables, event, event.order_confirmed());
    case ShopEvent::kOrderRejected: return settle_order(tables, event, event.order_rejected());
    case ShopEvent::kPaymentNoted: return evolve_noted(tables, event.payment_noted());
    case ShopEvent::kRefused:
    case ShopEvent::kAnsweredAgain:
    case ShopEvent::BODY_NOT_SET: return;
  }
}

}  // namespace vitrine::shop
