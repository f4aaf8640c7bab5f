#include <algorithm>
#include <cmath>

#include "commerce/verify/show_books.h"

namespace vitrine::verify {

void FigureBooks::left(const Place& place, const std::string& sku, std::int64_t available) {
  available_[place.key + '|' + sku].push_back({place.position, available});
}

void FigureBooks::add(const Place& place, const ShopEvent& event) {
  if (event.has_stock_set()) left(place, event.stock_set().sku(), event.stock_set().available());
  for (const auto& l : event.items_reserved().stock()) left(place, l.sku(), l.available());
  for (const auto& l : event.reservation_released().stock()) left(place, l.sku(), l.available());
  for (const auto& l : event.order_confirmed().stock()) left(place, l.sku(), l.available());
  if (event.show().empty()) return;
  if (event.has_cart_line_set()) {
    shows_[event.show()].adds.push_back(
        {place.position, std::max(0, event.cart_line_set().added())});
  }
  if (event.has_order_confirmed()) {
    const Order& order = event.order_confirmed().order();
    Sale sale{place.position, event.viewer(), order.total(), 0};
    for (const auto& line : order.lines()) sale.units += line.quantity();
    shows_[event.show()].sales.push_back(std::move(sale));
  }
}

void FigureBooks::add(const Place& place, const ShowEvent& event) {
  if (event.has_created()) shows_[place.key].shop = event.created().shop();
}

void FigureBooks::add(const Place& place, const ChatEvent& event) {
  if (event.has_posted()) shows_[place.key].messages.push_back({place.position, 1});
}

void FigureBooks::add(const Place& place, const ReactionTick& tick) {
  std::int64_t count = 0;
  for (const auto& kind : tick.counts()) count += static_cast<std::int64_t>(kind.count());
  shows_[place.key].reactions.push_back({place.position, count});
}

void FigureBooks::add(const Place& place, const Activity& activity) {
  if (activity.has_heartbeat())
    shows_[place.key].first_seen.emplace(activity.viewer(), place.position);
}

void FigureBooks::add(const Place& place, const ShowKpis& kpis) {
  Show& show = shows_[place.key];
  show.told = kpis;
  show.told_at = place.position;
}

std::int64_t FigureBooks::sum(const std::vector<Amount>& amounts, std::uint64_t through) {
  std::int64_t total = 0;
  for (const Amount& one : amounts) total += one.position <= through ? one.amount : 0;
  return total;
}

void FigureBooks::expect(const std::string& id, const Show& show, const char* figure,
                         std::int64_t told, std::int64_t counted) {
  if (told == counted) return;
  findings_.add("show.kpis", show.told_at,
                std::string(figure) + " of " + id + " is told as " + std::to_string(told) +
                    ", recounted " + std::to_string(counted));
}

void FigureBooks::check(const std::string& id, const Show& show) {
  const ShowKpis& told = show.told;
  std::int64_t orders = 0, units = 0, viewers = 0;
  std::map<std::string, std::int64_t> revenue;
  std::set<std::string> buyers;
  for (const Sale& sale : show.sales) {
    if (sale.position > told.shop_position()) continue;
    ++orders;
    units += sale.units;
    revenue[sale.total.currency()] += sale.total.amount();
    buyers.insert(sale.viewer);
  }
  for (const auto& [viewer, position] : show.first_seen)
    viewers += position <= told.activity_position() ? 1 : 0;
  expect(id, show, "orders", told.orders(), orders);
  expect(id, show, "units_sold", told.units_sold(), units);
  expect(id, show, "buyers_unique", told.buyers_unique(), static_cast<std::int64_t>(buyers.size()));
  expect(id, show, "viewers_unique", told.viewers_unique(), viewers);
  expect(id, show, "adds_to_cart", told.adds_to_cart(), sum(show.adds, told.shop_position()));
  expect(id, show, "messages", told.messages(), sum(show.messages, told.chat_position()));
  expect(id, show, "reactions", told.reactions(), sum(show.reactions, told.reactions_position()));
  expect(id, show, "revenue currencies", told.revenue_size(),
         static_cast<std::int64_t>(revenue.size()));
  for (const Money& money : told.revenue())
    expect(id, show, "revenue", money.amount(), revenue[money.currency()]);
  const double conversion =
      viewers > 0 ? static_cast<double>(buyers.size()) / static_cast<double>(viewers) : 0;
  if (std::abs(conversion - told.conversion()) > 1e-9)
    findings_.add("show.kpis", show.told_at, "conversion of " + id);
  if (show.shop.empty()) return;
  for (const SkuStock& stock : told.stock()) {
    const auto found = available_.find(show.shop + '|' + stock.sku());
    std::int64_t available = 0;
    if (found != available_.end()) {
      for (const Amount& one : found->second)
        available = one.position <= told.shop_position() ? one.amount : available;
    }
    expect(id, show, ("stock of " + stock.sku()).c_str(), stock.available(), available);
  }
}

void FigureBooks::finish() {
  for (const auto& [id, show] : shows_) {
    if (show.told_at > 0) check(id, show);
  }
}

}  // namespace vitrine::verify
