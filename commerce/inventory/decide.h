#pragma once
// The rules of stock. Pure: what they answer depends on their arguments alone.
//
//   reserve is all or nothing, over lines summed by sku;
//   release gives back exactly what was reserved;
//   sell takes reserved units out of the house: what is available does not change by it.
#include <span>

#include "commerce/inventory/state.h"
#include "commerce/model/decision.h"

namespace vitrine::inventory {

using Lines = std::vector<Line>;
using Left = std::vector<StockLeft>;

// One line a sku, in order of first appearance. schema: an empty list, a bad quantity, a sum or
// count beyond the bounds, or one sku at two prices.
model::Decided<Lines> sum_by_sku(std::span<const Line> lines);

// What is left after each decision, for the event; stock-unavailable names what there is of every
// sku that falls short.
model::Decided<Left> reserve(const StockView& view, std::span<const Line> summed);
Left release(const StockView& view, std::span<const Line> reserved);
Left sell(const StockView& view, std::span<const Line> reserved);

// stock-unavailable below what is reserved; schema outside 0 … kOnHandMax.
model::Decided<StockSet> set_stock(const StockView& view, const SetStock& command);

void evolve(StockTable& table, const StockSet& event);
void evolve(StockTable& table, const ItemsReserved& event);
void evolve(StockTable& table, const ReservationReleased& event);
void evolve(StockTable& table, const OrderConfirmed& event);

}  // namespace vitrine::inventory
