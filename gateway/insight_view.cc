#include "gateway/insight_view.h"

#include <algorithm>
#include <tuple>

#include "commerce/autopilot/carry_out.h"
#include "commerce/autopilot/state.h"

namespace vitrine::gateway {
namespace {

// Smaller comes first in the list and leaves it last.
auto rank(const api::QuestionView& one) {
  return std::tuple(one.has_answered(), one.has_answered() ? 0 : -one.group().people(),
                    -one.group().last_ms(), one.group().id());
}

}  // namespace

void InsightView::apply(const std::string& show, const InsightEvent& event) {
  if (event.has_faq()) {
    faqs_[show] = event.faq();  // its key is the shop
    return;
  }
  Show& of = shows_[show];
  switch (event.body_case()) {
    case InsightEvent::kQuestion: return put(of, event.question());
    case InsightEvent::kAnswered: return put(of, event.answered());
    case InsightEvent::kRetracted: return withdraw(of, event.retracted().question());
    case InsightEvent::kAssistant:
      of.assistant = event.assistant();
      return;
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
    case InsightEvent::kAction: return put(of, event.action());
    case InsightEvent::kAutopilot:
      of.autopilot[event.autopilot().kind()] = event.autopilot();
      return;
    case InsightEvent::kClearingSet:
      if (event.clearing_set().percent() == 0) clearing_.erase(event.clearing_set().sku());
      else clearing_[event.clearing_set().sku()] = event.clearing_set();
      return;
    default: return;
  }
}

void InsightView::put(Show& show, const QuestionAnswered& answered) {
  const auto found = show.questions.find(answered.question());
  if (found != show.questions.end()) *found->second.mutable_answered() = answered;
  std::erase_if(show.answers, [&](const auto& one) {
    return one.question() == answered.question();
  });
  if (show.answers.size() == kAnswersMax) show.answers.erase(show.answers.begin());
  api::AnswerView& view = show.answers.emplace_back();
  view.set_question(answered.question());
  view.set_text(answered.text());
  view.set_from(answered.from());
  view.set_by_assistant(answered.by_assistant());
  view.set_number(answered.number());
  view.set_at_ms(answered.at_ms());
  view.set_people(answered.people());
  view.set_shop_position(answered.shop_position());
}

void InsightView::withdraw(Show& show, const std::string& question) {
  const auto found = show.questions.find(question);
  if (found != show.questions.end()) found->second.clear_answered();
  for (api::AnswerView& one : show.answers) {
    if (one.question() != question) continue;
    one.set_withdrawn(true);
    one.clear_text();
    one.clear_from();
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

void InsightView::put(Show& show, const AutoAction& action) {
  const auto known = std::ranges::find(show.actions, action.id(), &AutoAction::id);
  if (known != show.actions.end()) {
    *known = action;
    return;
  }
  if (show.actions.size() == kActionsMax) show.actions.pop_back();
  show.actions.insert(show.actions.begin(), action);
}

const AutoAction* InsightView::action(const std::string& show, const std::string& id) const {
  const auto of = shows_.find(show);
  if (of == shows_.end()) return nullptr;
  const auto found = std::ranges::find(of->second.actions, id, &AutoAction::id);
  return found == of->second.actions.end() ? nullptr : &*found;
}

std::vector<std::pair<std::string, AutoAction>> InsightView::decided_actions() const {
  std::vector<std::pair<std::string, AutoAction>> out;
  for (const auto& [show, of] : shows_)
    for (const AutoAction& action : of.actions)
      if (autopilot::is_decided(action)) out.emplace_back(show, action);
  return out;
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
  for (const autopilot::Kind& kind : autopilot::kKinds) {
    const std::string name(kind.concern);
    const bool is_set = found != shows_.end() && found->second.autopilot.contains(name);
    *out.add_autopilot() =
        is_set ? found->second.autopilot.at(name) : autopilot::switch_of({}, kind);
  }
  if (found == shows_.end()) return out;
  for (const AutoAction& action : found->second.actions) *out.add_actions() = action;
  std::vector<const api::QuestionView*> all;
  for (const auto& [id, one] : found->second.questions) all.push_back(&one);
  std::ranges::sort(all, {}, [](const auto* one) { return rank(*one); });
  for (const auto* one : all) *out.add_questions() = *one;
  *out.mutable_mood() = found->second.mood;
  *out.mutable_offers() = found->second.offers;
  for (const HotLead& lead : found->second.leads) *out.add_leads() = lead;
  *out.mutable_assistant() = found->second.assistant;
  for (const HostAlert& alert : found->second.alerts) *out.add_alerts() = alert;
  return out;
}

api::AnswersView InsightView::answers(const std::string& show) const {
  api::AnswersView out;
  out.set_show(show);
  const auto found = shows_.find(show);
  if (found == shows_.end()) return out;
  for (const api::AnswerView& one : found->second.answers) *out.add_answers() = one;
  return out;
}

std::optional<api::AnswerEvent> InsightView::for_viewers(const std::string& show,
                                                         const InsightEvent& event) const {
  api::AnswerEvent out;
  if (event.has_again()) {
    *out.mutable_again() = event.again();
    return out;
  }
  const auto found = shows_.find(show);
  if (found == shows_.end() || !(event.has_answered() || event.has_retracted()))
    return std::nullopt;
  const std::string& question =
      event.has_answered() ? event.answered().question() : event.retracted().question();
  const auto& answers = found->second.answers;
  const auto one = std::ranges::find(answers, question, &api::AnswerView::question);
  if (one == answers.end()) return std::nullopt;
  *out.mutable_answer() = *one;
  return out;
}

const ShopFaq& InsightView::faq(const std::string& shop) const {
  const auto found = faqs_.find(shop);
  return found == faqs_.end() ? ShopFaq::default_instance() : found->second;
}

const api::QuestionView* InsightView::question(const std::string& show,
                                               const std::string& id) const {
  const auto of = shows_.find(show);
  if (of == shows_.end()) return nullptr;
  const auto found = of->second.questions.find(id);
  return found == of->second.questions.end() ? nullptr : &found->second;
}

}  // namespace vitrine::gateway
