#pragma once
// The next best action for a viewer: a product card, an offer card, a prompt to ask the host, or
// nothing. Pure: rows in, rows and a choice out.
//
// A linear bandit (learn/bandits, Thompson sampling, floor 2 %) chooses among what is possible now;
// its propensity is told with the action, so that another policy can be valued from the log
// (policy_value.h). The reward is 1 when the viewer's next order is confirmed within kActionMs,
// else 0, whatever was chosen: so `nothing` is a fair rival. Draws are a function of the shop's
// record count, so a replay chooses the same.
//
// Caps: one choice a viewer in kActionMs, one question prompt an hour.
#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "commerce/recommend/state.h"

namespace vitrine::recommend {

inline constexpr std::size_t kContextSize = 6;
inline constexpr std::int64_t kActionMs = 10 * 60'000;

enum class Action : std::uint8_t { Nothing, Product, Offer, Question };
inline constexpr std::size_t kActions = 4;
std::string_view name_of(Action action);

struct ChosenAction {
  Action action = Action::Nothing;
  double propensity = 0;
  std::vector<double> context;
};

std::vector<double> context_of(const Visitor& visitor, const ViewerOffers& offers);
// What there is to show. Nothing is always possible.
std::array<std::uint8_t, kActions> possible(const Visitor& visitor, const ViewerOffers& offers,
                                            std::int64_t at_ms);

ChosenAction choose_action(const ActionsRow& row, std::vector<double> context,
                           const std::array<std::uint8_t, kActions>& allowed,
                           std::uint64_t position);
void learn_action(ActionsRow& row, Action action, const std::vector<double>& context,
                  double reward);

// The reward that is expected of each action, as far as the row knows.
std::array<double, kActions> expected_rewards(const ActionsRow& row,
                                              const std::vector<double>& context);

// How it is told to the viewer. `clicked`: the title of what she looked at last.
NextAction told(const ChosenAction& chosen, const ViewerOffers& offers,
                const std::function<std::string(const std::string& sku)>& title_of,
                const std::string& clicked);

}  // namespace vitrine::recommend
