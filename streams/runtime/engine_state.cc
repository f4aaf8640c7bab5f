// EmbeddedEngine: what it tells of state, to any thread.
#include <condition_variable>
#include <future>
#include <vector>

#include "streams/runtime/embedded_engine.h"

namespace vitrine {

Epoch EmbeddedEngine::newest_epoch(const EngineShard& one) {
  const Epoch building = one.shard->epoch();
  return one.shard->has_work() ? building : Epoch{building.value() - 1};
}

Result<StatePage> EmbeddedEngine::state_scan(const StateScan& scan) const {
  std::vector<std::future<StateQueries::Answer>> asked;
  for (const auto& one : shards_) {
    asked.push_back(
        one->queries.ask(scan, [&] { return settled_part(one->shard->stores(), scan); }));
    one->wake();
  }
  std::vector<ScanPart> parts;
  for (auto& answer : asked) {
    VT_TRY(auto part, answer.get());
    parts.push_back(std::move(part));
  }
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
