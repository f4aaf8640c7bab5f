// EmbeddedEngine: how long records are kept, and which of them somebody still needs.
#include <algorithm>
#include <array>

#include "streams/runtime/embedded_engine.h"

namespace vitrine {

void Engine::hold(const std::string&, Position) {}
void Engine::let_go(const std::string&) {}

Result<void> EmbeddedEngine::say_what_is_kept() {
  Journal& journal = broker_->journal();
  for (TopicNumber topic = 0; topic < topics_.size(); ++topic)
    journal.keep(topics_.info(topic).name, topics_.info(topic).keep);
  for (const auto& [topic, keep] : options_.keep) {
    if (topics_.find(topic) == TopicTable::kNone) {
      return fail(Code::Invalid, "open " + options_.folder + ": EngineOptions::keep names " +
                                     topic + ", which is no topic of " + name());
    }
    if (keep.retention != Duration{0} && keep.retention < std::chrono::minutes{1}) {
      return fail(Code::Invalid, "open " + options_.folder + ": the retention of " + topic + " is " +
                                     std::to_string(keep.retention.count()) +
                                     " ms; it is at least a minute, or 0 for ever");
    }
    journal.keep(topic, keep);
  }
  return {};
}

// While we are open a hold keeps what we have not read; while we are away nobody does.
Result<void> EmbeddedEngine::check_missed(Engine& upstream, Position next) const {
  if (next <= Position{1} || options_.skip_expired || topics_.inputs().empty()) return {};
  VT_TRY(const auto batch, upstream.fetch(topics_.inputs(), next, 0, 0));
  if (batch.earliest <= next) return {};
  return fail(Code::OutOfRange,
              "open " + options_.folder + ": records of " + upstream.name() + " from position " +
                  std::to_string(next.value()) + " to " +
                  std::to_string(batch.earliest.value() - 1) +
                  " expired before they were read; keep them longer than an App is away, or set "
                  "EngineOptions::skip_expired to go on with those that are left");
}

void EmbeddedEngine::hold_what_is_needed() {
  for (Upstream& upstream : upstreams_) upstream.engine->hold(name(), upstream.handed_over);
  const Position needed = shard_.carried_from();
  if (needed == held_) return;
  held_ = needed;
  if (needed == Position{}) {
    broker_->journal().let_go(name());
  } else {
    broker_->journal().hold(name(), needed);
  }
}

}  // namespace vitrine
