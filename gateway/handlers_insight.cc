// What the models tell a host, and what she does about it.
#include "gateway/ask.h"
#include "gateway/insight_feed.h"

namespace vitrine::gateway::handlers {
namespace {

// The question of the path; null when there is none and the call has been told so.
const api::QuestionView* question_of(Core& core, const CallPtr& call) {
  const auto* found = core.insights.question(call->parameter("show"), call->parameter("question"));
  if (found == nullptr) call->refuse({ProblemType::NotFound, "There is no such question."});
  return found;
}

}  // namespace

void get_insights(Core& core, const CallPtr& call) {
  if (core.shows.show(call->parameter("show")) == nullptr)
    return call->refuse({ProblemType::NotFound, "There is no such show."});
  call->answer(200, insights_now(core, call->parameter("show")));
}

void answer_question(Core& core, const CallPtr& call) {
  if (question_of(core, call) == nullptr) return;
  InsightCommand command;
  command.mutable_answer()->set_question(call->parameter("question"));
  command.mutable_answer()->set_text(call->body_as<api::AnswerRequest>().text());
  ask_insight(call, call->parameter("show"), std::move(command),
              [call](const InsightEvent& event, Position) {
                api::QuestionView view;
                if (const auto* now = call->core.insights.question(call->parameter("show"),
                                                                   event.answered().question()))
                  *view.mutable_group() = now->group();
                *view.mutable_answered() = event.answered();
                call->answer(200, view);
              });
}

void dismiss_question(Core& core, const CallPtr& call) {
  if (question_of(core, call) == nullptr) return;
  InsightCommand command;
  command.mutable_dismiss()->set_question(call->parameter("question"));
  ask_insight(call, call->parameter("show"), std::move(command),
              [call](const InsightEvent&, Position at) {
                api::Accepted accepted;
                accepted.set_as_of(call->core.as_of(Domain::Insight, at));
                call->answer(200, accepted);
              });
}

void get_answers(Core& core, const CallPtr& call) {
  if (core.shows.show(call->parameter("show")) == nullptr)
    return call->refuse({ProblemType::NotFound, "There is no such show."});
  call->answer(200, answers_now(core, call->parameter("show")));
}

void retract_answer(Core& core, const CallPtr& call) {
  if (question_of(core, call) == nullptr) return;
  InsightCommand command;
  command.mutable_retract()->set_question(call->parameter("question"));
  ask_insight(call, call->parameter("show"), std::move(command),
              [call](const InsightEvent&, Position at) {
                api::Accepted accepted;
                accepted.set_as_of(call->core.as_of(Domain::Insight, at));
                call->answer(200, accepted);
              });
}

void set_assistant(Core& core, const CallPtr& call) {
  if (core.shows.show(call->parameter("show")) == nullptr)
    return call->refuse({ProblemType::NotFound, "There is no such show."});
  InsightCommand command;
  command.mutable_assistant()->set_mode(call->body_as<api::AssistantRequest>().mode());
  ask_insight(call, call->parameter("show"), std::move(command),
              [call](const InsightEvent& event, Position) {
                call->answer(200, event.assistant());
              });
}

void get_faq(Core& core, const CallPtr& call) {
  ShopFaq faq = core.insights.faq(core.options.shop);
  faq.clear_actor();  // anyone may read it
  call->answer(200, faq);
}

void put_faq(Core& core, const CallPtr& call) {
  const auto& asked = call->body_as<api::FaqRequest>();
  InsightCommand command;
  command.mutable_faq()->set_version(asked.version());
  *command.mutable_faq()->mutable_entries() = asked.entries();
  ask_insight(call, core.options.shop, std::move(command),
              [call](const InsightEvent& event, Position) { call->answer(200, event.faq()); });
}

}  // namespace vitrine::gateway::handlers
