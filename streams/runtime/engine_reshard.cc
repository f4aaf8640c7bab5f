// EmbeddedEngine: another number of shards than before. Rows of keys find their shard by
// themselves. What belongs to shards (their own stores, how far they have read) is settled under
// the old number: everything that was still on its way between shards is worked off, then one
// commit says the new number. A crash before it means the same work again, after it none.
#include <algorithm>

#include "base/log.h"
#include "streams/runtime/embedded_engine.h"

namespace vitrine {
namespace {

std::vector<std::pair<Bytes, Bytes>> rows_of(const AnyStore& store) {
  std::vector<std::pair<Bytes, Bytes>> rows;
  store.scan([&](BytesView key, BytesView value) { rows.emplace_back(key, value); });
  return rows;
}

// What a shard of that number left behind when it was folded away. The rows were removed then, but
// a program with fewer shards has no such store: when it checkpoints, the removals are forgotten.
void remove_all(AnyStore& store) {
  for (const auto& [key, value] : rows_of(store)) store.erase_row(key);
}

}  // namespace

Result<void> EmbeddedEngine::change_shards(Env& env, std::shared_ptr<const Topology> topology,
                                           EngineOptions options, std::uint32_t before) {
  const std::uint32_t after = options.shards;
  options.shards = before;
  if (before > 1) {
    if (auto split = topology->split()) topology = std::move(split);
  }
  VT_TRY(const auto engine, open_as(env, std::move(topology), std::move(options)));
  VT_TRY_VOID(engine->begin());
  VT_TRY_VOID(engine->align_upstreams());
  VT_TRY_VOID(engine->work_off());
  VT_TRY_VOID(engine->check_staying_rows());
  if (after < before) VT_TRY_VOID(engine->fold_into(after));
  log(LogLevel::Info, "shards_changed",
      {{"app", engine->name()}, {"before", before}, {"after", after}});
  engine->stop();
  return {};
}

// All shards shall stand at one position of each upstream: the furthest of them.
Result<void> EmbeddedEngine::align_upstreams() {
  working_off_ = true;
  for (std::size_t i = 0; i < upstreams_.size(); ++i) {
    for (const auto& one : shards_)
      upstreams_[i].align = std::max(upstreams_[i].align, one->upstreams[i].consumed.next);
  }
  const Shard& first = *shards_.front()->shard;
  for (const auto& one : shards_) {
    for (const UpstreamRange& range : one->shard->all_consumed()) {
      const auto same = [&](const Upstream& known) { return known.engine->name() == range.domain; };
      const bool open = std::any_of(upstreams_.begin(), upstreams_.end(), same);
      if (open || first.consumed(range.domain).next == range.next) continue;
      return fail(Code::Conflict, "open " + options_.folder + " with another number of shards: " +
                                      range.domain +
                                      " is no upstream now, and the shards had not read equally "
                                      "far; open it once with that upstream");
    }
  }
  return {};
}

bool EmbeddedEngine::worked_off() const {
  for (const auto& one : shards_) {
    if (!one->shard->caught_up() || one->shard->has_work() || in_flight(*one)) return false;
    for (std::size_t i = 0; i < upstreams_.size(); ++i) {
      if (one->upstreams[i].consumed.next < upstreams_[i].align) return false;
    }
  }
  return true;
}

Result<void> EmbeddedEngine::work_off() {
  constexpr int kEpochsMax = 10'000;
  for (int i = 0; i < kEpochsMax; ++i) {
    VT_TRY(const bool progress, poll());
    if (!progress && worked_off() && links_.all_worked_on()) return {};
  }
  return fail(Code::Unavailable,
              "open " + options_.folder + " with another number of shards: what was on its way "
              "between topics does not come to an end; open it with " +
                  std::to_string(options_.shards) + " shards");
}

// Rows that cannot be given to another shard must be gone.
Result<void> EmbeddedEngine::check_staying_rows() const {
  for (const std::string& name : topology_->staying_stores()) {
    for (const auto& one : shards_) {
      bool any = false;
      if (const AnyStore* store = one->shard->stores().find(name))
        store->scan([&](BytesView, BytesView) { any = true; });
      if (!any) continue;
      return fail(Code::Conflict, "open " + options_.folder + " with another number of shards: \"" +
                                      name + "\" has open calls, which stay with their shard; "
                                             "open it with " +
                                      std::to_string(options_.shards) +
                                      " shards until they are answered");
    }
  }
  return {};
}

// Fewer shards. What those that go have of their own is given to the one that takes over; of two
// rows of a key the greater one stays: copies are equal, and clocks are ordered by time.
Result<void> EmbeddedEngine::fold_into(std::uint32_t shards) {
  for (const auto& one : shards_) {
    StoreSet& from = one->shard->stores();
    StoreSet& into = shards_[one->number & (shards - 1)]->shard->stores();
    from.begin_record();
    for (const std::string& name : from.place().own_stores) {
      AnyStore* const store = from.find(name);
      if (store == nullptr) continue;
      const bool goes = one->number >= shards;
      for (const auto& [key, value] : rows_of(*store)) {
        if (name == Shard::kOwnStore) {
          if (goes || Shard::between_shards(key)) store->erase_row(key);
          continue;
        }
        if (!goes) continue;
        Bytes known;
        AnyStore* const target = into.find(name);
        if (!target->get(key, known) || known < value) target->put_row(key, value);
        store->erase_row(key);
      }
    }
  }
  for (const auto& one : shards_) one->shard->forget_others();
  shards_.front()->shard->keep_layout(
      {shards, broker_->committed(EmbeddedBroker::kUnit).next});
  while (!worked_off()) VT_TRY_VOID(poll());
  return {};
}

// More shards, or the first that are several: a new one begins with what the one had of its own
// that had its keys.
void EmbeddedEngine::grow_from(std::uint32_t shards) {
  for (const auto& one : shards_) {
    StoreSet& into = one->shard->stores();
    StoreSet& from = shards_[one->number & (shards - 1)]->shard->stores();
    into.begin_record();
    for (const std::string& name : from.place().own_stores) {
      AnyStore* const store = from.find(name);
      AnyStore* const target = into.find(name);
      if (store == nullptr || target == nullptr) continue;
      if (one->number >= shards) remove_all(*target);
      for (const auto& [key, value] : rows_of(*store)) {
        const bool own = name == Shard::kOwnStore;
        if (own && Shard::between_shards(key)) {
          target->erase_row(key);
        } else if (one->number >= shards && !(own && Shard::of_shard_zero(key))) {
          target->put_row(key, value);
        }
      }
    }
    into.begin_record();
  }
}

}  // namespace vitrine
