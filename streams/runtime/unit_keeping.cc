// How a UnitRunner keeps state on disk: between two commits, when a unit leaves, at the end; and
// that of others.
#include <algorithm>
#include <utility>

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

// Ownership changes in bursts: a unit that left may be back in a moment.
void UnitRunner::follow_others() {
  constexpr std::int64_t kLookNanos = 100'000'000, kSettledNanos = 2'000'000'000;
  const std::int64_t now = env_.clock.monotonic_nanos();
  if (follower_ == nullptr || stopping_ || now - others_looked_ < kLookNanos) return;
  others_looked_ = now;
  std::vector<Unit> others;
  for (std::uint32_t one = 0; one < broker_.units(); ++one) {
    const Unit unit{one};
    const bool ours =
        tasks_.contains(unit) || waiting_.contains(unit) ||
        std::any_of(lost_.begin(), lost_.end(), [&](const auto& t) { return t->unit() == unit; });
    if (!ours) others.push_back(unit);
  }
  if (others != others_) {
    others_ = std::move(others);
    others_since_ = now;
  }
  if (others_ == followed_ || now - others_since_ < kSettledNanos) return;
  followed_ = others_;
  follower_->follow(followed_);
}

void UnitRunner::keep_all() {
  for (const auto& [unit, task] : tasks_) {
    if (folder_.keeps()) keep(*task, broker_.place(unit));
  }
}

}  // namespace vitrine
