#pragma once
// IngestQueue: what was appended from outside and waits for the shard; bounded in records and
// bytes.
//
// Threads: any may push(); the shard takes. One mutex inside. Full: Code::Overloaded, at once.
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "streams/runtime/server_clock.h"
#include "streams/runtime/topic_table.h"
#include "vitrine/engine.h"

namespace vitrine {

struct Ingested {
  TopicNumber topic = 0;
  std::uint32_t partition = 0;
  Record record;
  Engine::Done done;
};

class IngestQueue {
 public:
  IngestQueue(ServerClock& clock, std::size_t records_max, ByteCount bytes_max)
      : clock_(clock), records_max_(records_max), bytes_max_(bytes_max) {}

  // `first` becomes true when the queue was empty: the shard may have to be woken.
  Result<void> push(Ingested record, bool keep_timestamp, bool& first);

  // Moves out the oldest, up to these bounds (at least one when there is one). Returns when the
  // oldest came (Clock::monotonic_nanos), 0 when there was none.
  std::int64_t take(std::size_t records_max, ByteCount bytes_max, std::vector<Ingested>& out);

  bool empty() const;
  ByteCount bytes() const;
  // How many wait, by topic. Goes over all of them: for metrics.
  std::vector<std::uint64_t> waiting(std::size_t topics) const;

 private:
  static ByteCount bytes_of(const Ingested& one);

  ServerClock& clock_;
  const std::size_t records_max_;
  const ByteCount bytes_max_;
  mutable std::mutex mutex_;
  std::vector<Ingested> waiting_;
  std::size_t taken_ = 0;  // of waiting_, from the front
  ByteCount bytes_ = 0;
  std::int64_t oldest_nanos_ = 0;
};

}  // namespace vitrine
