#pragma once
// What the shop looks like now, folded from shop.events and nothing else. Decides nothing.
//
// Bounds: one entry a product, a viewer with a cart, a reservation, an order. Threads: the loop's
// only.
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "commerce/model/proto/api.pb.h"
#include "commerce/model/proto/shop.pb.h"
#include "streams/log/record.h"

namespace vitrine::gateway {

class ShopView {
 public:
  struct Cart {
    std::map<std::string, std::int32_t> quantities;  // by sku
    std::uint64_t version = 0;
  };
  struct Reservation {
    std::string viewer;
    ItemsReserved facts;
    Position at;  // of ItemsReserved
    bool open = true;
    bool expired = false;
  };
  struct Placed {
    Order order;
    Position at;  // of OrderPlaced: the list's order
    std::string shop;
  };
  // What one record changed, for whoever tells the channels.
  struct Changes {
    std::vector<std::string> stock;     // skus
    std::vector<std::string> products;  // skus whose facts or price changed
    std::string cart_of;                // viewer, empty = none
    std::string order;                  // order id, empty = none
  };

  // `shop` is the record's key.
  Changes apply(const std::string& shop, const ShopEvent& event, Position at);

  const std::map<std::string, api::ProductView>& products() const { return products_; }
  const api::ProductView* product(const std::string& sku) const;
  api::CartView cart(const std::string& viewer) const;
  const Reservation* reservation(const std::string& id) const;
  const Placed* order(const std::string& id) const;
  // Newest first; positions below `before`.
  std::vector<const Placed*> orders(Position before, std::size_t limit) const;
  std::vector<const Placed*> orders_of(const std::string& viewer, Position before,
                                       std::size_t limit) const;
  std::vector<const Placed*> pending_orders() const;
  std::size_t order_count() const { return orders_.size(); }
  // The token a pending order was placed with, for asking the provider again after a restart.
  std::string payment_token(const std::string& order) const;

 private:
  void apply_stock(const google::protobuf::RepeatedPtrField<StockLeft>& stock, Changes& changes);
  void apply_order(const Order& order, Changes& changes);

  std::map<std::string, api::ProductView> products_;
  std::unordered_map<std::string, Cart> carts_;
  std::unordered_map<std::string, Reservation> reservations_;
  std::unordered_map<std::string, Placed> orders_;
  std::map<std::uint64_t, std::string> orders_by_position_;
  std::unordered_map<std::string, std::map<std::uint64_t, std::string>> orders_by_viewer_;
  std::unordered_map<std::string, std::string> payment_tokens_;  // pending orders only
};

}  // namespace vitrine::gateway
