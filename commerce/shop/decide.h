#pragma once
// Every decision of a shop, one atomic step each: the pure rooms inventory, cart, orders and
// payments put together.
//
//   events = decide(view, command, at, position)      and then      evolve(tables, event) for each
//   of them
//
// decide changes nothing; evolve reads nothing but the event and the state. A refusal is one event,
// Refused, that changes nothing. Ids born here are rsv_<position> and ord_<position> of the
// command.
#include <string_view>
#include <vector>

#include "base/time.h"
#include "commerce/payments/decide.h"
#include "commerce/shop/tables.h"
#include "streams/log/record.h"

namespace vitrine::shop {

struct ShopOptions {
  Duration hold{std::chrono::minutes(5)};              // a reservation nobody orders
  Duration payment_wait = payments::kPaymentWait;      // an order nobody answers for
  Duration answers_kept{std::chrono::hours(24)};       // idempotency keys
  Duration reservations_kept{std::chrono::hours(24)};  // after which a reservation is "not found"
};

using Events = std::vector<ShopEvent>;

Events decide(const ShopView& view, const ShopCommand& command, Time at, Position position,
              const ShopOptions& options);

// What time brings: a hold runs out, a payment was waited for long enough. Empty when it no longer
// matters.
Events expire_hold(const ShopView& view, std::string_view reservation);
Events expire_payment(const ShopView& view, std::string_view order);

void evolve(ShopTables& tables, const ShopEvent& event);

}  // namespace vitrine::shop
