#include "gateway/insight_view.h"

#include <algorithm>
#include <tuple>

namespace vitrine::gateway {
namespace {

// Smaller comes first in the list and leaves it last.
auto rank(const api::QuestionView& one) {
  return std::tuple(one.has_answered(), one.has_answered() ? 0 : -one.group().people(),
                    -one.group().last_ms(), one.group().id());
}

}  // namespace

void InsightView::apply(const std::string& show, const InsightEvent& event) {
  Show& of = shows_[show];
  switch (event.body_case()) {
    case InsightEvent::kQuestion: return put(of, event.question());
    case InsightEvent::kAnswered: {
      const auto found = of.questions.find(event.answered().question());
      if (found != of.questions.end()) *found->second.mutable_answered() = event.answered();
      return;
    }
    case InsightEvent::kDismissed:
      of.questions.erase(event.dismissed().question());
      return;
    case InsightEvent::kAlert: return put(of, event.alert());
    case InsightEvent::kMood:
      of.mood = event.mood();
      return;
    case InsightEvent::kOffers:
      of.offers = event.offers();
      return;
    case InsightEvent::kLead: return put(of, event.lead());
    case InsightEvent::kClearingSet:
      if (event.clearing_set().percent() == 0) clearing_.erase(event.clearing_set().sku());
      else clearing_[event.clearing_set().sku()] = event.clearing_set();
      return;
    default: return;
  }
}

void InsightView::put(Show& show, const HostAlert& alert) {
  std::erase_if(show.alerts, [&](const HostAlert& known) { return known.id() == alert.id(); });
  if (show.alerts.size() == kAlertsMax) show.alerts.pop_back();
  show.alerts.insert(show.alerts.begin(), alert);
}

void InsightView::put(Show& show, const HotLead& lead) {
  const auto known = std::ranges::find(show.leads, lead.id(), &HotLead::id);
  if (known != show.leads.end()) {
    *known = lead;
    return;
  }
  if (show.leads.size() == kLeadsMax) show.leads.pop_back();
  show.leads.insert(show.leads.begin(), lead);
}

void InsightView::put(Show& show, const QuestionGroup& group) {
  *show.questions[group.id()].mutable_group() = group;
  if (show.questions.size() <= kQuestionsMax) return;
  show.questions.erase(std::ranges::max_element(
      show.questions, {}, [](const auto& entry) { return rank(entry.second); }));
}

api::InsightsView InsightView::of(const std::string& show) const {
  api::InsightsView out;
  out.set_show(show);
  for (const auto& [sku, set] : clearing_) *out.add_clearing() = set;
  const auto found = shows_.find(show);
  if (found == shows_.end()) return out;
  std::vector<const api::QuestionView*> all;
  for (const auto& [id, one] : found->second.questions) all.push_back(&one);
  std::ranges::sort(all, {}, [](const auto* one) { return rank(*one); });
  for (const auto* one : all) *out.add_questions() = *one;
  *out.mutable_mood() = found->second.mood;
  *out.mutable_offers() = found->second.offers;
  for (const HotLead& lead : found->second.leads) *out.add_leads() = lead;
  for (const HostAlert& alert : found->second.alerts) *out.add_alerts() = alert;
  return out;
}

const api::QuestionView* InsightView::question(const std::string& show,
                                               const std::string& id) const {
  const auto of = shows_.find(show);
  if (of == shows_.end()) return nullptr;
  const auto found = of->second.questions.find(id);
  return found == of->second.questions.end() ? nullptr : &found->second;
}

}  // namespace vitrine::gateway
