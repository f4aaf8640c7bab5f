#include "gateway/shop_view.h"

namespace vitrine::gateway {

void ShopView::apply_stock(const google::protobuf::RepeatedPtrField<StockLeft>& stock,
                           Changes& changes) {
  for (const auto& left : stock) {
    auto& product = products_[left.sku()];
    product.set_available(left.available());
    product.set_on_hand(left.on_hand());
    changes.stock.push_back(left.sku());
  }
}

void ShopView::apply_order(const Order& order, Changes& changes) {
  auto found = orders_.find(order.id());
  if (found == orders_.end()) return;
  found->second.order = order;
  payment_tokens_.erase(order.id());
  changes.order = order.id();
}

ShopView::Changes ShopView::apply(const std::string& shop, const ShopEvent& event, Position at) {
  Changes changes;
  switch (event.body_case()) {
    case ShopEvent::kProductPut:
      *products_[event.product_put().product().sku()].mutable_product() =
          event.product_put().product();
      changes.products.push_back(event.product_put().product().sku());
      break;
    case ShopEvent::kStockSet: {
      auto& product = products_[event.stock_set().sku()];
      product.set_on_hand(event.stock_set().on_hand());
      product.set_available(event.stock_set().available());
      changes.stock.push_back(event.stock_set().sku());
      break;
    }
    case ShopEvent::kPriceSet:
      *products_[event.price_set().sku()].mutable_product()->mutable_price() =
          event.price_set().after();
      changes.products.push_back(event.price_set().sku());
      break;
    case ShopEvent::kCartLineSet: {
      const auto& line = event.cart_line_set();
      Cart& cart = carts_[event.viewer()];
      cart.version = line.version();
      if (line.quantity() == 0) {
        cart.quantities.erase(line.sku());
      } else {
        cart.quantities[line.sku()] = line.quantity();
      }
      changes.cart_of = event.viewer();
      break;
    }
    case ShopEvent::kItemsReserved:
      reservations_[event.items_reserved().reservation()] = {event.viewer(), event.items_reserved(),
                                                             at};
      apply_stock(event.items_reserved().stock(), changes);
      break;
    case ShopEvent::kReservationReleased: {
      const auto found = reservations_.find(event.reservation_released().reservation());
      if (found != reservations_.end()) {
        found->second.open = false;
        found->second.expired = event.reservation_released().cause() == EXPIRED;
      }
      apply_stock(event.reservation_released().stock(), changes);
      break;
    }
    case ShopEvent::kOrderPlaced: {
      const Order& order = event.order_placed().order();
      orders_[order.id()] = {order, at, shop};
      orders_by_position_[at.value()] = order.id();
      orders_by_viewer_[order.viewer()][at.value()] = order.id();
      payment_tokens_[order.id()] = event.order_placed().payment_token();
      changes.order = order.id();
      break;
    }
    case ShopEvent::kOrderConfirmed:
      apply_stock(event.order_confirmed().stock(), changes);
      apply_order(event.order_confirmed().order(), changes);
      break;
    case ShopEvent::kOrderRejected:
      apply_order(event.order_rejected().order(), changes);
      break;
    default:
      break;  // refusals, repeats and notes change nothing that is shown
  }
  return changes;
}

const api::ProductView* ShopView::product(const std::string& sku) const {
  const auto found = products_.find(sku);
  return found == products_.end() || !found->second.has_product() ? nullptr : &found->second;
}

api::CartView ShopView::cart(const std::string& viewer) const {
  api::CartView view;
  const auto found = carts_.find(viewer);
  if (found == carts_.end()) return view;
  view.set_version(found->second.version);
  for (const auto& [sku, quantity] : found->second.quantities) {
    const auto* known = product(sku);
    if (known == nullptr) continue;
    auto& line = *view.add_lines();
    line.set_sku(sku);
    line.set_quantity(quantity);
    *line.mutable_unit_price() = known->product().price();
    auto& total = *view.mutable_total();
    // One shop sells in one currency; a line in another one would have been refused when it was
    // put.
    if (total.currency().empty()) total.set_currency(known->product().price().currency());
    if (total.currency() == known->product().price().currency()) {
      total.set_amount(total.amount() + known->product().price().amount() * quantity);
    }
  }
  return view;
}

const ShopView::Reservation* ShopView::reservation(const std::string& id) const {
  const auto found = reservations_.find(id);
  return found == reservations_.end() ? nullptr : &found->second;
}

const ShopView::Placed* ShopView::order(const std::string& id) const {
  const auto found = orders_.find(id);
  return found == orders_.end() ? nullptr : &found->second;
}

namespace {

template <class Lookup>
std::vector<const ShopView::Placed*> newest(const std::map<std::uint64_t, std::string>& by_position,
                                            Position before, std::size_t limit, Lookup&& lookup) {
  std::vector<const ShopView::Placed*> found;
  auto it = before.value() == 0 ? by_position.end() : by_position.lower_bound(before.value());
  while (it != by_position.begin() && found.size() < limit) {
    --it;
    if (const auto* placed = lookup(it->second)) found.push_back(placed);
  }
  return found;
}

}  // namespace

std::vector<const ShopView::Placed*> ShopView::orders(Position before, std::size_t limit) const {
  return newest(orders_by_position_, before, limit,
                [&](const std::string& id) { return order(id); });
}

std::vector<const ShopView::Placed*> ShopView::orders_of(const std::string& viewer, Position before,
                                                         std::size_t limit) const {
  const auto found = orders_by_viewer_.find(viewer);
  if (found == orders_by_viewer_.end()) return {};
  return newest(found->second, before, limit, [&](const std::string& id) { return order(id); });
}

std::vector<const ShopView::Placed*> ShopView::pending_orders() const {
  std::vector<const Placed*> found;
  for (const auto& [position, id] : orders_by_position_) {
    const auto* placed = order(id);
    if (placed != nullptr && placed->order.status() == PENDING) found.push_back(placed);
  }
  return found;
}

std::string ShopView::payment_token(const std::string& id) const {
  const auto found = payment_tokens_.find(id);
  return found == payment_tokens_.end() ? std::string{} : found->second;
}

}  // namespace vitrine::gateway
