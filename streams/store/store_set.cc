#include <algorithm>
#include <string>
#include <utility>

#include "streams/store/cached_store.h"

namespace vitrine {

Result<void> StateBackend::copy_to(const std::string& folder) {
  if (!lasting()) return {};
  return fail(Code::Unsupported, "copy state to " + folder + ": this backend cannot");
}

struct StoreSet::Slice {
  CachedStore::Victims of;      // of the store whose turn it is; none: all have had theirs
  bool store_has_more = false;
};

StoreSet::StoreSet(StateBackend& backend, ByteCount budget_bytes, ShardPlace place)
    : backend_(backend),
      budget_bytes_(budget_bytes),
      place_(std::move(place)),
      backend_empty_(backend.empty()) {}

StoreSet::~StoreSet() = default;

CachedStore& StoreSet::add(std::unique_ptr<CachedStore> store) {
  stores_.push_back(std::move(store));
  return *stores_.back();
}

std::vector<AnyStore*> StoreSet::all() const {
  std::vector<AnyStore*> out;
  for (const auto& store : stores_) out.push_back(store.get());
  return out;
}

AnyStore* StoreSet::find(std::string_view name) const {
  for (const auto& store : stores_) {
    if (store->name() == name) return store.get();
  }
  return nullptr;
}

CachedStore* StoreSet::find_written(std::string_view name) const {
  for (const auto& store : stores_) {
    if (store->written_name() == name) return store.get();
  }
  return nullptr;
}

void StoreSet::live_like(CachedStore& store, std::string_view other) {
  const auto* known = static_cast<CachedStore*>(find(other));
  if (known != nullptr) store.live_by(known->home());
}

std::uint32_t StoreSet::shard_of(std::string_view written, BytesView key) const {
  if (place_.count == 1) return 0;
  if (const auto at = written.find('@'); at != std::string_view::npos) {
    std::uint32_t shard = 0;
    for (const char digit : written.substr(at + 1))
      shard = shard * 10 + static_cast<std::uint32_t>(digit - '0');
    return shard;
  }
  for (const std::string& own : place_.own_stores) {
    if (own == written) return 0;
  }
  for (const auto& store : stores_) {
    if (store->name() == written) return store->home_of(key) & (place_.count - 1);
  }
  return 0;
}

void StoreSet::begin_record() {
  for (CachedStore* store : touched_) store->begin_record();
  touched_.clear();
  if (bytes_ > budget_bytes_ && !nothing_to_evict_) trim();
}

void StoreSet::undo_record() {
  for (CachedStore* store : touched_) store->undo_record();
  touched_.clear();
}

std::size_t StoreSet::drain(Epoch epoch, const DeltaVisitor& visit) {
  std::size_t count = 0;
  touched_.clear();
  for (const auto& store : stores_) {
    store->drain(epoch, [&](BytesView key, BytesView value, bool removed) {
      ++count;
      visit(store->written_name(), key, value, removed);
    });
  }
  return count;
}

bool StoreSet::changed() const {
  for (const auto& store : stores_) {
    if (store->changed()) return true;
  }
  return false;
}

void StoreSet::committed(Epoch epoch) {
  nothing_to_evict_ = false;
  for (const auto& store : stores_) store->committed(epoch);
}

bool StoreSet::restore(std::string_view name, BytesView key, BytesView value, bool removed) {
  if (bytes_ > budget_bytes_ && !nothing_to_evict_) trim();
  auto* store = find_written(name);
  if (store == nullptr) return false;
  store->restore(key, value, removed);
  nothing_to_evict_ = false;
  return true;
}

// A bounded amount of work: at most kVictims leave, so that no record waits long; the next record
// goes on.
void StoreSet::trim() {
  constexpr std::size_t kVictims = 256;
  std::size_t rounds_without = 0;
  for (std::size_t evicted = 0; bytes_ > budget_bytes_ && evicted < kVictims;) {
    if (rounds_without > 2 * stores_.size()) {
      nothing_to_evict_ = true;
      return;
    }
    CachedStore& store = *stores_[clock_store_ % stores_.size()];
    CachedStore::Victims victims;
    const bool more = store.pick_victims(kVictims - evicted, victims);
    if (!more) ++clock_store_;
    rounds_without = victims.slots.empty() && !more ? rounds_without + 1 : 0;
    if (victims.slots.empty()) continue;
    if (!victims.changes.empty()) {
      // Ahead of applied() is fine: what is committed is in the journal's tail too, and its deltas
      // are absolute.
      if (!backend_.write(victims.changes, backend_.applied())) {
        nothing_to_evict_ =
            true;  // no space: keep them in memory and try again after the next commit
        return;
      }
      backend_empty_ = false;
    }
    store.evict(victims);
    evicted += victims.slots.size();
    evictions_ += victims.slots.size();
  }
}

void StoreSet::begin_checkpoint(Epoch epoch) {
  checkpointing_ = true;
  checkpoint_epoch_ = epoch;
  checkpoint_store_ = 0;
  for (const auto& store : stores_) store->begin_walk();
}

Result<bool> StoreSet::checkpoint_slice(std::size_t changes_max) {
  gather_slice(changes_max);
  return end_slice(write_slice());
}

bool StoreSet::gather_slice(std::size_t changes_max) {
  VT_CHECK(checkpointing_ && !slice_);
  slice_ = std::make_unique<Slice>();
  for (; checkpoint_store_ < stores_.size(); ++checkpoint_store_) {
    slice_->store_has_more =
        stores_[checkpoint_store_]->pick_unflushed(changes_max, slice_->of);
    if (!slice_->of.changes.empty()) return true;
  }
  return false;
}

Result<void> StoreSet::write_slice() {
  auto& changes = slice_->of.changes;
  if (changes.empty()) return backend_.write({}, checkpoint_epoch_);  // everything is there now
  // Neighbours in the backend come one after the other: it finds their places sooner.
  std::sort(changes.begin(), changes.end(),
            [](const auto& a, const auto& b) { return a.key < b.key; });
  return backend_.write(changes, backend_.applied());
}

Result<bool> StoreSet::end_slice(Result<void> written) {
  const auto slice = std::exchange(slice_, nullptr);
  const bool last = slice->of.changes.empty();
  if (!last) stores_[checkpoint_store_]->end_slice(slice->of, written.has_value());
  nothing_to_evict_ = false;
  if (!written) {
    if (!last) stores_[checkpoint_store_]->begin_walk();
    return tl::unexpected<Error>(std::move(written).error());
  }
  if (last) {
    checkpointing_ = false;
    return true;
  }
  backend_empty_ = false;
  if (!slice->store_has_more) ++checkpoint_store_;
  return false;
}

ByteCount StoreSet::bytes() const { return bytes_; }

std::uint64_t StoreSet::hits() const {
  std::uint64_t sum = 0;
  for (const auto& store : stores_) sum += store->hits();
  return sum;
}

std::uint64_t StoreSet::misses() const {
  std::uint64_t sum = 0;
  for (const auto& store : stores_) sum += store->misses();
  return sum;
}

}  // namespace vitrine
