#pragma once
// What is asked of a payment provider, and until when we wait. The asking itself happens outside,
// after the commit, by whoever reads payment.requests; its answer comes back as a PaymentReport
// command.
#include "base/time.h"
#include "commerce/model/proto/shop.pb.h"

namespace vitrine::payments {

inline constexpr Duration kPaymentWait{30'000};

// The outbox record for a placed order. Its key is the order's id, which is also the provider's
// idempotency key.
PaymentRequest request_for(const OrderPlaced& placed, const std::string& shop);

}  // namespace vitrine::payments
