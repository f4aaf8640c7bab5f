#pragma once
// What an engine says of itself: Engine::metrics(), from any thread, a few microseconds. Figures
// are those of the shard's last turn, not of one moment. docs/metrics.md explains each by its name
// in the Prometheus text.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "streams/log/record.h"

namespace vitrine {

class Histogram;

struct EngineMetrics {
  std::string domain;  // the App's name

  struct Input {
    std::string topic;
    std::uint64_t records = 0;  // worked on since open(), hops included
    std::uint64_t waiting = 0;  // appended and not yet taken up by the shard
  };
  struct Upstream {
    std::string domain;
    std::uint64_t lag_positions = 0;  // committed there and not yet worked on here
  };
  struct Topic {
    std::string name;
    std::uint64_t records = 0;  // committed by this engine since open()
  };
  struct State {
    std::string name;
    std::uint64_t changes = 0;  // committed since open()
  };
  std::vector<Input> inputs;
  std::vector<Upstream> upstreams;
  std::vector<Topic> topics;
  std::vector<State> states;                // those that changed
  std::vector<std::uint64_t> edge_records;  // by number of the edge in Engine::map(), since open()
  ByteCount ingest_bytes = 0;  // that wait
  std::uint64_t carried = 0;   // records of ours that an epoch at its bounds left to the next one

  Position committed_end;
  std::uint64_t epochs = 0;   // closed since open(), as the next three
  std::uint64_t records = 0;  // appended: from outside and by the App
  std::uint64_t dead_letters = 0;
  std::uint64_t ahead = 0;          // refused: their timestamps were too far in the future
  std::uint64_t epoch_records = 0;  // of the newest epoch
  ByteCount epoch_bytes = 0;
  const Histogram* commit_nanos = nullptr;  // live as long as the engine
  const Histogram* sync_nanos = nullptr;
  bool storage_full = false;

  std::optional<Time> stream_time;  // none: no event time, or no record yet
  Duration stream_time_lag{0};      // behind the wall clock

  ByteCount cache_bytes = 0;
  std::uint64_t cache_hits = 0;
  std::uint64_t cache_misses = 0;
  std::uint64_t cache_evictions = 0;

  std::uint64_t checkpoints = 0;      // finished since open()
  double checkpoint_age_seconds = 0;  // since the last one, or open()
  std::uint64_t checkpoint_deltas = 0;  // state changes since it began: what a restart reads again
  double restore_seconds = 0;           // what open() took
  std::uint64_t restore_deltas = 0;
};

// One text for several engines, each under its label domain="…".
std::string prometheus_text(std::span<const EngineMetrics> engines);

}  // namespace vitrine
