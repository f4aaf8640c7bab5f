#include "commerce/autopilot/carry_out.h"

namespace vitrine::autopilot {
namespace {

AutoCause cause_of(const AutoAction& action) {
  AutoCause cause;
  cause.set_action(action.id());
  cause.set_undo(action.state() == "undoing");
  cause.set_why(action.why());
  return cause;
}

}  // namespace

bool is_decided(const AutoAction& action) {
  return action.state() == "due" || action.state() == "undoing";
}

std::optional<ShowCommand> show_command_of(const std::string& show, const AutoAction& action) {
  const bool undo = action.state() == "undoing";
  ShowCommand command;
  if (action.does() == "pause") {
    command.mutable_change_state()->set_to(undo ? LIVE : PAUSED);
  } else if (action.does() != "unpin") {
    return std::nullopt;
  } else if (undo) {
    command.mutable_pin()->set_sku(action.sku());
  } else {
    command.mutable_unpin()->set_sku(action.sku());
  }
  // Of this try: an undoing that was refused may be asked for again.
  const std::string key = "automatic|" + show + '|' + action.id() + '|' + action.state() + '|' +
                          std::to_string(action.ended_ms());
  command.set_actor(action.actor());
  command.set_idempotency_key(key);
  command.set_body_hash(key);  // all of its body follows from the action
  *command.mutable_cause() = cause_of(action);
  return command;
}

std::optional<ChatCommand> chat_command_of(const AutoAction& action) {
  if (action.does() != "slow-mode") return std::nullopt;
  ChatCommand command;
  SetSlowMode& slow = *command.mutable_slow_mode();
  slow.set_seconds(action.state() == "undoing" ? action.seconds_before() : action.seconds());
  slow.set_actor(action.actor());
  *slow.mutable_cause() = cause_of(action);
  return command;
}

}  // namespace vitrine::autopilot
