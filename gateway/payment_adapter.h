#pragma once
// Between the shop's outbox and the payment provider (the simulated one): committed
// payment.requests go out, the provider's answers come back as PaymentReport commands.
//
// Nothing is lost: whatever was still pending at the start is asked again, with the order's id as
// the provider's idempotency key; a report the log refuses for now is tried again until the shop's
// own deadline has rejected the order. Threads: the loop's only. Bound: one timer a pending order.
#include <string>
#include <unordered_set>

#include "commerce/model/proto/shop.pb.h"
#include "gateway/core.h"

namespace vitrine::gateway {

class PaymentAdapter {
 public:
  static constexpr int kRetryMs = 200;
  explicit PaymentAdapter(Core& core) : core_(core) {}
  // Asks again for every order that is pending in the view; from now on requests are acted upon.
  void start();
  void on_request(const PaymentRequest& request);

 private:
  void report(const PaymentReport& report);
  Core& core_;
  bool started_ = false;
};

}  // namespace vitrine::gateway
