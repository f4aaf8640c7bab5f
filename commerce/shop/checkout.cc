#include <algorithm>

#include "commerce/inventory/decide.h"
#include "commerce/model/ids.h"
#include "commerce/orders/decide.h"
#include "commerce/shop/decide_parts.h"

namespace vitrine::shop::parts {

using inventory::Reservation;
using inventory::ReservationState;
using model::refuse;

namespace {

std::vector<Line> wanted_lines(const Moment& now, const Reserve& body) {
  if (body.lines_size() > 0) return {body.lines().begin(), body.lines().end()};
  std::vector<Line> lines;
  if (const cart::Cart* cart = now.view.cart(now.command.viewer())) {
    for (const auto& in_cart : cart->lines) {
      lines.emplace_back().set_sku(in_cart.sku);
      lines.back().set_quantity(in_cart.quantity);
    }
  }
  return lines;
}

// Today's prices on the lines, unless the buyer saw another.
model::Decided<std::vector<Line>> priced(const Moment& now, std::vector<Line> lines) {
  for (Line& line : lines) {
    const Product* product = now.view.product(line.sku());
    if (product == nullptr) return refuse("not-found", "no product " + line.sku());
    const Money& price = product->price();
    const Money& seen = line.unit_price();
    if (line.has_unit_price() &&
        (seen.amount() != price.amount() || seen.currency() != price.currency())) {
      auto refused = refuse("price-changed", "the price of " + line.sku() + " has changed");
      *refused.value().mutable_price_before() = seen;
      *refused.value().mutable_price_now() = price;
      return refused;
    }
    *line.mutable_unit_price() = price;
  }
  return lines;
}

// The caller's own reservation; another's is as good as absent.
const Reservation* own_reservation(const Moment& now, const std::string& id) {
  const Reservation* found = now.view.reservation(id);
  return found != nullptr && found->viewer == now.command.viewer() ? found : nullptr;
}

}  // namespace

Outcome reserve(const Moment& now, const Reserve& body) {
  if (now.command.viewer().empty())
    return refuse("permission", "a reservation belongs to a viewer");
  auto summed = priced(now, wanted_lines(now, body)).and_then([](const std::vector<Line>& lines) {
    return inventory::sum_by_sku(lines);
  });
  if (!summed) return tl::unexpected(std::move(summed).error());
  auto total = orders::total_of(*summed);
  if (!total) return tl::unexpected(std::move(total).error());
  auto left = inventory::reserve(now.view, *summed);
  if (!left) return tl::unexpected(std::move(left).error());

  Events events{event_for(now.command.viewer(), now.command.show())};
  auto& reserved = *events.front().mutable_items_reserved();
  reserved.set_reservation(model::id_at(model::kReservationPrefix, now.position.value()));
  reserved.mutable_lines()->Add(summed->begin(), summed->end());
  *reserved.mutable_total() = *total;
  reserved.set_expires_at_ms(millis_of(now.at + now.options.hold));
  reserved.mutable_stock()->Add(left->begin(), left->end());
  return events;
}

Outcome release_reservation(const Moment& now, const ReleaseReservation& body) {
  const Reservation* held = own_reservation(now, body.reservation());
  if (held == nullptr) return refuse("not-found", "no reservation " + body.reservation());
  if (held->state == ReservationState::Ordered) {
    return refuse("in-progress", "it is being paid for as " + held->order);
  }
  if (held->state != ReservationState::Held) {
    return refuse("reservation-expired", "the reservation has ended already");
  }
  return Events{released(now.view, body.reservation(), *held, CANCELLED)};
}

Outcome place_order(const Moment& now, const PlaceOrder& body) {
  const Reservation* held = own_reservation(now, body.reservation());
  if (held == nullptr || now.command.viewer().empty()) {
    return refuse("not-found", "no reservation " + body.reservation());
  }
  if (body.payment_token().empty()) return refuse("schema", "a payment token is required");
  if (held->state == ReservationState::Ordered || held->state == ReservationState::Sold) {
    return refuse("reservation-expired", "it was ordered already as " + held->order);
  }
  if (held->state == ReservationState::Released || held->expires_at_ms <= millis_of(now.at)) {
    return refuse("reservation-expired", "the reservation has ended");
  }
  Events events{event_for(now.command.viewer(), held->show)};
  auto& placed = *events.front().mutable_order_placed();
  auto& order = *placed.mutable_order();
  order.set_id(model::id_at(model::kOrderPrefix, now.position.value()));
  order.set_viewer(held->viewer);
  order.set_show(held->show);
  order.set_reservation(body.reservation());
  order.mutable_lines()->Add(held->lines.begin(), held->lines.end());
  *order.mutable_total() = held->total;
  order.set_status(PENDING);
  order.set_placed_at_ms(millis_of(now.at));
  placed.set_payment_token(body.payment_token());
  placed.set_payment_due_ms(millis_of(now.at + now.options.payment_wait));
  return events;
}

}  // namespace vitrine::shop::parts
