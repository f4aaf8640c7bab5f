#pragma once
// FollowedLog: what a standby has of one App: a journal that takes groups as they come, and beside
// it a thread ("vt-state") that keeps the state near its end and the journal in order.
//
// Threads: one takes; the rest is for any.
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

#include "streams/runtime/state_follower.h"

namespace vitrine {

class FollowedLog {
 public:
  static Result<std::unique_ptr<FollowedLog>> open(Env& env,
                                                   std::shared_ptr<const Topology> topology,
                                                   const EngineOptions& options);
  ~FollowedLog() { stop(); }

  Result<void> take(std::span<const ShippedGroup> groups);
  // Records from here on are needed by somebody at the primary. Until it is said all are.
  void hold(Position from) { broker_->journal().hold("the primary", from); }
  const Journal& journal() const { return broker_->journal(); }
  Epoch state() const { return Epoch{state_.load()}; }
  std::optional<Error> failed() const;  // the state cannot follow
  void stop();                          // writes the state

 private:
  FollowedLog(Env& env, std::shared_ptr<const Topology> topology, const EngineOptions& options,
              std::unique_ptr<EmbeddedBroker> broker);
  Result<void> say_what_is_kept();
  void run();
  void note(const Result<void>& result, const char* attempt);

  Env& env_;
  const std::shared_ptr<const Topology> topology_;
  const EngineOptions& options_;
  const std::unique_ptr<EmbeddedBroker> broker_;
  std::atomic<std::uint64_t> state_{0};
  mutable std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  bool stopping_ = false;
  bool more_ = false;
  std::optional<Error> failed_;
  std::thread thread_;
};

}  // namespace vitrine
