#pragma once
// Committer: takes closed epochs to disk, one at a time, and tells everyone who waits.
//
// Threads: its own ("vt-commit") between start() and stop(), or the caller's by run_once().
// hand_over() by the shard, when idle() only. Callbacks (done, listeners) run on the committing
// thread. A full disk keeps the epoch and tries again every second. Any other Error is final:
// failed() says which.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "streams/broker/broker.h"
#include "streams/runtime/shard.h"
#include "vitrine/epoch_trace.h"

namespace vitrine {

// Who wants to know that something was committed. No call is made, or still running, after remove()
// has returned.
class CommitListeners {
 public:
  std::uint64_t add(std::function<void()> notify);
  void remove(std::uint64_t token);
  void notify();

 private:
  std::mutex mutex_;
  std::map<std::uint64_t, std::function<void()>> listeners_;
  std::uint64_t next_ = 1;
};

class Committer {
 public:
  Committer(Broker& broker, const Clock& clock, CommitListeners& listeners,
            std::function<void()> wake_shard);
  ~Committer() { stop(); }

  void start();
  void stop();   // after the epoch on the way, if any
  void hurry();  // stopping: do not wait for space, fail instead

  void trace_into(std::shared_ptr<EpochTrace> trace) { trace_ = std::move(trace); }  // first

  // The group was given to the broker; these are its callers and when the oldest of them came (0:
  // none).
  void hand_over(std::vector<Completion> completions, std::int64_t oldest_nanos, Epoch epoch);
  Result<bool> run_once();
  bool idle() const;  // nothing is on the way: the next epoch may be handed over

  bool storage_full() const { return storage_full_; }
  std::optional<Error> failed() const;
  bool has_failed() const { return has_failed_; }
  const Histogram& commit_nanos() const { return commit_nanos_; }

 private:
  void run();
  void finish(const Error* error);

  Broker& broker_;
  const Clock& clock_;
  CommitListeners& listeners_;
  const std::function<void()> wake_shard_;
  std::shared_ptr<EpochTrace> trace_;  // nullptr: nothing is noted
  Histogram commit_nanos_;
  std::atomic<bool> storage_full_{false};
  std::atomic<bool> has_failed_{false};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool handed_over_ = false;
  bool stopping_ = false;
  bool hurry_ = false;
  std::optional<Error> failed_;
  std::vector<Completion> completions_;
  std::int64_t oldest_nanos_ = 0;
  Epoch epoch_;  // of what was handed over
  std::thread thread_;
};

}  // namespace vitrine
