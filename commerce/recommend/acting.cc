// Actions: chosen with the offers, rewarded by an order in time.
#include "commerce/recommend/action.h"
#include "commerce/recommend/holdout.h"
#include "commerce/recommend/recommender.h"

namespace vitrine::recommend {
namespace {

ActionFigures& figures_of(OfferFigures& figures, std::string_view action) {
  for (ActionFigures& one : *figures.mutable_actions())
    if (one.action() == action) return one;
  ActionFigures& added = *figures.add_actions();
  added.set_action(std::string(action));
  return added;
}

}  // namespace

void Recommender::act(Desk& desk, const std::string& viewer, Visitor& visitor,
                      ViewerOffers& offers, OfferFigures& figures) {
  if (visitor.acted || is_held_out(viewer)) return;
  const auto title_of = [&](const std::string& sku) { return find(desk, sku)->title; };
  const auto* clicked = visitor.clicks.empty() ? nullptr : desk.model.item(visitor.clicks.back());
  // The record count, so that a replay draws the same.
  const std::uint64_t position = desk.row.version;
  const auto allowed = possible(visitor, offers, desk.now_ms);
  const ChosenAction chosen = choose_action(actions_.upsert(desk.shop),
                                            context_of(visitor, offers), allowed, position);
  visitor.acted = Acted{static_cast<std::uint64_t>(chosen.action), chosen.context, visitor.show,
                        desk.now_ms, false};
  if (chosen.action == Action::Question) visitor.asked_ms = desk.now_ms;
  *offers.mutable_action() = told(chosen, offers, title_of, clicked ? clicked->row.title : "");
  for (const double value : chosen.context) offers.mutable_drawn_from()->add_context(value);
  for (const auto one : allowed) offers.mutable_drawn_from()->add_possible(one != 0);
  offers.mutable_action()->set_id("n_" + std::to_string(position));
  offers.mutable_action()->set_learnt(
      static_cast<std::int64_t>(actions_.upsert(desk.shop).learnt));
  ActionFigures& counts = figures_of(figures, name_of(chosen.action));
  counts.set_chosen(counts.chosen() + 1);
  desk.out.timers().at(time_of_millis(desk.now_ms + kActionMs), desk.shop, kActionTag + viewer);
}

void Recommender::reward(Desk& desk, Visitor& visitor, double reward) {
  if (!visitor.acted || visitor.acted->rewarded) return;
  Acted& acted = *visitor.acted;
  acted.rewarded = true;
  const Action action = static_cast<Action>(acted.action);
  learn_action(actions_.upsert(desk.shop), action, acted.context, reward);
  if (reward == 0) return;
  ShowRow& show = shows_.upsert({desk.shop, acted.show});
  ActionFigures& counts = figures_of(show.figures, name_of(action));
  counts.set_rewarded(counts.rewarded() + 1);
}

}  // namespace vitrine::recommend
