#pragma once
// EngineShard: a Shard with everything of its own around it: what waits for it, whom it must
// answer, its checkpoints, its thread and its sleep. The engine does the work; this is the place.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "streams/runtime/engine_figures.h"
#include "streams/runtime/shard.h"
#include "streams/runtime/state_queries.h"

namespace vitrine {

struct ShardUpstream {
  UpstreamRange consumed;
  Position handed_over;  // as the epoch on its way says
};

struct EngineShard {
  EngineShard(std::uint32_t its_number, std::unique_ptr<Shard> its_shard, ServerClock& clock,
              std::size_t records_max, ByteCount bytes_max, std::size_t topics,
              std::size_t its_upstreams, std::size_t edges)
      : number(its_number),
        shard(std::move(its_shard)),
        ingest(clock, records_max, bytes_max),
        queries(*shard),
        figures(topics, its_upstreams, edges) {}

  const std::uint32_t number;
  const std::unique_ptr<Shard> shard;
  IngestQueue ingest;

  // Its thread's.
  StepInput input;  // of the step it takes; kept for its memory
  std::vector<ShardUpstream> upstreams;
  std::vector<Completion> completions;
  std::int64_t oldest_nanos = 0;
  Time last_wall{};
  Epoch settled;     // the last commit it has heard of
  Epoch checkpoint;  // the last one begun
  std::int64_t checkpoint_not_before_nanos = 0;
  int steps_at_stop = 0, steps_for_others_at_stop = 0;
  std::thread slicer;  // while a slice of a checkpoint is being written
  Result<void> slice_result;

  // Held by whoever works for the shard: its thread, but for when it sleeps; then the committer may
  // close the epoch in its place. Nobody waits for it for longer than that takes.
  std::mutex turning;

  // Any thread's.
  std::atomic<bool> slice_written{false};
  mutable StateQueries queries;
  EngineFigures figures;

  // Shared.
  std::atomic<int> parked{0};  // 1 while it is about to sleep, or sleeps
  mutable std::mutex mutex;  // guards the rest
  mutable std::condition_variable woken;
  mutable bool wake_asked = false;
  std::thread thread;

  void wake() const {
    {
      const std::lock_guard lock(mutex);
      wake_asked = true;
    }
    woken.notify_one();
  }
};

}  // namespace vitrine
