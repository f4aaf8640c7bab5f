#pragma once
// A payment provider for demos and tests: its answer is written in the token. Pure; who waits and
// reports lives outside.
#include <optional>
#include <string_view>

#include "base/time.h"
#include "commerce/model/proto/shop.pb.h"

namespace vitrine::payments {

struct SimulatedAnswer {
  PaymentResult result = DECLINED;
  Duration after{0};  // the request
};

// tok_approve and tok_decline answer after 120 ms, tok_slow approves after 6 s, tok_timeout never
// answers (nullopt), and any other token is declined as a bank would.
std::optional<SimulatedAnswer> simulate(std::string_view payment_token);

// The report of `answer` to `request`. The payment's id derives from the order, so asking twice is
// one payment.
PaymentReport report_of(const PaymentRequest& request, const SimulatedAnswer& answer);

}  // namespace vitrine::payments
