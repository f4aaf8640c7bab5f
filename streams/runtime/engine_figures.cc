#include "streams/runtime/engine_figures.h"

#include <algorithm>

#include "streams/runtime/embedded_engine.h"
#include "vitrine/engine_metrics.h"

namespace vitrine {

void EngineFigures::publish(const Shard& shard) {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  for (TopicNumber topic = 0; topic < fed.size(); ++topic)
    fed[topic].store(shard.fed(topic), kRelaxed);
  std::fill(passed_now_.begin(), passed_now_.end(), 0);
  shard.task().add_edge_records(passed_now_);
  for (std::size_t edge = 0; edge < passed.size(); ++edge)
    passed[edge].store(passed_now_[edge], kRelaxed);
  carried.store(shard.carried(), kRelaxed);
  epochs.store(shard.closed().epochs, kRelaxed);
  records.store(shard.closed().records, kRelaxed);
  epoch_records.store(shard.closed().epoch_records, kRelaxed);
  epoch_bytes.store(shard.closed().epoch_bytes, kRelaxed);
  dead_letters.store(shard.dead_letters(), kRelaxed);
  ahead.store(shard.task().ahead_records(), kRelaxed);
  cache_bytes.store(shard.stores().bytes(), kRelaxed);
  cache_hits.store(shard.stores().hits(), kRelaxed);
  cache_misses.store(shard.stores().misses(), kRelaxed);
  cache_evictions.store(shard.stores().evictions(), kRelaxed);
  checkpoint_deltas.store(shard.deltas_since_checkpoint(), kRelaxed);
  const auto time = shard.task().stream_time();
  stream_millis.store(time ? millis_of(*time) : kNoTime, kRelaxed);
}

void EmbeddedEngine::publish_figures(EngineShard& one) {
  one.figures.publish(*one.shard);
  for (std::size_t i = 0; i < one.upstreams.size(); ++i)
    one.figures.next[i].store(one.upstreams[i].consumed.next.value(), std::memory_order_relaxed);
}

EngineMetrics Engine::metrics() const {
  EngineMetrics out;
  out.domain = name();
  out.committed_end = committed_end();
  out.commit_nanos = &commit_nanos();
  out.sync_nanos = &sync_nanos();
  out.storage_full = storage_full();
  return out;
}

TopologyMap Engine::map() const { return {name(), {}, {}, {}}; }

namespace {

// What all shards did; an epoch is one, whatever the number of its parts.
void add_up(const EngineFigures& part, EngineMetrics& out) {
  for (std::size_t edge = 0; edge < out.edge_records.size(); ++edge)
    out.edge_records[edge] += part.passed[edge];
  out.carried += part.carried;
  out.epochs = std::max<std::uint64_t>(out.epochs, part.epochs);
  out.records += part.records;
  out.epoch_records += part.epoch_records;
  out.epoch_bytes += part.epoch_bytes;
  out.dead_letters += part.dead_letters;
  out.ahead += part.ahead;
  out.cache_bytes += part.cache_bytes;
  out.cache_hits += part.cache_hits;
  out.cache_misses += part.cache_misses;
  out.cache_evictions += part.cache_evictions;
  out.checkpoint_deltas += part.checkpoint_deltas;
  if (const std::int64_t millis = part.stream_millis; millis != EngineFigures::kNoTime) {
    const Time time = time_of_millis(millis);
    out.stream_time = std::min(out.stream_time.value_or(time), time);
  }
}

}  // namespace

EngineMetrics EmbeddedEngine::metrics() const {
  EngineMetrics out = Engine::metrics();
  const auto totals = broker_->totals();
  for (TopicNumber topic = 0; topic < topics_.size(); ++topic) {
    const std::string& name = topics_.info(topic).name;
    const auto committed = totals.records.find(name);
    out.topics.push_back({name, committed == totals.records.end() ? 0 : committed->second});
    if (topics_.is_input(topic)) out.inputs.push_back({name});
  }
  for (const auto& [state, changes] : totals.changes) out.states.push_back({state, changes});
  out.edge_records.resize(shards_.front()->figures.passed.size());
  for (const auto& one : shards_) {
    const auto waiting = one->ingest.waiting(topics_.size());
    auto input = out.inputs.begin();
    for (TopicNumber topic = 0; topic < topics_.size(); ++topic) {
      if (!topics_.is_input(topic)) continue;
      input->records += one->figures.fed[topic];
      input->waiting += waiting[topic];
      ++input;
    }
    out.ingest_bytes += one->ingest.bytes();
    add_up(one->figures, out);
  }
  for (std::size_t i = 0; i < options_.upstreams.size(); ++i) {
    const Engine& upstream = *options_.upstreams[i];
    const std::uint64_t end = upstream.committed_end().value();
    std::uint64_t next = end;
    for (const auto& one : shards_)
      next = std::min<std::uint64_t>(next, one->figures.next[i]);
    out.upstreams.push_back({upstream.name(), end - next});
  }
  out.checkpoints = checkpoints_;
  out.checkpoint_age_seconds =
      static_cast<double>(env_.clock.monotonic_nanos() - checkpoint_nanos_) * 1e-9;
  out.restore_seconds = restore_seconds_;
  out.restore_deltas = deltas_restored_;
  if (out.stream_time)
    out.stream_time_lag = std::max(Duration{0}, env_.clock.now() - *out.stream_time);
  return out;
}

}  // namespace vitrine
