#include "commerce/recommend/holdout.h"

#include <algorithm>
#include <span>

#include "base/hash.h"

namespace vitrine::recommend {
namespace {

constexpr std::uint32_t kOneIn = 10;

OpenOffer* open_offer(Visitor& visitor, Number number, std::int64_t at_ms) {
  const auto found = std::ranges::find(visitor.offered, number, &OpenOffer::number);
  const bool is_open = found != visitor.offered.end() && at_ms < found->at_ms + kWindowMs;
  return is_open ? &*found : nullptr;
}

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string percent(double share) {
  const auto tenths = static_cast<std::int64_t>(share * 1'000 + (share < 0 ? -0.5 : 0.5));
  const std::int64_t size = tenths < 0 ? -tenths : tenths;
  return (tenths < 0 ? "-" : "") + std::to_string(size / 10) + "." + std::to_string(size % 10) +
         " %";
}

std::string told(const GroupFigures& group) {
  return std::to_string(group.bought()) + " of " + std::to_string(group.offered());
}

}  // namespace

bool is_held_out(std::string_view viewer) {
  return murmur2("recommend|holdout|" + std::string(viewer)) % kOneIn == 0;
}

GroupFigures& group_of(OfferFigures& figures, std::string_view viewer) {
  return is_held_out(viewer) ? *figures.mutable_held_out() : *figures.mutable_shown();
}

void count_offers(GroupFigures& group, Visitor& visitor, std::span<const Number> numbers,
                  std::int64_t at_ms) {
  for (const Number number : numbers) {
    if (open_offer(visitor, number, at_ms) != nullptr) continue;
    std::erase_if(visitor.offered, [&](const OpenOffer& one) { return one.number == number; });
    if (visitor.offered.size() == kOfferedMax) visitor.offered.erase(visitor.offered.begin());
    visitor.offered.push_back({number, at_ms, false, false});
    group.set_offered(group.offered() + 1);
  }
}

void count_opened(GroupFigures& group, Visitor& visitor, Number number, std::int64_t at_ms) {
  OpenOffer* offer = open_offer(visitor, number, at_ms);
  if (offer == nullptr || offer->opened) return;
  offer->opened = true;
  group.set_opened(group.opened() + 1);
}

void count_order(GroupFigures& group, Visitor& visitor, const Order& order,
                 std::span<const Number> numbers, std::int64_t at_ms) {
  if (visitor.offered.empty()) return;
  for (const Number number : numbers) {
    OpenOffer* offer = open_offer(visitor, number, at_ms);
    if (offer == nullptr || offer->bought) continue;
    offer->bought = true;
    group.set_bought(group.bought() + 1);
  }
  group.set_orders(group.orders() + 1);
  for (const Line& line : order.lines()) group.set_units(group.units() + line.quantity());
  Money& amount = *group.mutable_amount();
  if (amount.currency().empty()) amount.set_currency(order.total().currency());
  if (amount.currency() == order.total().currency())
    amount.set_amount(amount.amount() + order.total().amount());
}

void conclude(OfferFigures& figures) {
  figures.mutable_shown();  // told also while there is nothing to tell
  figures.mutable_held_out();
  const GroupFigures &shown = figures.shown(), &held = figures.held_out();
  const double with = share(shown.bought(), shown.offered());
  const double without = share(held.bought(), held.offered());
  figures.set_lift_known(without > 0);
  figures.set_lift(without > 0 ? with / without - 1 : 0);
  const double basket = share(shown.amount().amount(), shown.orders());
  const double held_basket = share(held.amount().amount(), held.orders());
  figures.set_basket_lift(basket > 0 && held_basket > 0 ? basket / held_basket - 1 : 0);
  figures.set_why("Bought within half an hour: " + told(shown) + " offers shown (" +
                  percent(with) + "), " + told(held) + " held back (" + percent(without) + ")" +
                  (without > 0 ? "." : "; a lift needs a purchase among those held back."));
}

}  // namespace vitrine::recommend
