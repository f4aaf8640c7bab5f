#pragma once
// The state of one shop, as the decisions read it and as the events change it. Who keeps it is
// another matter: the topology keeps it in stores, tests in memory. Pointers are valid until the
// next change or the end of the record.
#include <string>
#include <string_view>
#include <vector>

#include "commerce/cart/state.h"
#include "commerce/inventory/state.h"
#include "commerce/model/serde.h"
#include "commerce/orders/state.h"

namespace vitrine::shop {

// What a caller was told under an idempotency key. `events` grows by one when a placed order is
// settled.
struct Answer {
  std::string body_hash;
  std::vector<ShopEvent> events;
  auto fields() { return std::tie(body_hash, events); }
};

class ShopView : public virtual inventory::StockView {
 public:
  virtual const Product* product(std::string_view sku) const = 0;
  virtual const cart::Cart* cart(std::string_view viewer) const = 0;
  virtual const inventory::Reservation* reservation(std::string_view id) const = 0;
  virtual const orders::OrderState* order(std::string_view id) const = 0;
  virtual const Answer* answer(std::string_view idempotency_key) const = 0;
};

class ShopTables : public ShopView, public inventory::StockTable {
 public:
  virtual void put_product(std::string_view sku, Product product) = 0;
  virtual void put_cart(std::string_view viewer, cart::Cart cart) = 0;
  virtual void put_reservation(std::string_view id, inventory::Reservation reservation) = 0;
  virtual void drop_reservation(std::string_view id) = 0;
  virtual void put_order(std::string_view id, orders::OrderState order) = 0;
  virtual void put_answer(std::string_view idempotency_key, Answer answer) = 0;
  virtual void drop_answer(std::string_view idempotency_key) = 0;
};

}  // namespace vitrine::shop
