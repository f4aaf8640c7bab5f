#pragma once
// What would another way to choose the next best action have earned, by the actions that were
// logged with their propensities (learn/bandits/off_policy.h)? Pure, and the same for the same log.
//
//   logged    what was done
//   offer     an offer card whenever there is one, else nothing
//   greedy    the action of which today's weights expect most
//   nothing   never anything
//
// A value is the share of actions that an order followed in time. DR's model is the shop's own,
// taught in the order of the log, each outcome after it was estimated.
#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "commerce/recommend/action.h"
#include "learn/bandits/off_policy.h"

namespace vitrine::recommend {

struct LoggedAction {
  Action action = Action::Nothing;
  double propensity = 0;  // > 0
  std::vector<double> context;
  std::array<std::uint8_t, kActions> possible{};
  bool ordered = false;  // within kActionMs
};

struct PolicyValue {
  std::string_view policy;
  double effective_count = 0;  // of actions: this many of its own would tell as much
  learn::ValueEstimate ips, snips, doubly_robust;
};

// `before` only teaches. Without it greedy's weights are learnt from the very outcomes they are
// judged by, which flatters them.
std::vector<PolicyValue> value_policies(std::span<const LoggedAction> before,
                                        std::span<const LoggedAction> judged);

}  // namespace vitrine::recommend
