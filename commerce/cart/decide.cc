#include "commerce/cart/decide.h"

#include <algorithm>

namespace vitrine::cart {

using model::refuse;

namespace {

CartLineSet line_set(const Cart& cart, const std::string& sku, std::int32_t quantity) {
  CartLineSet event;
  event.set_sku(sku);
  event.set_quantity(quantity);
  event.set_added(quantity - quantity_of(cart, sku));
  event.set_version(cart.version + (event.added() != 0 ? 1 : 0));
  return event;
}

}  // namespace

std::int32_t quantity_of(const Cart& cart, std::string_view sku) {
  const auto found = std::ranges::find(cart.lines, sku, &CartLine::sku);
  return found == cart.lines.end() ? 0 : found->quantity;
}

model::Decided<CartLineSet> set_line(const Cart& cart, const SetCartLine& command,
                                     bool product_is_known) {
  if (command.quantity() < 0 || command.quantity() > model::kQuantityMax) {
    return refuse("schema", "a quantity is from 0 to 999");
  }
  if (command.quantity() > 0 && !product_is_known)
    return refuse("not-found", "no product " + command.sku());
  const bool is_new = command.quantity() > 0 && quantity_of(cart, command.sku()) == 0;
  if (is_new && cart.lines.size() >= model::kLinesMax) return refuse("schema", "the cart is full");
  return line_set(cart, command.sku(), command.quantity());
}

std::vector<CartLineSet> take_out(const Cart& cart, std::span<const Line> bought) {
  std::vector<CartLineSet> events;
  Cart next = cart;
  for (const Line& line : bought) {
    const std::int32_t before = quantity_of(next, line.sku());
    if (before == 0) continue;
    events.push_back(line_set(next, line.sku(), std::max(0, before - line.quantity())));
    evolve(next, events.back());
  }
  return events;
}

void evolve(Cart& cart, const CartLineSet& event) {
  cart.version = event.version();
  const auto found = std::ranges::find(cart.lines, event.sku(), &CartLine::sku);
  if (event.quantity() == 0) {
    if (found != cart.lines.end()) cart.lines.erase(found);
  } else if (found != cart.lines.end()) {
    found->quantity = event.quantity();
  } else {
    cart.lines.push_back({event.sku(), event.quantity()});
  }
}

}  // namespace vitrine::cart
