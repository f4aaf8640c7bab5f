#pragma once
// What is remembered of an order: the order itself, until when its payment may take, and the money
// to be given back.
#include <string>
#include <tuple>
#include <vector>

#include "commerce/model/proto/shop.pb.h"

namespace vitrine::orders {

struct OrderState {
  Order order;  // PENDING -> CONFIRMED | REJECTED, never back
  std::int64_t payment_due_ms = 0;
  std::string idempotency_key;       // of the command that placed it; empty = none
  std::vector<std::string> refunds;  // payments taken for nothing, at most kRefundsMax
  auto fields() { return std::tie(order, payment_due_ms, idempotency_key, refunds); }
};

inline constexpr std::size_t kRefundsMax = 64;

}  // namespace vitrine::orders
