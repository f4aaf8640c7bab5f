// How a UnitRunner keeps state on disk: between two commits, when a unit leaves, at the end.
#include "base/log.h"
#include "streams/runtime/unit_runner.h"

namespace vitrine {

// An error is no reason to end: the changelog has everything, the next start reads more of it.
void UnitRunner::keep(UnitTask& task, const Result<Bytes>& place) {
  if (!folder_.keeps() || task.has_work()) return;
  Result<void> kept = place ? task.checkpoint() : tl::unexpected<Error>(place.error());
  if (kept) kept = folder_.keep(task.unit(), *place);
  if (kept) return;
  log(LogLevel::Warn, "unit_state_not_kept",
      {{"app", topology_->name()}, {"unit", task.unit().value()}, {"why", kept.error().message}});
}

bool UnitRunner::wants_checkpoint() const {
  if (!folder_.keeps()) return false;
  for (const auto& [unit, task] : tasks_) {
    if (task->bytes_since_checkpoint() >= options_.checkpoint_bytes) return true;
  }
  return false;
}

// Nothing is taken in any more by now, so that soon nothing is on the way. The place is asked for
// first: rows that are written behind it come again.
bool UnitRunner::checkpoint() {
  if (!in_flight_.empty() || !wants_checkpoint()) return false;
  for (const auto& [unit, task] : tasks_) {
    if (task->has_work()) return false;
  }
  for (const auto& [unit, task] : tasks_) {
    if (task->bytes_since_checkpoint() >= options_.checkpoint_bytes)
      keep(*task, broker_.place(unit));
  }
  return true;
}

void UnitRunner::keep_all() {
  for (const auto& [unit, task] : tasks_) {
    if (folder_.keeps()) keep(*task, broker_.place(unit));
  }
}

}  // namespace vitrine
