#include "commerce/payments/decide.h"

namespace vitrine::payments {

PaymentRequest request_for(const OrderPlaced& placed, const std::string& shop) {
  PaymentRequest request;
  request.set_shop(shop);
  request.set_order(placed.order().id());
  *request.mutable_amount() = placed.order().total();
  request.set_payment_token(placed.payment_token());
  return request;
}

}  // namespace vitrine::payments
