#include "gateway/presence.h"

#include "commerce/model/topics.h"

namespace vitrine::gateway {

// A heartbeat that the log refuses is not repeated: the next one comes in five seconds.
void Presence::append(const std::string& show, const std::string& viewer,
                      const std::string& session, bool left) {
  Activity activity;
  activity.set_viewer(viewer);
  activity.set_session(session);
  if (left) {
    activity.mutable_left();
  } else {
    activity.mutable_heartbeat();
  }
  (void)core_.audience.append(
      {.topic = topics::viewer_activity.name(), .record = {show, encoded(activity), {}, {}}});
}

void Presence::beat(const std::string& show, const std::string& viewer,
                    const std::string& session) {
  if (core_.shows.show(show) == nullptr) return;
  const Time now = core_.env.clock.now();
  auto [found, first] = last_[session].try_emplace(show, now);
  if (!first && now - found->second < kEvery && now >= found->second) return;
  found->second = now;
  append(show, viewer, session, false);
}

void Presence::left(const std::string& viewer, const std::string& session) {
  const auto node = last_.extract(session);
  if (node.empty()) return;
  for (const auto& [show, at] : node.mapped()) append(show, viewer, session, true);
}

}  // namespace vitrine::gateway
