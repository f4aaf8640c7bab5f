#pragma once
// StateFollower: keeps an App's state near the end of a journal that somebody else's groups are
// written to. It computes nothing: the groups carry the values. So a promoted standby restores what
// came since the last checkpoint, as after a crash.
//
// Threads: one at a time; applied() any. Memory: the App's state cache, as in an engine.
#include <atomic>
#include <memory>
#include <vector>

#include "streams/runtime/embedded_engine.h"

namespace vitrine {

class StateFollower {
 public:
  // Brings the state up to the journal's end. `topology` is the whole App's.
  static Result<std::unique_ptr<StateFollower>> open(std::shared_ptr<const Topology> topology,
                                                     const EngineOptions& options,
                                                     EmbeddedBroker& broker);
  ~StateFollower();
  // What the journal has beyond, with a checkpoint wherever one is due.
  Result<void> follow();
  // Everything up to here survives a crash, and the journal may forget the changes.
  Result<void> checkpoint();
  Epoch applied() const { return Epoch{applied_.load()}; }

 private:
  struct Team;  // shards under one number

  StateFollower(std::shared_ptr<const Topology> topology, const EngineOptions& options,
                EmbeddedBroker& broker, std::unique_ptr<StateBackend> backend);
  Result<std::uint32_t> shards_at_start();
  void begin_with(std::uint32_t shards);
  Result<void> apply(Epoch epoch, std::span<const Delta> changes);

  const std::shared_ptr<const Topology> topology_;
  const EngineOptions& options_;
  EmbeddedBroker& broker_;
  std::unique_ptr<StateBackend> backend_;
  std::unique_ptr<Team> team_;
  std::atomic<std::uint64_t> applied_{0};
  Epoch checkpoint_;
};

}  // namespace vitrine
