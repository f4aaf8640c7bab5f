#include "gateway/payment_adapter.h"

#include "base/log.h"
#include "commerce/model/topics.h"
#include "commerce/payments/simulator.h"

namespace vitrine::gateway {

void PaymentAdapter::start() {
  started_ = true;
  for (const auto* placed : core_.shop_view.pending_orders()) {
    PaymentRequest request;
    request.set_shop(placed->shop);
    request.set_order(placed->order.id());
    *request.mutable_amount() = placed->order.total();
    request.set_payment_token(core_.shop_view.payment_token(placed->order.id()));
    on_request(request);
  }
}

void PaymentAdapter::on_request(const PaymentRequest& request) {
  if (!started_) return;  // history: start() asks for what is still open
  const auto answer = payments::simulate(request.payment_token());
  if (!answer) return;  // the provider never answers; the shop's deadline does
  core_.loop.after(
      static_cast<int>(answer->after.count()),
      [this, report_message = payments::report_of(request, *answer)] { report(report_message); });
}

void PaymentAdapter::report(const PaymentReport& message) {
  const auto* placed = core_.shop_view.order(message.order());
  ShopCommand command;
  *command.mutable_payment_report() = message;
  const std::string shop = placed == nullptr ? core_.options.shop : placed->shop;
  Append append{.topic = topics::shop_commands.name(),
                .record = {shop, encoded(command), {}, core_.new_id("cmd_")}};
  auto accepted = core_.shop.append(std::move(append), [this, message](Result<Position> result) {
    if (result || result.error().code == Code::Unavailable) return;
    core_.loop.post(
        [this, message] { core_.loop.after(kRetryMs, [this, message] { report(message); }); });
  });
  if (accepted || accepted.error().code == Code::Unavailable) return;
  core_.loop.after(kRetryMs, [this, message] { report(message); });
}

}  // namespace vitrine::gateway
