#include "commerce/inventory/decide.h"

#include <algorithm>

#include "base/result.h"

namespace vitrine::inventory {

using model::refuse;

namespace {

StockLeft left_of(std::string_view sku, const Stock& stock) {
  StockLeft left;
  left.set_sku(std::string(sku));
  left.set_available(stock.available());
  left.set_on_hand(stock.on_hand);
  return left;
}

bool same_price(const Line& a, const Line& b) {
  return a.has_unit_price() == b.has_unit_price() &&
         a.unit_price().amount() == b.unit_price().amount() &&
         a.unit_price().currency() == b.unit_price().currency();
}

Stock changed(Stock stock, std::int64_t on_hand, std::int64_t reserved) {
  stock.on_hand += on_hand;
  stock.reserved += reserved;
  return stock;
}

// The stock of each line after the change; a reserved sku is always known.
Left after(const StockView& view, std::span<const Line> lines, int on_hand_sign,
           int reserved_sign) {
  Left left;
  for (const Line& line : lines) {
    const auto stock = view.stock(line.sku());
    VT_CHECK_MSG(stock.has_value(), line.sku());
    left.push_back(left_of(line.sku(), changed(*stock, on_hand_sign * std::int64_t{line.quantity()},
                                               reserved_sign * std::int64_t{line.quantity()})));
  }
  return left;
}

template <class LineList>
void apply(StockTable& table, const LineList& lines, int on_hand_sign, int reserved_sign) {
  for (const Line& line : lines) {
    const auto before = table.stock(line.sku());
    VT_CHECK_MSG(before.has_value(), line.sku());
    const Stock now = changed(*before, on_hand_sign * std::int64_t{line.quantity()},
                              reserved_sign * std::int64_t{line.quantity()});
    VT_CHECK_MSG(now.reserved >= 0 && now.reserved <= now.on_hand, line.sku());
    table.put_stock(line.sku(), now);
  }
}

}  // namespace

model::Decided<Lines> sum_by_sku(std::span<const Line> lines) {
  if (lines.empty()) return refuse("schema", "there is nothing to reserve");
  if (lines.size() > model::kLinesMax) return refuse("schema", "too many lines");
  Lines summed;
  for (const Line& line : lines) {
    if (line.quantity() < 1 || line.quantity() > model::kQuantityMax) {
      return refuse("schema", "a quantity is from 1 to 999: " + line.sku());
    }
    auto same = std::ranges::find(summed, line.sku(), &Line::sku);
    if (same == summed.end()) {
      summed.push_back(line);
      continue;
    }
    if (!same_price(*same, line)) return refuse("schema", "one sku at two prices: " + line.sku());
    same->set_quantity(same->quantity() + line.quantity());  // at most kLinesMax * kQuantityMax
  }
  return summed;
}

model::Decided<Left> reserve(const StockView& view, std::span<const Line> summed) {
  Left short_of;
  for (const Line& line : summed) {
    const Stock stock = view.stock(line.sku()).value_or(Stock{});
    if (line.quantity() > stock.available()) short_of.push_back(left_of(line.sku(), stock));
  }
  if (short_of.empty()) return after(view, summed, 0, +1);
  auto refused = refuse("stock-unavailable", "not enough left of " + short_of.front().sku());
  for (auto& left : short_of) *refused.value().add_stock() = std::move(left);
  return refused;
}

Left release(const StockView& view, std::span<const Line> reserved) {
  return after(view, reserved, 0, -1);
}
Left sell(const StockView& view, std::span<const Line> reserved) {
  return after(view, reserved, -1, -1);
}

model::Decided<StockSet> set_stock(const StockView& view, const SetStock& command) {
  if (command.on_hand() < 0 || command.on_hand() > model::kOnHandMax) {
    return refuse("schema", "on_hand is from 0 to " + std::to_string(model::kOnHandMax));
  }
  const Stock before = view.stock(command.sku()).value_or(Stock{});
  if (command.on_hand() < before.reserved) {
    auto refused = refuse("stock-unavailable", std::to_string(before.reserved) + " are reserved");
    *refused.value().add_stock() = left_of(command.sku(), before);
    return refused;
  }
  StockSet event;
  event.set_sku(command.sku());
  event.set_on_hand(command.on_hand());
  event.set_available(command.on_hand() - before.reserved);
  return event;
}

void evolve(StockTable& table, const StockSet& event) {
  table.put_stock(event.sku(), Stock{event.on_hand(), event.on_hand() - event.available()});
}
void evolve(StockTable& table, const ItemsReserved& event) { apply(table, event.lines(), 0, +1); }
void evolve(StockTable& table, const ReservationReleased& event) {
  apply(table, event.lines(), 0, -1);
}
void evolve(StockTable& table, const OrderConfirmed& event) {
  apply(table, event.order().lines(), -1, -1);
}

}  // namespace vitrine::inventory
