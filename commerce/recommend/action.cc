#include "commerce/recommend/action.h"

#include <algorithm>

#include "learn/bandits/linear_bandit.h"

namespace vitrine::recommend {
namespace {

learn::LinearBandit bandit_of(const ActionsRow& row) {
  learn::LinearBandit bandit{{.arms = kActions, .dimensions = kContextSize, .model = 0x6e6261}};
  if (!row.bandit.empty()) VT_CHECK_MSG(bandit.restore(row.bandit), "restore the shop's bandit");
  return bandit;
}

double up_to(std::size_t count, double most) {
  return std::min(1.0, static_cast<double>(count) / most);
}

// The product an offer card shows: one that goes with the cart, else one to clear.
const OfferedItem* offer_of(const ViewerOffers& offers) {
  if (offers.with_cart_size() > 0) return &offers.with_cart(0);
  for (const OfferedItem& item : offers.items())
    if (item.clearing()) return &item;
  return nullptr;
}

}  // namespace

std::string_view name_of(Action action) {
  constexpr std::array<std::string_view, kActions> kNames{"nothing", "product", "offer",
                                                          "question"};
  return kNames[static_cast<std::size_t>(action)];
}

std::vector<double> context_of(const Visitor& visitor, const ViewerOffers& offers) {
  const bool is_similar = offers.items_size() > 0 && offers.items(0).kind() == "similar";
  return {1,
          up_to(visitor.clicks.size(), 10),
          up_to(visitor.cart.size(), 5),
          up_to(visitor.bought.size(), 3),
          is_similar ? 1.0 : 0.0,
          offers.with_cart_size() > 0 ? 1.0 : 0.0};
}

std::array<std::uint8_t, kActions> possible(const Visitor& visitor, const ViewerOffers& offers,
                                            std::int64_t at_ms) {
  const bool may_ask = !visitor.clicks.empty() && at_ms >= visitor.asked_ms + kHourMs;
  return {1, static_cast<std::uint8_t>(offers.items_size() > 0),
          static_cast<std::uint8_t>(offer_of(offers) != nullptr),
          static_cast<std::uint8_t>(may_ask)};
}

ChosenAction choose_action(const ActionsRow& row, std::vector<double> context,
                           const std::array<std::uint8_t, kActions>& allowed,
                           std::uint64_t position) {
  const auto choice = bandit_of(row).choose(context, allowed, position);
  VT_CHECK(choice);  // nothing is always possible
  return {static_cast<Action>(choice->arm), choice->propensity, std::move(context)};
}

void learn_action(ActionsRow& row, Action action, const std::vector<double>& context,
                  double reward) {
  learn::LinearBandit bandit = bandit_of(row);
  bandit.learn(static_cast<std::uint32_t>(action), context, reward);
  row.bandit = bandit.snapshot();
  ++row.learnt;
}

std::array<double, kActions> expected_rewards(const ActionsRow& row,
                                              const std::vector<double>& context) {
  const learn::LinearBandit bandit = bandit_of(row);
  std::array<double, kActions> rewards{};
  for (std::uint32_t arm = 0; arm < kActions; ++arm) rewards[arm] = bandit.expected(arm, context);
  return rewards;
}

NextAction told(const ChosenAction& chosen, const ViewerOffers& offers,
                const std::function<std::string(const std::string& sku)>& title_of,
                const std::string& clicked) {
  NextAction out;
  out.set_action(std::string(name_of(chosen.action)));
  out.set_propensity(chosen.propensity);
  const auto show = [&](const OfferedItem& item, const std::string& text) {
    out.set_sku(item.sku());
    out.set_text(text + title_of(item.sku()));
    out.set_why(item.why());
  };
  if (chosen.action == Action::Product) show(offers.items(0), "Have a look: ");
  if (chosen.action == Action::Offer)
    show(*offer_of(offers),
         offers.with_cart_size() > 0 ? "Goes with your cart: " : "Selling out: ");
  if (chosen.action == Action::Question) {
    out.set_text("Anything you want to know about " + clicked + "? Ask the host.");
    out.set_why("You have looked at " + clicked + ".");
  }
  return out;
}

}  // namespace vitrine::recommend
