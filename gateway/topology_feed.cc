#include "gateway/topology_feed.h"

#include <algorithm>
#include <utility>

#include "base/metrics.h"
#include "commerce/model/json.h"
#include "gateway/call.h"
#include "gateway/core.h"
#include "vitrine/engine_metrics.h"

namespace vitrine::gateway {
namespace {

api::TopologyWay way_of(vitrine::TopologyMap::Way way) {
  switch (way) {
    case vitrine::TopologyMap::Way::Reads: return api::READS;
    case vitrine::TopologyMap::Way::Passes: return api::PASSES;
    case vitrine::TopologyMap::Way::Writes: return api::WRITES;
    case vitrine::TopologyMap::Way::DeadLetters: return api::DEAD_LETTERS;
    case vitrine::TopologyMap::Way::LooksUp: return api::LOOKS_UP;
  }
  return api::TOPOLOGY_WAY_UNSET;
}

double ms(std::uint64_t nanos) { return static_cast<double>(nanos / 1'000) / 1e3; }

// What is counted under this name; what was never counted is not in the list.
template <class Counts>
std::uint64_t count_of(const Counts& counts, const std::string& name, auto member, auto count) {
  const auto at = std::find_if(counts.begin(), counts.end(),
                               [&](const auto& one) { return one.*member == name; });
  return at == counts.end() ? 0 : *at.*count;
}

void put_flow(const vitrine::TopologyMap& map, const EngineMetrics& of, api::AppFigures& out) {
  using M = EngineMetrics;
  for (const auto& topic : map.topics) {
    out.add_topics(count_of(of.topics, topic.name, &M::Topic::name, &M::Topic::records));
    out.add_waiting(count_of(of.inputs, topic.name, &M::Input::topic, &M::Input::waiting));
  }
  for (const std::uint64_t records : of.edge_records) out.add_edges(records);
  for (const auto& one : map.operators) {
    for (const auto& state : one.states)
      out.add_states(count_of(of.states, state.name, &M::State::name, &M::State::changes));
  }
}

void put_figures(const vitrine::TopologyMap& map, const Engine& engine, api::AppFigures& out) {
  const EngineMetrics of = engine.metrics();
  out.set_app(map.app);
  put_flow(map, of, out);
  out.set_epochs(of.epochs);
  out.set_records(of.records);
  out.set_dead_letters(of.dead_letters);
  for (const auto& upstream : of.upstreams)
    out.set_lag_positions(std::max<std::uint64_t>(out.lag_positions(), upstream.lag_positions));
  out.set_commit_p50_ms(ms(of.commit_nanos->quantile(0.5)));
  out.set_commit_p99_ms(ms(of.commit_nanos->quantile(0.99)));
  out.set_sync_p50_ms(ms(of.sync_nanos->quantile(0.5)));
  out.set_sync_p99_ms(ms(of.sync_nanos->quantile(0.99)));
  if (of.stream_time) out.set_stream_time_ms(millis_of(*of.stream_time));
  out.set_cache_bytes(of.cache_bytes);
  out.set_cache_hits(of.cache_hits);
  out.set_cache_misses(of.cache_misses);
  out.set_checkpoint_age_s(std::max(0.0, of.checkpoint_age_seconds));
  out.set_shards(engine.shards());
  out.set_storage_full(of.storage_full);
  out.set_committed_position(of.committed_end.value());
}

}  // namespace

api::TopologyMap message_of(std::span<const vitrine::TopologyMap> maps) {
  api::TopologyMap out;
  for (const auto& map : maps) {
    api::TopologyApp& app = *out.add_apps();
    app.set_name(map.app);
    for (const auto& topic : map.topics) {
      api::TopologyTopic& to = *app.add_topics();
      to.set_id(topic.id);
      to.set_name(topic.name);
      to.set_key_type(topic.key_type);
      to.set_value_type(topic.value_type);
      to.set_partitions(topic.partitions);
      to.set_durable(topic.durable);
      to.set_dead_letters(topic.dead_letters);
    }
    for (const auto& one : map.operators) {
      api::TopologyOperator& to = *app.add_operators();
      to.set_id(one.id);
      to.set_kind(one.kind);
      to.set_detail(one.detail);
      for (const auto& state : one.states) {
        api::TopologyState& kept = *to.add_states();
        kept.set_name(state.name);
        kept.set_key_type(state.key_type);
        kept.set_value_type(state.value_type);
      }
    }
    for (const auto& edge : map.edges) {
      api::TopologyEdge& to = *app.add_edges();
      to.set_id(edge.id);
      to.set_from(edge.from);
      to.set_to(edge.to);
      to.set_way(way_of(edge.way));
    }
  }
  return out;
}

TopologyFeed::TopologyFeed(Core& core)
    : core_(core),
      maps_{core.shop.map(), core.audience.map(), core.insight.map()},
      map_(message_of(maps_)),
      version_(to_hex(short_hash(model::to_json(map_)))) {}

TopologyFeed::~TopologyFeed() {
  if (timer_ != 0) core_.loop.cancel(timer_);
}

void TopologyFeed::start() {
  timer_ = core_.loop.every(kEveryMs, [this] {
    if (!core_.hub.has_members(kChannel)) return;
    const Position at{core_.audience_tail->next().value() - 1};
    core_.hub.publish(kChannel, at, core_.env.clock.now(),
                      [this] { return model::to_json(figures()); });
  });
}

api::TopologyFigures TopologyFeed::figures() const {
  api::TopologyFigures out;
  out.set_map(version_);
  out.set_at_ms(millis_of(core_.env.clock.now()));
  put_figures(maps_[0], core_.shop, *out.add_apps());
  put_figures(maps_[1], core_.audience, *out.add_apps());
  put_figures(maps_[2], core_.insight, *out.add_apps());
  return out;
}

api::Topology TopologyFeed::now() const {
  api::Topology out;
  *out.mutable_map() = map_;
  *out.mutable_figures() = figures();
  return out;
}

ChannelSource TopologyFeed::source() const {
  ChannelSource source{kChannel, kChannel, ChannelKind::Tick, Domain::Audience};
  source.snapshot = [this] { return model::to_json(figures()); };
  return source;
}

}  // namespace vitrine::gateway
