#include "commerce/recommend/policy_value.h"

namespace vitrine::recommend {
namespace {

constexpr std::array<std::string_view, 4> kPolicies{"logged", "offer", "greedy", "nothing"};

void teach(ActionsRow& row, std::span<const LoggedAction> actions) {
  for (const LoggedAction& one : actions)
    learn_action(row, one.action, one.context, one.ordered ? 1 : 0);
}

Action best_of(const ActionsRow& weights, const LoggedAction& logged) {
  const auto expected = expected_rewards(weights, logged.context);
  std::size_t best = 0;  // nothing is always possible
  for (std::size_t action = 1; action < kActions; ++action)
    if (logged.possible[action] != 0 && expected[action] > expected[best]) best = action;
  return static_cast<Action>(best);
}

// What a policy that does one thing would do; of the logged one there is nothing to say.
Action action_of(std::string_view policy, const ActionsRow& weights, const LoggedAction& logged) {
  if (policy == "greedy") return best_of(weights, logged);
  const bool has_offer = logged.possible[static_cast<std::size_t>(Action::Offer)] != 0;
  return policy == "offer" && has_offer ? Action::Offer : Action::Nothing;
}

learn::LoggedOutcome outcome_of(std::string_view policy, const ActionsRow& weights,
                                const LoggedAction& logged,
                                const std::array<double, kActions>& expected) {
  const double taken = expected[static_cast<std::size_t>(logged.action)];
  learn::LoggedOutcome outcome{logged.ordered ? 1.0 : 0.0, logged.propensity, logged.propensity,
                               taken, taken};
  if (policy == "logged") return outcome;
  const Action action = action_of(policy, weights, logged);
  outcome.target = action == logged.action ? 1 : 0;
  outcome.model_target = expected[static_cast<std::size_t>(action)];
  return outcome;
}

}  // namespace

std::vector<PolicyValue> value_policies(std::span<const LoggedAction> before,
                                        std::span<const LoggedAction> judged) {
  ActionsRow model, weights;
  teach(model, before);
  teach(weights, before.empty() ? judged : before);
  std::array<learn::OffPolicy, kPolicies.size()> sums;
  for (const LoggedAction& logged : judged) {
    const auto expected = expected_rewards(model, logged.context);
    for (std::size_t i = 0; i < kPolicies.size(); ++i)
      sums[i].add(outcome_of(kPolicies[i], weights, logged, expected));
    teach(model, {&logged, 1});
  }
  std::vector<PolicyValue> values;
  for (std::size_t i = 0; i < kPolicies.size(); ++i)
    values.push_back({kPolicies[i], sums[i].effective_count(), sums[i].ips(), sums[i].snips(),
                      sums[i].doubly_robust()});
  return values;
}

}  // namespace vitrine::recommend
