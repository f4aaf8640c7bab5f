// Alerts that act by themselves: switched on and off, vetoed, undone.
#include "gateway/ask.h"

namespace vitrine::gateway::handlers {
namespace {

bool refuse_no_such_show(Core& core, const CallPtr& call) {
  if (core.shows.show(call->parameter("show")) != nullptr) return false;
  call->refuse({ProblemType::NotFound, "There is no such show."});
  return true;
}

void ask_for_action(const CallPtr& call, InsightCommand command) {
  ask_insight(call, call->parameter("show"), std::move(command),
              [call](const InsightEvent& event, Position) { call->answer(200, event.action()); });
}

}  // namespace

void set_autopilot(Core& core, const CallPtr& call) {
  if (refuse_no_such_show(core, call)) return;
  const auto& body = call->body_as<api::AutopilotRequest>();
  InsightCommand command;
  command.mutable_autopilot()->set_kind(call->parameter("kind"));
  command.mutable_autopilot()->set_on(body.on());
  command.mutable_autopilot()->set_veto_s(body.veto_s());
  ask_insight(
      call, call->parameter("show"), std::move(command),
      [call](const InsightEvent& event, Position) { call->answer(200, event.autopilot()); });
}

void veto_action(Core& core, const CallPtr& call) {
  if (refuse_no_such_show(core, call)) return;
  InsightCommand command;
  command.mutable_veto()->set_action(call->parameter("action"));
  ask_for_action(call, std::move(command));
}

void undo_action(Core& core, const CallPtr& call) {
  if (refuse_no_such_show(core, call)) return;
  InsightCommand command;
  command.mutable_undo()->set_action(call->parameter("action"));
  ask_for_action(call, std::move(command));
}

}  // namespace vitrine::gateway::handlers
