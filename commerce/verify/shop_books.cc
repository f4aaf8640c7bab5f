#include "commerce/verify/shop_books.h"

namespace vitrine::verify {

namespace {

const std::string kEvents = "shop.events", kCommands = "shop.commands",
                  kRequests = "payment.requests";

std::string unit_key(const Place& place, const std::string& sku) { return place.key + '|' + sku; }
std::string payment_key(const std::string& order, const std::string& payment) {
  return order + '|' + payment;
}

}  // namespace

ShopBooks::Quantities ShopBooks::summed(const Lines& lines) const {
  Quantities out;
  for (const Line& line : lines) out[line.sku()] += line.quantity();
  return out;
}

void ShopBooks::add(const Place& place, const ShopEvent& event) {
  switch (event.body_case()) {
    case ShopEvent::kStockSet: return stock_set(place, event.stock_set());
    case ShopEvent::kItemsReserved: return reserved(place, event.items_reserved());
    case ShopEvent::kReservationReleased: return released(place, event.reservation_released());
    case ShopEvent::kOrderPlaced: return placed(place, event.order_placed());
    case ShopEvent::kOrderConfirmed: return confirmed(place, event.order_confirmed());
    case ShopEvent::kOrderRejected: return rejected(place, event.order_rejected());
    case ShopEvent::kPaymentNoted: return noted(place, event.payment_noted());
    default: return;
  }
}

void ShopBooks::add(const Place& place, const ShopCommand& command) {
  const PaymentReport& report = command.payment_report();
  if (report.result() != APPROVED) return;
  captured_.emplace(payment_key(report.order(), report.payment()),
                    Captured{place.position, report.amount()});
}

void ShopBooks::add(const Place& place, const PaymentRequest& request) {
  requests_[request.order()].push_back({place.position, request.amount()});
}

void ShopBooks::stock_set(const Place& place, const StockSet& event) {
  Units& units = units_[unit_key(place, event.sku())];
  units.on_hand = event.on_hand();
  if (units.reserved > units.on_hand) {
    findings_.add(place, std::to_string(units.reserved) + " of " + event.sku() + " are promised, " +
                             std::to_string(units.on_hand) + " are there");
  }
  if (event.available() != units.on_hand - units.reserved) {
    findings_.add(place, event.sku() + " is said to have " + std::to_string(event.available()) +
                             " left, recounted " + std::to_string(units.on_hand - units.reserved));
  }
}

void ShopBooks::move(const Place& place, const Quantities& quantities, int on_hand_sign,
                     int reserved_sign, const Left& announced) {
  for (const auto& [sku, quantity] : quantities) {
    Units& units = units_[unit_key(place, sku)];
    units.on_hand += on_hand_sign * quantity;
    units.reserved += reserved_sign * quantity;
    if (units.reserved < 0 || units.on_hand < 0 || units.reserved > units.on_hand) {
      findings_.add(place, "oversold: " + std::to_string(units.reserved) + " of " + sku +
                               " are promised, " + std::to_string(units.on_hand) + " are there");
    }
  }
  if (static_cast<std::size_t>(announced.size()) != quantities.size()) {
    findings_.add(place, "the stock told is not that of the lines");
  }
  for (const StockLeft& left : announced) {
    const Units units = units_[unit_key(place, left.sku())];
    if (left.on_hand() == units.on_hand && left.available() == units.on_hand - units.reserved)
      continue;
    findings_.add(place, left.sku() + " is said to have " + std::to_string(left.available()) +
                             " of " + std::to_string(left.on_hand()) + " left, recounted " +
                             std::to_string(units.on_hand - units.reserved) + " of " +
                             std::to_string(units.on_hand));
  }
}

void ShopBooks::check_total(const Place& place, const Lines& lines, const Money& total) {
  Wide sum = 0;
  bool is_one_currency = true;
  for (const Line& line : lines) {
    sum += static_cast<Wide>(line.unit_price().amount()) * line.quantity();
    is_one_currency = is_one_currency && line.unit_price().currency() == total.currency();
  }
  if (sum != total.amount() || !is_one_currency)
    findings_.add(place, "the lines do not add up to " + text_of(total));
}

void ShopBooks::reserved(const Place& place, const ItemsReserved& event) {
  const Quantities units = summed(event.lines());
  if (!holds_.emplace(event.reservation(), Hold{units, true}).second) {
    findings_.add(place, event.reservation() + " is reserved twice");
  }
  check_total(place, event.lines(), event.total());
  move(place, units, 0, +1, event.stock());
}

ShopBooks::Hold* ShopBooks::open_hold(const Place& place, const std::string& id) {
  const auto hold = holds_.find(id);
  if (hold == holds_.end()) {
    findings_.add(place, "no reservation " + id);
  } else if (!hold->second.is_open) {
    findings_.add(place, id + " has ended before");
  } else {
    return &hold->second;
  }
  return nullptr;
}

void ShopBooks::released(const Place& place, const ReservationReleased& event) {
  Hold* hold = open_hold(place, event.reservation());
  if (hold == nullptr) return;
  hold->is_open = false;
  if (summed(event.lines()) != hold->units)
    findings_.add(place, "other lines are released than were reserved");
  move(place, hold->units, 0, -1, event.stock());
}

void ShopBooks::placed(const Place& place, const OrderPlaced& event) {
  const Order& order = event.order();
  const Quantities units = summed(order.lines());
  const Hold* hold = open_hold(place, order.reservation());
  if (hold != nullptr && units != hold->units)
    findings_.add(place, order.id() + " has other lines than its reservation");
  check_total(place, order.lines(), order.total());
  Placed entry{place.position, units, order.total(), order.reservation(), "", Fate::Pending, 0};
  if (!orders_.emplace(order.id(), std::move(entry)).second)
    findings_.add(place, order.id() + " is placed twice");
}

ShopBooks::Placed* ShopBooks::pending(const Place& place, const Order& order) {
  const auto found = orders_.find(order.id());
  if (found == orders_.end()) {
    findings_.add(place, order.id() + " was never placed");
    return nullptr;
  }
  if (found->second.fate != Fate::Pending) {
    findings_.add(
        place, order.id() + " was settled before, at " + std::to_string(found->second.settled_at));
    return nullptr;
  }
  if (!is_same(order.total(), found->second.total) ||
      summed(order.lines()) != found->second.units) {
    findings_.add(
        place, order.id() + " is not what was placed at " + std::to_string(found->second.position) +
                   ": " + text_of(order.total()) + " instead of " + text_of(found->second.total));
  }
  found->second.settled_at = place.position;
  return &found->second;
}

void ShopBooks::confirmed(const Place& place, const OrderConfirmed& event) {
  Placed* order = pending(place, event.order());
  if (order == nullptr) return;
  ++confirmed_;
  order->fate = Fate::Confirmed;
  order->payment = event.order().payment();
  if (Hold* hold = open_hold(place, order->hold)) hold->is_open = false;
  move(place, order->units, -1, -1, event.stock());
}

void ShopBooks::rejected(const Place& place, const OrderRejected& event) {
  if (Placed* order = pending(place, event.order())) order->fate = Fate::Rejected;
}

void ShopBooks::noted(const Place& place, const PaymentNoted& event) {
  if (!event.needs_refund()) return;
  if (!refunds_.emplace(payment_key(event.order(), event.payment()), place.position).second &&
      orders_.contains(event.order())) {
    findings_.add(place, event.payment() + " is to be refunded twice");
  }
}

void ShopBooks::finish() {
  for (const auto& [id, order] : orders_) {
    if (!requests_.contains(id))
      findings_.add(kEvents, order.position, "no payment was asked for " + id);
    const auto hold = holds_.find(order.hold);
    if (order.fate == Fate::Rejected && hold != holds_.end() && hold->second.is_open) {
      findings_.add(kEvents, order.settled_at, id + " was rejected and its stock not released");
    }
  }
  for (const auto& [id, requests] : requests_) {
    const auto order = orders_.find(id);
    if (order == orders_.end()) {
      findings_.add(kRequests, requests.front().position,
                    "a payment is asked for " + id + ", which nobody placed");
    } else if (requests.size() > 1) {
      findings_.add(kRequests, requests[1].position, id + " is asked for twice");
    } else if (!is_same(requests.front().amount, order->second.total)) {
      findings_.add(kRequests, requests.front().position,
                    text_of(requests.front().amount) + " are asked for " + id + ", its total is " +
                        text_of(order->second.total));
    }
  }
  finish_money();
}

// What the provider took is what was sold, but for what is to be given back.
void ShopBooks::finish_money() {
  std::map<std::string, Wide> open;  // captured - refunds - sold, by currency
  for (const auto& [key, captured] : captured_) {
    if (!refunds_.contains(key)) open[captured.amount.currency()] += captured.amount.amount();
    const auto order = orders_.find(key.substr(0, key.find('|')));
    const bool is_sold = order != orders_.end() && order->second.fate == Fate::Confirmed &&
                         payment_key(order->first, order->second.payment) == key;
    if (is_sold == refunds_.contains(key)) {
      findings_.add(kCommands, captured.position,
                    key + (is_sold ? " is both sold and to be refunded"
                                   : " was captured, neither sold nor to be refunded"));
    }
  }
  for (const auto& [id, order] : orders_) {
    if (order.fate != Fate::Confirmed) continue;
    open[order.total.currency()] -= order.total.amount();
    const auto captured = captured_.find(payment_key(id, order.payment));
    if (captured == captured_.end()) {
      findings_.add(kEvents, order.settled_at, id + " is confirmed without a captured payment");
    } else if (!is_same(captured->second.amount, order.total)) {
      findings_.add(kCommands, captured->second.position,
                    text_of(captured->second.amount) + " were captured for " + id +
                        ", its total is " + text_of(order.total));
    }
  }
  for (const auto& [key, position] : refunds_) {
    if (!captured_.contains(key))
      findings_.add(kEvents, position, key + " is to be refunded and was never captured");
  }
  for (const auto& [currency, amount] : open) {
    if (amount != 0) {
      findings_.add(kEvents, 0,
                    "captured and confirmed differ by " +
                        std::to_string(static_cast<std::int64_t>(amount)) + " " + currency);
    }
  }
}

}  // namespace vitrine::verify
