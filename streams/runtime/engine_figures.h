#pragma once
// What a shard publishes of itself after a turn that did something, for Engine::metrics()
// on other threads. Relaxed atomics, a few dozen stores a turn, none a record.
#include <atomic>
#include <cstdint>
#include <limits>
#include <vector>

#include "streams/runtime/shard.h"

namespace vitrine {

class EngineFigures {
 public:
  using Number = std::atomic<std::uint64_t>;
  static constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();

  EngineFigures(std::size_t topics, std::size_t upstreams, std::size_t edges)
      : fed(topics), next(upstreams), passed(edges), passed_now_(edges) {}

  void publish(const Shard& shard);

  std::vector<Number> fed;   // by topic
  std::vector<Number> next;  // by upstream: the position where reading goes on
  std::vector<Number> passed;  // by edge of the topology's map
  Number carried{0}, epochs{0}, records{0}, epoch_records{0}, epoch_bytes{0};
  Number dead_letters{0}, ahead{0};
  Number cache_bytes{0}, cache_hits{0}, cache_misses{0}, cache_evictions{0};
  Number checkpoint_deltas{0};
  std::atomic<std::int64_t> stream_millis{kNoTime};

 private:
  std::vector<std::uint64_t> passed_now_;  // scratch of publish()
};

}  // namespace vitrine
