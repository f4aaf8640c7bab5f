#include "commerce/orders/decide.h"

#include <algorithm>

#include "base/result.h"
#include "commerce/model/ids.h"

namespace vitrine::orders {

using model::refuse;

model::Decided<Money> total_of(std::span<const Line> lines) {
  Money total;
  for (const Line& line : lines) {
    const Money& price = line.unit_price();
    if (!model::is_currency(price.currency()) || price.amount() < 0) {
      return refuse("schema", "a price is missing: " + line.sku());
    }
    if (total.currency().empty()) total.set_currency(price.currency());
    if (price.currency() != total.currency()) return refuse("schema", "prices in two currencies");
    std::int64_t sum = 0;
    if (__builtin_mul_overflow(price.amount(), std::int64_t{line.quantity()}, &sum) ||
        __builtin_add_overflow(sum, total.amount(), &sum) || sum > model::kAmountMax) {
      return refuse("schema", "the total is too large");
    }
    total.set_amount(sum);
  }
  return total;
}

Verdict judge(const OrderState* state, const PaymentReport& report) {
  const bool approved = report.result() == APPROVED;
  if (state == nullptr) return {Settlement::Note, "", approved};
  const Order& order = state->order;
  const bool is_seen = std::ranges::find(state->refunds, report.payment()) != state->refunds.end();
  if (order.status() == PENDING) {
    const bool is_exact = report.amount().amount() == order.total().amount() &&
                          report.amount().currency() == order.total().currency();
    if (approved && is_exact && !is_seen) return {Settlement::Confirm, "", false};
    if (approved) return {Settlement::Note, "", !is_seen};
    return {Settlement::Reject, report.result() == DECLINED ? "payment-declined" : "timeout",
            false};
  }
  const bool is_its_own = order.status() == CONFIRMED && order.payment() == report.payment();
  return {Settlement::Note, "", approved && !is_its_own && !is_seen};
}

void evolve(OrderState& state, const OrderConfirmed& event) {
  VT_CHECK_MSG(state.order.status() == PENDING, event.order().id());
  state.order = event.order();
}

void evolve(OrderState& state, const OrderRejected& event) {
  VT_CHECK_MSG(state.order.status() == PENDING, event.order().id());
  state.order = event.order();
}

void evolve(OrderState& state, const PaymentNoted& event) {
  if (event.needs_refund() && state.refunds.size() < kRefundsMax)
    state.refunds.push_back(event.payment());
}

}  // namespace vitrine::orders
