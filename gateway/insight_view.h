#pragma once
// What the models say of each show now, folded from show.insights only. Decides nothing.
//
// Bounds: kQuestionsMax questions a show, the least asked and oldest go first; kAlertsMax alerts
// and kLeadsMax leads, the oldest go first; kAnswersMax answers for viewers, the oldest first;
// kActionsMax automatic actions, the oldest first.
// Threads: the loop's.
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "commerce/model/proto/api.pb.h"
#include "commerce/model/proto/insight.pb.h"

namespace vitrine::gateway {

class InsightView {
 public:
  static constexpr std::size_t kQuestionsMax = 200, kAlertsMax = 20, kLeadsMax = 20,
                               kAnswersMax = 50, kActionsMax = 20;

  void apply(const std::string& show, const InsightEvent& event);

  // Open questions, most people first; then the answered, newest first. Without as_of.
  api::InsightsView of(const std::string& show) const;
  // What viewers see of the answers, oldest first. Without as_of.
  api::AnswersView answers(const std::string& show) const;
  // The same of one event; empty when it is none for viewers.
  std::optional<api::AnswerEvent> for_viewers(const std::string& show,
                                              const InsightEvent& event) const;
  // What a shop says of itself; version 0: nothing yet.
  const ShopFaq& faq(const std::string& shop) const;
  // Null when there is none any more.
  const AutoAction* action(const std::string& show, const std::string& id) const;
  // Those that are to be carried out now, with their show.
  std::vector<std::pair<std::string, AutoAction>> decided_actions() const;
  // Null when there is none, or it was dismissed.
  const api::QuestionView* question(const std::string& show, const std::string& id) const;

 private:
  struct Show {
    std::map<std::string, api::QuestionView> questions;  // by id
    std::vector<HostAlert> alerts;                       // newest first
    MoodTick mood;
    OfferFigures offers;
    std::vector<HotLead> leads;  // newest first
    AssistantFigures assistant;
    std::vector<api::AnswerView> answers;           // oldest first
    std::map<std::string, AutopilotSet> autopilot;  // by kind
    std::vector<AutoAction> actions;                // newest first
  };
  static void put(Show& show, const QuestionGroup& group);
  static void put(Show& show, const HostAlert& alert);
  static void put(Show& show, const HotLead& lead);
  static void put(Show& show, const AutoAction& action);
  static void put(Show& show, const QuestionAnswered& answered);
  static void withdraw(Show& show, const std::string& question);

  std::map<std::string, Show> shows_;
  std::map<std::string, ClearingSet> clearing_;  // by sku; at most the shop's products
  std::map<std::string, ShopFaq> faqs_;  // by shop
};

}  // namespace vitrine::gateway
