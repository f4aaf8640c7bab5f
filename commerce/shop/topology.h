#pragma once
// App "shop": the shop's writer (shop.commands -> shop.events, payment.requests) and the shows'
// (show.commands -> show.timeline) in one commit domain.
//
// State, keyed "<shop>|<id>": shop-products, shop-stock, shop-carts (by viewer), shop-reservations,
// shop-orders, shop-idempotency; keyed "<show>" or "<show>|<id>": show-shows, show-polls,
// show-votes, show-idempotency.
#include "commerce/shop/decide.h"
#include "vitrine/app.h"

namespace vitrine {

App shop_app(const shop::ShopOptions& options = {});

namespace shop {
// The shop's writer alone, added to an App.
void add_shop(App& app, const ShopOptions& options);
}  // namespace shop

}  // namespace vitrine
