#include <doctest/doctest.h>

#include "commerce/payments/decide.h"
#include "commerce/payments/simulator.h"

using namespace vitrine;
using namespace vitrine::payments;
using namespace vitrine::literals;

TEST_CASE("a placed order asks for its total under its own id") {
  OrderPlaced placed;
  placed.mutable_order()->set_id("ord_7");
  placed.mutable_order()->mutable_total()->set_amount(1999);
  placed.set_payment_token("tok_approve");
  const PaymentRequest request = request_for(placed, "shop_demo");
  CHECK(request.order() == "ord_7");
  CHECK(request.shop() == "shop_demo");
  CHECK(request.amount().amount() == 1999);
  const PaymentReport report = report_of(request, *simulate(request.payment_token()));
  CHECK(report.result() == APPROVED);
  CHECK(report.payment() == report_of(request, *simulate("tok_slow")).payment());
  CHECK(report.amount().amount() == 1999);
}

TEST_CASE("the simulated provider answers as its token says") {
  CHECK(simulate("tok_approve")->after == 120ms);
  CHECK(simulate("tok_decline")->result == DECLINED);
  CHECK(simulate("tok_slow")->result == APPROVED);
  CHECK(simulate("tok_slow")->after == 6s);
  CHECK_FALSE(simulate("tok_timeout").has_value());
  CHECK(simulate("tok_of_somebody_else")->result == DECLINED);
}
