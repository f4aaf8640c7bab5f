#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

#include "commerce/orders/decide.h"

using namespace vitrine;
using namespace vitrine::orders;

namespace {

Line line(std::int32_t quantity, std::int64_t amount, const std::string& currency) {
  Line out;
  out.set_sku("mug");
  out.set_quantity(quantity);
  out.mutable_unit_price()->set_amount(amount);
  out.mutable_unit_price()->set_currency(currency);
  return out;
}

PaymentReport report(PaymentResult result, const std::string& payment, std::int64_t amount = 1999) {
  PaymentReport out;
  out.set_order("ord_1");
  out.set_payment(payment);
  out.set_result(result);
  out.mutable_amount()->set_amount(amount);
  out.mutable_amount()->set_currency("GBP");
  return out;
}

OrderState pending() {
  OrderState state;
  state.order.set_id("ord_1");
  state.order.set_status(PENDING);
  state.order.mutable_total()->set_amount(1999);
  state.order.mutable_total()->set_currency("GBP");
  return state;
}

void apply(OrderState& state, const PaymentReport& report) {
  const Verdict verdict = judge(&state, report);
  Order order = state.order;
  order.set_payment(report.payment());
  if (verdict.settlement == Settlement::Confirm) {
    order.set_status(CONFIRMED);
    OrderConfirmed event;
    *event.mutable_order() = order;
    evolve(state, event);
  } else if (verdict.settlement == Settlement::Reject) {
    order.set_status(REJECTED);
    OrderRejected event;
    *event.mutable_order() = order;
    evolve(state, event);
  } else {
    PaymentNoted event;
    event.set_payment(report.payment());
    event.set_needs_refund(verdict.needs_refund);
    evolve(state, event);
  }
}

}  // namespace

TEST_CASE("an order is confirmed by an approval of its exact total") {
  const OrderState state = pending();
  CHECK(judge(&state, report(APPROVED, "p1")).settlement == Settlement::Confirm);
  const Verdict other = judge(&state, report(APPROVED, "p1", 1));
  CHECK(other.settlement == Settlement::Note);
  CHECK(other.needs_refund);
  CHECK(judge(&state, report(DECLINED, "p1")).reason == "payment-declined");
  CHECK(judge(&state, report(TIMED_OUT, "p1")).reason == "timeout");
}

TEST_CASE("an approval after the rejection is to be given back, once") {
  OrderState state = pending();
  apply(state, report(DECLINED, "p1"));
  const Verdict late = judge(&state, report(APPROVED, "p1"));
  CHECK(late.settlement == Settlement::Note);
  CHECK(late.needs_refund);
  apply(state, report(APPROVED, "p1"));
  CHECK_FALSE(judge(&state, report(APPROVED, "p1")).needs_refund);
  CHECK(state.order.status() == REJECTED);
}

TEST_CASE("a confirmed order ignores what comes after, and a second payment is given back") {
  OrderState state = pending();
  apply(state, report(APPROVED, "p1"));
  CHECK_FALSE(judge(&state, report(APPROVED, "p1")).needs_refund);
  CHECK(judge(&state, report(DECLINED, "p1")).settlement == Settlement::Note);
  CHECK(judge(&state, report(APPROVED, "p2")).needs_refund);
  CHECK(judge(nullptr, report(APPROVED, "p9")).needs_refund);
}

TEST_CASE("reports repeated and in any order end in one ledger") {
  for (unsigned seed = 1; seed <= 500; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    std::vector<PaymentReport> reports;
    for (auto n = 1 + random() % 4; n > 0; --n) {
      const auto payment = "p" + std::to_string(random() % 3);
      const auto result = static_cast<PaymentResult>(1 + random() % 3);
      const std::int64_t amount = random() % 4 == 0 ? 5 : 1999;
      for (auto times = 1 + random() % 3; times > 0; --times)
        reports.push_back(report(result, payment, amount));
    }
    std::ranges::shuffle(reports, random);
    OrderState state = pending();
    std::map<std::string, bool> taken;  // payments the provider ever approved
    for (const auto& r : reports) {
      if (r.result() == APPROVED) taken[r.payment()] = true;
      const auto before = state.order.status();
      apply(state, r);
      if (before != PENDING) CHECK(state.order.status() == before);
    }
    const std::size_t kept = state.order.status() == CONFIRMED ? 1 : 0;
    CHECK(taken.size() == state.refunds.size() + kept);
    const OrderState once = state;
    for (const auto& r : reports) apply(state, r);  // all of them again change nothing once settled
    if (once.order.status() != PENDING) {
      CHECK(state.order.status() == once.order.status());
      CHECK(state.refunds == once.refunds);
    }
  }
}

TEST_CASE("equal reports give one ledger in every permutation") {
  std::vector<PaymentReport> reports{report(APPROVED, "p1"), report(APPROVED, "p1"),
                                     report(APPROVED, "p1")};
  OrderState state = pending();
  for (const auto& r : reports) apply(state, r);
  CHECK(state.order.status() == CONFIRMED);
  CHECK(state.refunds.empty());
}

TEST_CASE("a total has one currency and never overflows") {
  const std::vector<Line> fine{line(2, 1999, "GBP"), line(1, 1, "GBP")};
  CHECK(total_of(fine)->amount() == 3999);
  const std::vector<Line> mixed{line(1, 1, "GBP"), line(1, 1, "EUR")};
  CHECK(total_of(mixed).error().code() == "schema");
  const std::vector<Line> huge{line(999, INT64_MAX / 2, "GBP")};
  CHECK(total_of(huge).error().code() == "schema");
  const std::vector<Line> large{line(999, 1'000'000'000'000, "GBP")};
  CHECK(total_of(large).error().code() == "schema");
  const std::vector<Line> unpriced{Line{}};
  CHECK(total_of(unpriced).error().code() == "schema");
}
