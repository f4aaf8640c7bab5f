#pragma once
// Does it help? One viewer in ten is offered nothing: for her the offers are chosen and counted,
// and never shown. What the others do beyond her is the lift. Pure; every count is exact.
//
// An offer is one product for one viewer, counted once in kWindowMs; opening or buying it within
// that time counts once. Of a viewer the newest kOfferedMax offers are followed.
#include <string_view>

#include "commerce/recommend/state.h"

namespace vitrine::recommend {

// The same group for ever, by her id alone.
bool is_held_out(std::string_view viewer);
GroupFigures& group_of(OfferFigures& figures, std::string_view viewer);

// What of these is not open yet, is.
void count_offers(GroupFigures& group, Visitor& visitor, std::span<const Number> numbers,
                  std::int64_t at_ms);
void count_opened(GroupFigures& group, Visitor& visitor, Number number, std::int64_t at_ms);
// `numbers`: the order's products.
void count_order(GroupFigures& group, Visitor& visitor, const Order& order,
                 std::span<const Number> numbers, std::int64_t at_ms);

// Fills in what follows from the counts.
void conclude(OfferFigures& figures);

}  // namespace vitrine::recommend
