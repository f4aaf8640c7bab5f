#pragma once
// The life of an order: pending, then confirmed or rejected, once. The payment provider may report
// late, twice and in any order; the first report that settles the order wins, and money taken
// besides is marked for refund once per payment.
#include <optional>
#include <span>
#include <string_view>

#include "commerce/model/decision.h"
#include "commerce/orders/state.h"

namespace vitrine::orders {

// The sum over lines; schema when prices are missing, in two currencies, or beyond
// model::kAmountMax.
model::Decided<Money> total_of(std::span<const Line> lines);

enum class Settlement { Confirm, Reject, Note };

struct Verdict {
  Settlement settlement = Settlement::Note;
  std::string reason;         // problem code when Reject
  bool needs_refund = false;  // when Note
};

// What a provider's report means for the order. `state` is null for an order nobody placed.
Verdict judge(const OrderState* state, const PaymentReport& report);

void evolve(OrderState& state, const OrderConfirmed& event);
void evolve(OrderState& state, const OrderRejected& event);
void evolve(OrderState& state, const PaymentNoted& event);

}  // namespace vitrine::orders
