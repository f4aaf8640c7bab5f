#include "commerce/cart/decide.h"
#include "commerce/inventory/decide.h"
#include "commerce/model/ids.h"
#include "commerce/model/validate.h"
#include "commerce/shop/decide_parts.h"

namespace vitrine::shop::parts {

using model::refuse;

namespace {

bool is_price(const Money& price) {
  return price.amount() >= 0 && price.amount() <= model::kAmountMax &&
         model::is_currency(price.currency());
}

Events one(const Moment& now, auto&& fill) {
  Events events{event_for(now.command.viewer(), now.command.show())};
  fill(events.front());
  return events;
}

}  // namespace

Outcome put_product(const Moment& now, const PutProduct& body) {
  const Product& product = body.product();
  if (!model::is_sku(product.sku())) return refuse("schema", "a product needs a sku");
  if (product.title().empty() || model::code_points(product.title()) > 200) {
    return refuse("schema", "a title has 1 to 200 characters");
  }
  if (!is_price(product.price())) return refuse("schema", "a product needs a price");
  return one(now,
             [&](ShopEvent& event) { *event.mutable_product_put()->mutable_product() = product; });
}

Outcome set_stock(const Moment& now, const SetStock& body) {
  if (now.view.product(body.sku()) == nullptr)
    return refuse("not-found", "no product " + body.sku());
  auto set = inventory::set_stock(now.view, body);
  if (!set) return tl::unexpected(std::move(set).error());
  return one(now, [&](ShopEvent& event) { *event.mutable_stock_set() = std::move(*set); });
}

Outcome set_price(const Moment& now, const SetPrice& body) {
  const Product* product = now.view.product(body.sku());
  if (product == nullptr) return refuse("not-found", "no product " + body.sku());
  if (!is_price(body.price()))
    return refuse("schema", "a price is an amount from 0 and a currency");
  return one(now, [&](ShopEvent& event) {
    auto& set = *event.mutable_price_set();
    set.set_sku(body.sku());
    *set.mutable_before() = product->price();
    *set.mutable_after() = body.price();
  });
}

Outcome set_cart_line(const Moment& now, const SetCartLine& body) {
  if (now.command.viewer().empty()) return refuse("permission", "a cart belongs to a viewer");
  const cart::Cart empty;
  const cart::Cart* cart = now.view.cart(now.command.viewer());
  auto set = cart::set_line(cart ? *cart : empty, body, now.view.product(body.sku()) != nullptr);
  if (!set) return tl::unexpected(std::move(set).error());
  return one(now, [&](ShopEvent& event) { *event.mutable_cart_line_set() = std::move(*set); });
}

}  // namespace vitrine::shop::parts
