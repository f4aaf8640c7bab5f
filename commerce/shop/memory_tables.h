#pragma once
// A shop's state in memory, for tests, simulators and what-if questions.
#include <map>
#include <optional>

#include "commerce/shop/tables.h"

namespace vitrine::shop {

class MemoryTables : public ShopTables {
 public:
  std::optional<inventory::Stock> stock(std::string_view sku) const override {
    const auto* found = find(stocks, sku);
    return found ? std::optional(*found) : std::nullopt;
  }
  const Product* product(std::string_view sku) const override { return find(products, sku); }
  const cart::Cart* cart(std::string_view viewer) const override { return find(carts, viewer); }
  const inventory::Reservation* reservation(std::string_view id) const override {
    return find(reservations, id);
  }
  const orders::OrderState* order(std::string_view id) const override { return find(orders, id); }
  const Answer* answer(std::string_view key) const override { return find(answers, key); }

  void put_stock(std::string_view sku, const inventory::Stock& s) override { put(stocks, sku, s); }
  void put_product(std::string_view sku, Product p) override { put(products, sku, std::move(p)); }
  void put_cart(std::string_view viewer, cart::Cart c) override {
    put(carts, viewer, std::move(c));
  }
  void put_reservation(std::string_view id, inventory::Reservation r) override {
    put(reservations, id, std::move(r));
  }
  void drop_reservation(std::string_view id) override { reservations.erase(std::string(id)); }
  void put_order(std::string_view id, orders::OrderState o) override {
    put(orders, id, std::move(o));
  }
  void put_answer(std::string_view key, Answer a) override { put(answers, key, std::move(a)); }
  void drop_answer(std::string_view key) override { answers.erase(std::string(key)); }

  template <class V>
  using Map = std::map<std::string, V, std::less<>>;
  Map<inventory::Stock> stocks;
  Map<Product> products;
  Map<cart::Cart> carts;
  Map<inventory::Reservation> reservations;
  Map<orders::OrderState> orders;
  Map<Answer> answers;

 private:
  template <class V>
  static const V* find(const Map<V>& map, std::string_view key) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : &found->second;
  }
  template <class V>
  static void put(Map<V>& map, std::string_view key, V value) {
    map.insert_or_assign(std::string(key), std::move(value));
  }
};

}  // namespace vitrine::shop
