// EmbeddedEngine: the domains it reads. What it had read of them must still be there, and what it
// has not read, too.
#include <algorithm>

#include "streams/runtime/embedded_engine.h"

namespace vitrine {

Position Engine::same_below(Incarnation known) const {
  return known == incarnation() ? Position{~std::uint64_t{0}} : Position{1};
}

void EmbeddedEngine::begin_lineage() {
  Shard& first = *shards_.front()->shard;
  lineage_ = first.kept_lineage();
  if (lineage_.begins(broker_->journal().incarnation(), broker_->journal().committed_end()))
    first.keep_lineage(lineage_);
}

Result<void> EmbeddedEngine::begin_upstream(Engine& upstream) {
  Position first{~std::uint64_t{0}};
  for (const auto& one : shards_) {
    UpstreamRange consumed = one->shard->consumed(upstream.name());
    VT_TRY_VOID(check_history(upstream, consumed));
    first = std::min(first, consumed.next);
    const Position next = consumed.next;
    one->upstreams.push_back({std::move(consumed), next});
  }
  VT_TRY_VOID(check_missed(upstream, first));
  upstream.hold(name(), first);
  upstreams_.push_back({&upstream, 0, {}});
  return {};
}

// An upstream that was restored from an older backup, or whose end was cut, has other records now
// at the positions after that. Having read the former ones we are no function of its log any more,
// which nobody would notice once it has grown past our position.
Result<void> EmbeddedEngine::check_history(const Engine& upstream, UpstreamRange& consumed) const {
  const Position same =
      std::min(upstream.same_below(consumed.incarnation),
               std::max(upstream.committed_end(), Position{1}));
  if (consumed.next <= same) return {};
  if (options_.skip_replaced) {
    consumed.next = same;
    return {};
  }
  return fail(Code::Corrupt,
              "open " + options_.folder + ": " + upstream.name() + " was read up to position " +
                  std::to_string(consumed.next.value()) + ", and what it has from position " +
                  std::to_string(same.value()) +
                  " on is not what was read: it was restored from an older backup, or lost its "
                  "end; bring back its journal, or restore this App from a backup as old as that, "
                  "or set EngineOptions::skip_replaced to go on from there");
}

// While we are open a hold keeps what we have not read; while we are away nobody does.
Result<void> EmbeddedEngine::check_missed(Engine& upstream, Position next) const {
  if (next <= Position{1} || options_.skip_expired || topics_.inputs().empty()) return {};
  VT_TRY(const auto batch, upstream.fetch(topics_.inputs(), next, 0, 0));
  if (batch.earliest <= next) return {};
  return fail(Code::OutOfRange,
              "open " + options_.folder + ": records of " + upstream.name() + " from position " +
                  std::to_string(next.value()) + " to " +
                  std::to_string(batch.earliest.value() - 1) +
                  " expired before they were read; keep them longer than an App is away, or set "
                  "EngineOptions::skip_expired to go on with those that are left");
}

}  // namespace vitrine
