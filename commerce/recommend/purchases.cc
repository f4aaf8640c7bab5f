// What the shop's events tell the recommender: products, stock, carts, orders.
#include <algorithm>

#include "commerce/recommend/holdout.h"
#include "commerce/recommend/recommender.h"

namespace vitrine::recommend {
namespace {

constexpr std::size_t kOrderProductsMax = 10;  // of a longer order the first are paired

void keep_newest(std::vector<Number>& list, Number number, std::size_t most) {
  std::erase(list, number);
  if (list.size() == most) list.erase(list.begin());
  list.push_back(number);
}

}  // namespace

void Recommender::on_shop(Desk& desk, const RecommendInput& input) {
  const ShopEvent& event = input.shop();
  const auto put_all = [&](const auto& stock) {
    for (const StockLeft& left : stock) put_stock(desk, left.sku(), left.available());
  };
  switch (event.body_case()) {
    case ShopEvent::kProductPut: return put_product(desk, event.product_put().product());
    case ShopEvent::kStockSet:
      return put_stock(desk, event.stock_set().sku(), event.stock_set().available());
    case ShopEvent::kItemsReserved: return put_all(event.items_reserved().stock());
    case ShopEvent::kReservationReleased: return put_all(event.reservation_released().stock());
    case ShopEvent::kCartLineSet: return on_cart_line(desk, event);
    case ShopEvent::kOrderConfirmed:
      put_all(event.order_confirmed().stock());
      return on_order(desk, event.order_confirmed().order());
    default: return;
  }
}

void Recommender::put_product(Desk& desk, const vitrine::Product& product) {
  const ScopedRow key{desk.shop, product.sku()};
  Product fresh;
  fresh.number = desk.row.products;
  if (!products_.contains(key)) ++desk.row.products;
  Product& row = products_.upsert(key, fresh);
  row.title = product.title();
  desk.model.put(product.sku(), row);
}

void Recommender::put_stock(Desk& desk, const std::string& sku, std::int64_t available) {
  Product* product = find(desk, sku);
  if (product == nullptr || product->available == available) return;
  product->available = available;
  desk.model.put(sku, *product);
}

void Recommender::on_cart_line(Desk& desk, const ShopEvent& event) {
  const CartLineSet& line = event.cart_line_set();
  Product* product = find(desk, line.sku());
  if (product == nullptr || event.viewer().empty()) return;
  Visitor& visitor = visitor_of(desk, event.viewer(), event.show());
  if (line.quantity() == 0) std::erase(visitor.cart, product->number);
  if (line.added() <= 0) return;
  const Number number = product->number;
  ++product->carted;
  desk.model.put(line.sku(), *product);
  if (std::ranges::find(visitor.cart, number) == visitor.cart.end())
    for (const Number other : visitor.cart) pair_up(desk, number, other, Together::Cart);
  keep_newest(visitor.cart, number, kCartMax);
  click(desk, event.viewer(), visitor, number);
  offer(desk, event.viewer(), visitor, Again::OnlyIfNew);
}

void Recommender::on_order(Desk& desk, const Order& order) {
  Visitor& visitor = visitor_of(desk, order.viewer(), order.show());
  std::vector<Number> numbers;
  for (const Line& line : order.lines()) {
    Product* product = find(desk, line.sku());
    if (product == nullptr || std::ranges::find(numbers, product->number) != numbers.end())
      continue;
    numbers.push_back(product->number);
    ++product->bought;
    desk.model.put(line.sku(), *product);
  }
  const std::size_t paired = std::min(numbers.size(), kOrderProductsMax);
  for (std::size_t i = 0; i < paired; ++i)
    for (std::size_t j = 0; j < i; ++j) pair_up(desk, numbers[j], numbers[i], Together::Order);
  for (const Number number : numbers) {
    std::erase(visitor.cart, number);
    keep_newest(visitor.bought, number, kBoughtMax);
    if (visitor.over || std::ranges::find(visitor.clicks, number) == visitor.clicks.end())
      click(desk, order.viewer(), visitor, number);
  }
  if (!visitor.show.empty()) {
    ShowRow& show = shows_.upsert({desk.shop, visitor.show});
    count_order(group_of(show.figures, order.viewer()), visitor, order, numbers, desk.now_ms);
    tell_figures_soon(desk, visitor.show, show);
  }
  reward(desk, visitor, 1);
  end_session(desk, visitor);  // a purchase completes it
  offer(desk, order.viewer(), visitor, Again::OnlyIfNew);
}

}  // namespace vitrine::recommend
