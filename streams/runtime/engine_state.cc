// EmbeddedEngine: what it tells of state, to any thread.
#include <array>
#include <condition_variable>

#include "streams/runtime/embedded_engine.h"

namespace vitrine {

Epoch EmbeddedEngine::newest_epoch() const {
  const Epoch building = shard_.epoch();
  return shard_.has_work() ? building : Epoch{building.value() - 1};
}

Result<StatePage> EmbeddedEngine::state_scan(const StateScan& scan) const {
  auto asked = queries_.ask(scan, [&] { return settled_part(shard_.stores(), scan); });
  wake();
  VT_TRY(auto part, asked.get());
  const std::array<ScanPart, 1> parts{std::move(part)};
  return merged(scan, parts);
}

Result<void> Engine::at_least(Position written, Duration patience) {
  struct Waiting {
    std::mutex mutex;
    std::condition_variable committed;
  };
  const auto waiting = std::make_shared<Waiting>();  // the committer may be calling as we leave
  const auto token = on_commit([waiting] {
    const std::lock_guard lock(waiting->mutex);
    waiting->committed.notify_all();
  });
  std::unique_lock lock(waiting->mutex);
  const bool reached =
      waiting->committed.wait_for(lock, patience, [&] { return committed_end() > written; });
  lock.unlock();
  remove_on_commit(token);
  if (reached) return {};
  return fail(Code::Unavailable, "wait for position " + std::to_string(written.value()) + " of " +
                                     name() + ": committed up to " +
                                     std::to_string(committed_end().value()) + "; try later");
}

}  // namespace vitrine
