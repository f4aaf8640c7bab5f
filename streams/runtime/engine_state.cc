// EmbeddedEngine: what it tells of state, to any thread.
#include <condition_variable>
#include <future>
#include <set>
#include <vector>

#include "streams/runtime/embedded_engine.h"

namespace vitrine {

std::optional<Bytes> EmbeddedEngine::state_get(const std::string& store, BytesView key) const {
  const EngineShard& one = *shards_[shards_.front()->shard->stores().shard_of(store, key)];
  auto answer = one.queries.value(store, key);
  one.wake();
  return answer.get();
}

// Every shard's part, and whether they are as of one commit.
Result<bool> EmbeddedEngine::ask_rows(const StateScan& scan, Epoch through,
                                      std::vector<ScanPart>& parts) const {
  std::vector<std::future<StateQueries::Rows>> asked;
  for (const auto& one : shards_) {
    asked.push_back(one->queries.rows(scan, through));
    one->wake();
  }
  std::set<Epoch> as_of;
  bool still = true;
  for (auto& answer : asked) {
    VT_TRY(auto part, answer.get());
    as_of.insert(part.as_of);
    still &= part.still;
    parts.push_back(std::move(part.rows));
  }
  return still || as_of.size() == 1;
}

// Mostly all shards stand behind the same commit, or work on the same epoch. Where some do this and
// some that, all are asked for the end of the epoch that is being built, which ends for that reason
// if for no other. They can only miss it together with us: it was over before all were asked.
Result<StatePage> EmbeddedEngine::state_scan(const StateScan& scan) const {
  constexpr int kTries = 50;
  for (int i = 0; i < kTries; ++i) {
    std::vector<ScanPart> parts;
    VT_TRY(const bool of_one_commit, ask_rows(scan, i == 0 ? Epoch{} : board_.target(), parts));
    if (of_one_commit) return merged(scan, parts);
  }
  return fail(Code::Unavailable, "scan state " + scan.store + ": the shards of " + name() +
                                     " went past each other; try again");
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
