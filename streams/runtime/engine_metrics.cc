#include "vitrine/engine_metrics.h"

#include "base/exposition.h"
#include "base/metrics.h"

namespace vitrine {
namespace {

std::int64_t whole(std::uint64_t value) { return static_cast<std::int64_t>(value); }

void input_figures(Exposition& out, const EngineMetrics& of) {
  for (const auto& input : of.inputs) {
    out.counter("vitrine_engine_input_records_total", "records worked on",
                {{"domain", of.domain}, {"topic", input.topic}}, input.records);
  }
  for (const auto& input : of.inputs) {
    out.gauge("vitrine_engine_ingest_waiting_records", "appended and not yet taken up",
              {{"domain", of.domain}, {"topic", input.topic}}, whole(input.waiting));
  }
  const Exposition::Labels domain = {{"domain", of.domain}};
  out.gauge("vitrine_engine_ingest_waiting_bytes", "appended and not yet taken up", domain,
            whole(of.ingest_bytes));
  out.gauge("vitrine_engine_carried_records", "records left over by an epoch at its bounds", domain,
            whole(of.carried));
  for (const auto& upstream : of.upstreams) {
    out.gauge("vitrine_engine_upstream_lag_positions", "committed there and not yet worked on",
              {{"domain", of.domain}, {"upstream", upstream.domain}},
              whole(upstream.lag_positions));
  }
  out.counter("vitrine_engine_dead_letters_total", "records and timers whose code threw", domain,
              of.dead_letters);
  out.counter("vitrine_engine_ahead_records_total",
              "records refused because their timestamp is too far in the future", domain, of.ahead);
  if (!of.stream_time) return;
  out.gauge("vitrine_engine_stream_time_seconds", "stream time, since 1970", domain,
            static_cast<double>(millis_of(*of.stream_time)) / 1e3);
  out.gauge("vitrine_engine_stream_time_lag_seconds", "stream time behind the wall clock", domain,
            static_cast<double>(of.stream_time_lag.count()) / 1e3);
}

void commit_figures(Exposition& out, const EngineMetrics& of) {
  const Exposition::Labels domain = {{"domain", of.domain}};
  out.gauge("vitrine_engine_committed_position", "the next position not yet committed", domain,
            whole(of.committed_end.value()));
  out.counter("vitrine_engine_epochs_total", "epochs closed", domain, of.epochs);
  out.counter("vitrine_engine_records_total", "records appended, from outside and by the app",
              domain, of.records);
  out.gauge("vitrine_engine_epoch_records", "records of the newest epoch", domain,
            whole(of.epoch_records));
  out.gauge("vitrine_engine_epoch_bytes", "bytes of the newest epoch", domain,
            whole(of.epoch_bytes));
  if (of.commit_nanos != nullptr)
    out.summary("vitrine_engine_commit_seconds", "from an epoch's oldest append to its commit",
                domain, *of.commit_nanos);
  if (of.sync_nanos != nullptr)
    out.summary("vitrine_engine_sync_seconds", "fdatasync of the journal", domain, *of.sync_nanos);
  out.gauge("vitrine_engine_storage_full", "1 while the disk is full and appends are refused",
            domain, whole(of.storage_full ? 1 : 0));
}

void flow_figures(Exposition& out, const EngineMetrics& of) {
  for (const auto& topic : of.topics) {
    out.counter("vitrine_engine_topic_records_total", "records committed",
                {{"domain", of.domain}, {"topic", topic.name}}, topic.records);
  }
  for (const auto& state : of.states) {
    out.counter("vitrine_engine_state_changes_total", "state changes committed",
                {{"domain", of.domain}, {"state", state.name}}, state.changes);
  }
}

void state_figures(Exposition& out, const EngineMetrics& of) {
  const Exposition::Labels domain = {{"domain", of.domain}};
  out.gauge("vitrine_engine_state_cache_bytes", "state held in memory", domain,
            whole(of.cache_bytes));
  out.counter("vitrine_engine_state_cache_hits_total", "look-ups answered from memory", domain,
              of.cache_hits);
  out.counter("vitrine_engine_state_cache_misses_total", "look-ups that read the disk", domain,
              of.cache_misses);
  out.counter("vitrine_engine_state_cache_evictions_total", "entries that left memory", domain,
              of.cache_evictions);
  out.counter("vitrine_engine_checkpoints_total", "checkpoints finished", domain, of.checkpoints);
  out.gauge("vitrine_engine_checkpoint_age_seconds", "since the last checkpoint, or the start",
            domain, of.checkpoint_age_seconds);
  out.gauge("vitrine_engine_checkpoint_deltas", "state changes a restart would read again", domain,
            whole(of.checkpoint_deltas));
  out.gauge("vitrine_engine_restore_seconds", "what restoring state took at the start", domain,
            of.restore_seconds);
  out.gauge("vitrine_engine_restore_deltas", "state changes read at the start", domain,
            whole(of.restore_deltas));
}

}  // namespace

std::string prometheus_text(std::span<const EngineMetrics> engines) {
  Exposition out;
  for (const EngineMetrics& engine : engines) {
    input_figures(out, engine);
    flow_figures(out, engine);
    commit_figures(out, engine);
    state_figures(out, engine);
  }
  return out.text();
}

}  // namespace vitrine
