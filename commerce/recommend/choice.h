#pragma once
// Which products a viewer is offered, and why. Pure: the picture of the shop and the rows in, a
// list out; equal rows give equal lists.
//
// In this order, each only with what is in stock, not on the table, not in her cart, not bought by
// her and not what she is looking at:
//   similar    what similar sessions went on to (learn/sessions), for who has looked at something
//   together   what stands beside her newest product in carts and orders
//   show       what this show has shown, most looked at first
//   shop       what the shop's viewers do most with
// Stock to clear weighs more in each of them, and the reason says so.
#include <functional>
#include <string>
#include <vector>

#include "commerce/recommend/model.h"
#include "commerce/recommend/state.h"

namespace vitrine::recommend {

inline constexpr std::size_t kItemsMax = 3, kWithCartMax = 2;

using PairsOf = std::function<const Pairs*(Number)>;  // null: none known

std::vector<OfferedItem> choose_items(Model& model, const Visitor& visitor, const ShowRow* show,
                                      const PairsOf& pairs_of);

// What goes with the cart: the pairs of all its products together, each weighed by how often it
// stands alone.
std::vector<OfferedItem> choose_with_cart(Model& model, const Visitor& visitor,
                                          const ShowRow* show, const PairsOf& pairs_of);

}  // namespace vitrine::recommend
