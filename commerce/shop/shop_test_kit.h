#pragma once
// A shop in memory for the tests of this room: commands in, events out, time by hand.
#include <map>

#include "commerce/shop/memory_tables.h"
#include "commerce/shop/writer.h"

namespace vitrine::shop {

struct TestShop {
  MemoryTables tables;
  ShopOptions options;
  Time now = at(std::chrono::seconds(1000));
  std::uint64_t position = 0;
  std::multimap<Time, std::string> deadlines;
  Events log;

  Events send(const ShopCommand& command) {
    return keep(take(tables, command, now, Position{++position}, options));
  }
  // The one event a command is expected to yield first.
  ShopEvent first(const ShopCommand& command) { return send(command).front(); }

  void advance(Duration by) {
    const Time until = now + by;
    while (!deadlines.empty() && deadlines.begin()->first <= until) {
      const auto [due, tag] = *deadlines.begin();
      deadlines.erase(deadlines.begin());
      now = std::max(now, due);
      keep(fire(tables, tag, now, options));
    }
    now = until;
  }

 private:
  Events keep(Step step) {
    for (const auto& deadline : step.deadlines) deadlines.emplace(deadline.due, deadline.tag);
    log.insert(log.end(), step.events.begin(), step.events.end());
    return step.events;
  }
};

inline Money gbp(std::int64_t amount) {
  Money money;
  money.set_amount(amount);
  money.set_currency("GBP");
  return money;
}

inline ShopCommand put_product(const std::string& sku, Money price) {
  ShopCommand command;
  auto& product = *command.mutable_put_product()->mutable_product();
  product.set_sku(sku);
  product.set_title("A " + sku);
  *product.mutable_price() = std::move(price);
  return command;
}

inline ShopCommand set_stock(const std::string& sku, std::int64_t on_hand) {
  ShopCommand command;
  command.mutable_set_stock()->set_sku(sku);
  command.mutable_set_stock()->set_on_hand(on_hand);
  return command;
}

inline ShopCommand set_price(const std::string& sku, Money price) {
  ShopCommand command;
  command.mutable_set_price()->set_sku(sku);
  *command.mutable_set_price()->mutable_price() = std::move(price);
  return command;
}

inline ShopCommand set_cart_line(const std::string& viewer, const std::string& sku,
                                 std::int32_t quantity) {
  ShopCommand command;
  command.set_viewer(viewer);
  command.set_show("show_1");
  command.mutable_set_cart_line()->set_sku(sku);
  command.mutable_set_cart_line()->set_quantity(quantity);
  return command;
}

// Without lines: the cart.
inline ShopCommand reserve(const std::string& viewer,
                           const std::vector<std::pair<std::string, int>>& lines) {
  ShopCommand command;
  command.set_viewer(viewer);
  command.set_show("show_1");
  command.mutable_reserve();
  for (const auto& [sku, quantity] : lines) {
    auto& line = *command.mutable_reserve()->add_lines();
    line.set_sku(sku);
    line.set_quantity(quantity);
  }
  return command;
}

inline ShopCommand release(const std::string& viewer, const std::string& reservation) {
  ShopCommand command;
  command.set_viewer(viewer);
  command.mutable_release_reservation()->set_reservation(reservation);
  return command;
}

inline ShopCommand place_order(const std::string& viewer, const std::string& reservation) {
  ShopCommand command;
  command.set_viewer(viewer);
  command.mutable_place_order()->set_reservation(reservation);
  command.mutable_place_order()->set_payment_token("tok_approve");
  return command;
}

inline ShopCommand payment_report(const Order& order, PaymentResult result,
                                  const std::string& payment = "pay_1") {
  ShopCommand command;
  auto& report = *command.mutable_payment_report();
  report.set_order(order.id());
  report.set_payment(payment);
  report.set_result(result);
  *report.mutable_amount() = order.total();
  return command;
}

inline ShopCommand with_key(ShopCommand command, const std::string& key,
                            const std::string& hash = "h1") {
  command.set_idempotency_key(key);
  command.set_body_hash(hash);
  return command;
}

inline TestShop stocked_shop() {
  TestShop shop;
  shop.send(put_product("mug", gbp(1999)));
  shop.send(put_product("cap", gbp(500)));
  shop.send(set_stock("mug", 5));
  shop.send(set_stock("cap", 1));
  return shop;
}

}  // namespace vitrine::shop
