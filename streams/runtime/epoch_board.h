#pragma once
// EpochBoard: where the shards of an engine agree on epochs, without waiting for each other.
//
// The target is the epoch every shard should be in. Whoever has work when the disk is free raises
// it; each shard closes its part at its next step boundary and goes on with the next epoch at once.
// The last one to hand its part in gets the whole group. So three epochs can exist for a moment:
// one of which some still close parts, the next, which others have begun, and none on the disk.
//
// Threads: any; one mutex, taken once a shard and epoch.
#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "streams/runtime/shard.h"

namespace vitrine {

struct EpochPart {
  Group group;
  std::vector<Completion> completions;
  std::int64_t oldest_nanos = 0;  // when the oldest of the callers came; 0: none
};

class EpochBoard {
 public:
  explicit EpochBoard(std::uint32_t shards) : parts_(shards) {}

  // Before work: the last committed epoch.
  void begin(Epoch committed);

  Epoch target() const { return Epoch{target_.load(std::memory_order_acquire)}; }
  Epoch committed() const { return Epoch{committed_.load(std::memory_order_acquire)}; }
  bool disk_is_free(Epoch building) const { return committed().value() + 1 == building.value(); }
  void commit(Epoch epoch) { committed_.store(epoch.value(), std::memory_order_release); }

  // Everybody goes on from `building` to the next; false when somebody else has said so, or the
  // epoch before is still on its way to disk.
  bool raise(Epoch building);
  // All parts together, for the one that came last.
  std::optional<EpochPart> hand_in(std::uint32_t shard, EpochPart part);

 private:
  static EpochPart joined(std::vector<std::optional<EpochPart>> parts);

  std::atomic<std::uint64_t> target_{1};
  std::atomic<std::uint64_t> committed_{0};
  std::mutex mutex_;  // guards the rest
  std::size_t in_ = 0;
  std::vector<std::optional<EpochPart>> parts_;
};

}  // namespace vitrine
