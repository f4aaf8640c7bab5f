#pragma once
// The rules of a cart: a line says how many, the last word wins, 0 takes the line away.
#include <span>

#include "commerce/cart/state.h"
#include "commerce/model/decision.h"

namespace vitrine::cart {

std::int32_t quantity_of(const Cart& cart, std::string_view sku);

// not-found when the product is unknown and something is to be added; schema for a quantity outside
// 0 … 999 or a full cart. Setting what is there already is answered with added = 0 and the same
// version.
model::Decided<CartLineSet> set_line(const Cart& cart, const SetCartLine& command,
                                     bool product_is_known);

// What was bought leaves the cart: one event a line that changes.
std::vector<CartLineSet> take_out(const Cart& cart, std::span<const Line> bought);

void evolve(Cart& cart, const CartLineSet& event);

}  // namespace vitrine::cart
