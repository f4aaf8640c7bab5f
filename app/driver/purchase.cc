#include "app/driver/purchase.h"

#include <fmt/format.h>

#include "app/driver/json.h"

namespace vitrine::driver {
namespace {

Answer set_line(const std::atomic<bool>& stop, Api& api, const Purchase& p,
                const BasketLine& line) {
  const auto body =
      fmt::format(R"({{"quantity":{},"show":{}}})", line.quantity, json_quoted(p.show));
  return api.insist(stop, "PUT", "/v1/store/cart/lines/" + line.sku, body);
}

void empty_cart(const std::atomic<bool>& stop, Api& api, const Purchase& p) {
  for (const auto& line : p.basket) set_line(stop, api, p, {line.sku, 0});
}

}  // namespace

void make_purchase(const std::atomic<bool>& stop, Api& api, Ledger& ledger, const Purchase& p) {
  api.set_token(p.viewer_token);
  for (const auto& line : p.basket)
    if (!set_line(stop, api, p, line).ok()) return empty_cart(stop, api, p);

  const auto reserve = fmt::format(R"({{"lines":[],"show":{},"shop":{}}})", json_quoted(p.show),
                                   json_quoted(p.shop));
  const auto held = api.insist(stop, "POST", "/v1/store/reservations", reserve, p.key + "-r");
  if (!held.ok()) return empty_cart(stop, api, p);

  const auto order =
      fmt::format(R"({{"reservation":{},"payment_token":{}}})",
                  json_quoted(json_text(held.body, "/id")), json_quoted(p.payment_token));
  ledger.sent("order", p.key);
  const auto answer = api.insist(stop, "POST", "/v1/store/orders", order, p.key + "-o");
  if (answer.status == 0) return;  // asked to stop: nobody knows, and the ledger says so
  if (answer.ok()) return ledger.acknowledged("order", p.key, json_text(answer.body, "/id"));
  ledger.refused("order", p.key, answer.code());
  empty_cart(stop, api, p);
}

}  // namespace vitrine::driver
