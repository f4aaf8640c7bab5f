#include "commerce/autopilot/decide.h"

#include <algorithm>

namespace vitrine::autopilot {
namespace {

bool is_open(const AutoAction& action) {
  return action.state() == "pending" || action.state() == "due" || action.state() == "undoing";
}

Told refuse(const char* detail) {
  Told told(1);
  told.front().mutable_refused()->set_code("not-found");
  told.front().mutable_refused()->set_detail(detail);
  return told;
}

void tell(Told& told, const AutoAction& action) { *told.emplace_back().mutable_action() = action; }

// The action's state from here on, told.
void turn(Told& told, AutoAction& action, const char* state, std::int64_t now_ms,
          std::string_view actor = {}, std::string ended_why = {}) {
  action.set_state(state);
  action.set_ended_ms(now_ms);
  if (!actor.empty()) action.set_actor(std::string(actor));
  action.set_ended_why(std::move(ended_why));
  tell(told, action);
}

AutoAction* action_named(Pilot& pilot, std::string_view id) {
  const auto found = std::ranges::find(pilot.actions, id, &AutoAction::id);
  return found == pilot.actions.end() ? nullptr : &*found;
}

// Why there is nothing to do; empty: there is.
std::string moot(const Pilot& pilot, const AutoAction& action) {
  if (action.does() == "slow-mode")
    return pilot.slow_mode_s < action.seconds() ? "" : "Slow mode is on already.";
  if (action.does() == "pause") return pilot.is_live ? "" : "The show is not live.";
  const bool is_pinned = std::ranges::find(pilot.pins, action.sku()) != pilot.pins.end();
  return is_pinned ? "" : "The product is not pinned any more.";
}

// What somebody has done by hand needs no action any more.
void drop_moot(Pilot& pilot, std::int64_t now_ms, Told& told) {
  for (AutoAction& action : pilot.actions) {
    if (action.state() != "pending") continue;
    if (std::string why = moot(pilot, action); !why.empty())
      turn(told, action, "dropped", now_ms, {}, std::move(why));
  }
}

// The oldest that is over leaves; open ones are three at most.
void make_room(Pilot& pilot) {
  if (pilot.actions.size() < kActionsKept) return;
  pilot.actions.erase(std::ranges::find_if_not(pilot.actions, is_open));
}

std::string why_of(const Kind& kind, const HostAlert& alert) {
  std::string why(kind.sentence);
  if (!alert.about().empty()) ((why += " (") += alert.about()) += ')';
  return ((why += ": ") += alert.why()) += '.';
}

AutoAction action_of(const Pilot& pilot, const Kind& kind, const HostAlert& alert,
                     std::int64_t now_ms) {
  AutoAction action;
  action.set_id("x_" + std::to_string(pilot.numbers + 1));
  action.set_kind(std::string(kind.concern));
  action.set_does(std::string(kind.does));
  action.set_state("pending");
  action.set_alert(alert.id());
  if (kind.does == "unpin" && !pilot.pins.empty()) action.set_sku(pilot.pins.back());
  if (kind.does == "slow-mode") {
    action.set_seconds(kSlowModeS);
    action.set_seconds_before(pilot.slow_mode_s);
  }
  action.set_at_ms(now_ms);
  action.set_deadline_ms(now_ms + switch_of(pilot, kind).veto_s() * 1'000);
  action.set_actor(std::string(kActor));
  action.set_why(why_of(kind, alert));
  *action.mutable_evidence() = alert.evidence();
  *action.mutable_said() = alert.said();
  *action.mutable_held() = alert.held();
  return action;
}

Told switch_to(Pilot& pilot, const InsightCommand& command, std::int64_t now_ms) {
  const SetAutopilot& asked = command.autopilot();
  const Kind* kind = kind_of(asked.kind());
  if (kind == nullptr) return refuse("Alerts of this kind only tell.");
  AutopilotSet next = switch_of(pilot, *kind);
  next.set_on(asked.on());
  if (asked.veto_s() != 0) next.set_veto_s(std::clamp(asked.veto_s(), kVetoSMin, kVetoSMax));
  next.set_actor(command.actor());
  next.set_at_ms(now_ms);
  std::erase_if(pilot.switches, [&](const AutopilotSet& one) { return one.kind() == next.kind(); });
  pilot.switches.push_back(next);
  Told told(1);
  *told.front().mutable_autopilot() = next;
  if (next.on()) return told;
  for (AutoAction& action : pilot.actions)
    if (action.kind() == next.kind() && action.state() == "pending")
      turn(told, action, "dropped", now_ms, command.actor(), "It was switched off.");
  return told;
}

// Something has come back with this action as its cause.
void carried_out(Pilot& pilot, const AutoCause& cause, std::int64_t now_ms, Told& told) {
  AutoAction* action = action_named(pilot, cause.action());
  if (action == nullptr) return;
  if (!cause.undo() && action->state() == "due") turn(told, *action, "done", now_ms);
  if (cause.undo() && action->state() == "undoing") turn(told, *action, "undone", now_ms);
}

void not_carried_out(Pilot& pilot, const AutoCause& cause, const std::string& detail,
                     std::int64_t now_ms, Told& told) {
  AutoAction* action = action_named(pilot, cause.action());
  if (action == nullptr) return;
  if (!cause.undo() && action->state() == "due")
    turn(told, *action, "failed", now_ms, {}, "It could not be done: " + detail + ".");
  if (!cause.undo() || action->state() != "undoing") return;
  if (action->does() == "pause" && pilot.is_live)
    turn(told, *action, "undone", now_ms, {}, "By hand.");
  else
    turn(told, *action, "done", now_ms, kActor, "It could not be undone: " + detail + ".");
}

// Taken back without the button, or done over: there is nothing left to undo.
void taken_back(Pilot& pilot, std::string_view does, std::string_view sku,
                const std::string& actor, std::int64_t now_ms, Told& told) {
  for (AutoAction& action : pilot.actions)
    if (action.state() == "done" && action.does() == does && action.sku() == sku)
      turn(told, action, "undone", now_ms, actor, "By hand.");
}

}  // namespace

const Kind* kind_of(std::string_view concern) {
  const auto found = std::ranges::find(kKinds, concern, &Kind::concern);
  return found == kKinds.end() ? nullptr : &*found;
}

AutopilotSet switch_of(const Pilot& pilot, const Kind& kind) {
  const auto found = std::ranges::find(pilot.switches, kind.concern, &AutopilotSet::kind);
  if (found != pilot.switches.end()) return *found;
  AutopilotSet off;
  off.set_kind(std::string(kind.concern));
  off.set_does(std::string(kind.does));
  off.set_veto_s(kVetoS);
  return off;
}

Told on_alert(Pilot& pilot, const HostAlert& alert, std::int64_t now_ms) {
  Told told;
  if (alert.over()) {
    for (AutoAction& action : pilot.actions)
      if (action.state() == "pending" && action.alert() == alert.id())
        turn(told, action, "dropped", now_ms, {}, "The alert is over.");
    return told;
  }
  const Kind* kind = kind_of(alert.concern());
  if (kind == nullptr || !switch_of(pilot, *kind).on()) return told;
  const bool has_acted = std::ranges::any_of(pilot.actions, [&](const AutoAction& one) {
    return one.alert() == alert.id() || (one.kind() == alert.concern() && is_open(one));
  });
  if (has_acted) return told;
  AutoAction action = action_of(pilot, *kind, alert, now_ms);
  if (!moot(pilot, action).empty()) return told;
  ++pilot.numbers;
  make_room(pilot);
  pilot.actions.push_back(action);
  tell(told, action);
  return told;
}

Told on_command(Pilot& pilot, const InsightCommand& command, std::int64_t now_ms) {
  if (command.has_autopilot()) return switch_to(pilot, command, now_ms);
  Told told;
  if (command.has_veto()) {
    AutoAction* action = action_named(pilot, command.veto().action());
    if (action == nullptr || action->state() != "pending")
      return refuse("No action of this name waits for its deadline.");
    turn(told, *action, "vetoed", now_ms, command.actor());
  } else if (command.has_undo()) {
    AutoAction* action = action_named(pilot, command.undo().action());
    if (action == nullptr || action->state() != "done")
      return refuse("No action of this name has been done and can be undone.");
    turn(told, *action, "undoing", now_ms, command.actor());
  }
  return told;
}

Told on_deadline(Pilot& pilot, std::string_view id, std::int64_t now_ms) {
  Told told;
  AutoAction* action = action_named(pilot, id);
  if (action == nullptr || action->state() != "pending") return told;
  if (now_ms > action->deadline_ms() + kLateMs)
    turn(told, *action, "dropped", now_ms, {}, "The server was down when its time came.");
  else
    turn(told, *action, "due", now_ms);
  return told;
}

Told on_timeline(Pilot& pilot, const ShowEvent& event, std::int64_t now_ms) {
  Told told;
  if (event.has_refused()) {
    if (event.has_cause())
      not_carried_out(pilot, event.cause(), event.refused().detail(), now_ms, told);
    return told;
  }
  const auto pins = [&](const auto& now) { pilot.pins.assign(now.begin(), now.end()); };
  if (event.has_pinned()) pins(event.pinned().pins());
  if (event.has_unpinned()) pins(event.unpinned().pins());
  if (event.has_state_changed()) pilot.is_live = event.state_changed().after() == LIVE;
  if (event.has_cause()) carried_out(pilot, event.cause(), now_ms, told);
  if (event.has_pinned())
    taken_back(pilot, "unpin", event.pinned().sku(), event.actor(), now_ms, told);
  const ShowState after = event.state_changed().after();
  if (after == LIVE || after == ENDED) taken_back(pilot, "pause", {}, event.actor(), now_ms, told);
  drop_moot(pilot, now_ms, told);
  return told;
}

Told on_slow_mode(Pilot& pilot, const SlowModeSet& set, std::int64_t now_ms) {
  Told told;
  pilot.slow_mode_s = set.seconds();
  if (set.has_cause()) carried_out(pilot, set.cause(), now_ms, told);
  else taken_back(pilot, "slow-mode", {}, set.actor(), now_ms, told);
  drop_moot(pilot, now_ms, told);
  return told;
}

}  // namespace vitrine::autopilot
