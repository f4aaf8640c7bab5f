// The moderators' desk: what waits, what is decided about it, and about people.
#include "gateway/ask.h"
#include "gateway/moderation_feed.h"

namespace vitrine::gateway::handlers {
namespace {

bool refuse_no_show(Core& core, const CallPtr& call) {
  if (core.shows.show(call->parameter("show")) != nullptr) return false;
  call->refuse({ProblemType::NotFound, "There is no such show."});
  return true;
}

void decide(Core& core, const CallPtr& call, bool release) {
  if (refuse_no_show(core, call)) return;
  ChatCommand command;
  command.mutable_decide()->set_held(call->parameter("held"));
  command.mutable_decide()->set_release(release);
  command.mutable_decide()->set_reason(call->body_as<api::DecisionRequest>().reason());
  command.mutable_decide()->set_actor(call->caller.id);
  ask_chat(
      core, call->parameter("show"), command,
      [call](const Problem& problem) { call->refuse(problem); },
      [call](const ChatEvent& event, Position at) {
        api::Accepted accepted;
        accepted.set_as_of(call->core.as_of(Domain::Audience, at));
        accepted.set_number(event.decided().number());
        call->answer(200, accepted);
      });
}

void act(Core& core, const CallPtr& call, const char* action, std::int64_t minutes,
         const std::string& reason) {
  if (refuse_no_show(core, call)) return;
  ChatCommand command;
  command.mutable_act()->set_person(call->parameter("viewer"));
  command.mutable_act()->set_action(action);
  command.mutable_act()->set_minutes(minutes);
  command.mutable_act()->set_reason(reason);
  command.mutable_act()->set_actor(call->caller.id);
  ask_chat(
      core, call->parameter("show"), command,
      [call](const Problem& problem) { call->refuse(problem); },
      [call](const ChatEvent&, Position) {
        const std::string& show = call->parameter("show");
        call->answer(200, person_now(call->core, show, call->parameter("viewer")));
      });
}

void act_for(Core& core, const CallPtr& call, const char* action) {
  const auto& body = call->body_as<api::PersonRequest>();
  act(core, call, action, body.minutes(), body.reason());
}

}  // namespace

void get_moderation(Core& core, const CallPtr& call) {
  if (refuse_no_show(core, call)) return;
  call->answer(200, moderation_now(core, call->parameter("show")));
}

void release_held(Core& core, const CallPtr& call) { decide(core, call, true); }
void reject_held(Core& core, const CallPtr& call) { decide(core, call, false); }

void get_person(Core& core, const CallPtr& call) {
  if (refuse_no_show(core, call)) return;
  call->answer(200, person_now(core, call->parameter("show"), call->parameter("viewer")));
}

void mute_person(Core& core, const CallPtr& call) { act_for(core, call, "mute"); }
void ban_person(Core& core, const CallPtr& call) { act_for(core, call, "ban"); }
void shadow_person(Core& core, const CallPtr& call) { act_for(core, call, "shadow"); }
void pardon_person(Core& core, const CallPtr& call) {
  act(core, call, "pardon", 0, call->body_as<api::DecisionRequest>().reason());
}

void set_slow_mode(Core& core, const CallPtr& call) {
  if (refuse_no_show(core, call)) return;
  ChatCommand command;
  command.mutable_slow_mode()->set_seconds(call->body_as<api::SlowModeRequest>().seconds());
  command.mutable_slow_mode()->set_actor(call->caller.id);
  ask_chat(
      core, call->parameter("show"), command,
      [call](const Problem& problem) { call->refuse(problem); },
      [call](const ChatEvent&, Position) {
        call->answer(200, moderation_now(call->core, call->parameter("show")));
      });
}

}  // namespace vitrine::gateway::handlers
