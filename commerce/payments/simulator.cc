#include "commerce/payments/simulator.h"

namespace vitrine::payments {

std::optional<SimulatedAnswer> simulate(std::string_view payment_token) {
  using namespace literals;
  if (payment_token == "tok_approve") return SimulatedAnswer{APPROVED, 120ms};
  if (payment_token == "tok_slow") return SimulatedAnswer{APPROVED, 6s};
  if (payment_token == "tok_timeout") return std::nullopt;
  return SimulatedAnswer{DECLINED, 120ms};
}

PaymentReport report_of(const PaymentRequest& request, const SimulatedAnswer& answer) {
  PaymentReport report;
  report.set_order(request.order());
  report.set_payment("pay_" + request.order());
  report.set_result(answer.result);
  *report.mutable_amount() = request.amount();
  return report;
}

}  // namespace vitrine::payments
