#include "gateway/autopilot_adapter.h"

#include "commerce/autopilot/carry_out.h"
#include "commerce/model/serde.h"
#include "commerce/model/topics.h"

namespace vitrine::gateway {

void AutopilotAdapter::start() {
  started_ = true;
  for (const auto& [show, action] : core_.insights.decided_actions()) send(show, action);
}

void AutopilotAdapter::on_action(const std::string& show, const AutoAction& action) {
  if (started_ && autopilot::is_decided(action)) send(show, action);
}

void AutopilotAdapter::send(const std::string& show, const AutoAction& action) {
  Append append;
  Engine* engine = &core_.shop;
  if (const auto command = autopilot::show_command_of(show, action)) {
    append.topic = topics::show_commands.name();
    append.record = {show, encoded(*command), {}, core_.new_id("cmd_")};
  } else if (const auto chat = autopilot::chat_command_of(action)) {
    engine = &core_.audience;
    append.topic = topics::chat_commands.name();
    append.record = {show, encoded(*chat), {}, core_.new_id("cmd_")};
  } else {
    return;
  }
  // On the committer's thread: the loop tries again. An engine that stops will start again, and
  // then so does this.
  auto done = [this, show, action](Result<Position> result) {
    if (result || result.error().code == Code::Unavailable) return;
    core_.loop.post([this, show, action] { again(show, action); });
  };
  const auto accepted = engine->append(std::move(append), std::move(done));
  if (!accepted && accepted.error().code != Code::Unavailable) again(show, action);
}

void AutopilotAdapter::again(const std::string& show, const AutoAction& action) {
  core_.loop.after(kRetryMs, [this, show, action] {
    const AutoAction* now = core_.insights.action(show, action.id());
    if (now != nullptr && now->state() == action.state()) send(show, action);
  });
}

}  // namespace vitrine::gateway
