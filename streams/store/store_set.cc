#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "streams/log/journal.h"
#include "streams/store/cached_store.h"

namespace vitrine {
namespace {

constexpr std::size_t kAtOnce = 65'536;  // entries that leave together

}  // namespace

Result<void> StateBackend::copy_to(const std::string& folder) {
  if (!lasting()) return {};
  return fail(Code::Unsupported, "copy state to " + folder + ": this backend cannot");
}

Result<void> StateBackend::write_rows(const RowBatch& rows) {
  std::vector<Change> changes;
  changes.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const RowBatch::Row row = rows.row(i);
    changes.push_back({Bytes(row.key), Bytes(row.value), row.removed});
  }
  return write(changes, applied());
}

struct StoreSet::Slice {
  RowBatch rows;  // of the store whose turn it is; none: all have had theirs
  std::vector<CachedStore::Picked> picked;
  bool store_over = false;  // these are the last of it
  bool ending = false;
  std::size_t ended = 0;
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

CachedStore* StoreSet::known(std::string_view name, std::string_view key,
                             std::string_view value) const {
  auto* const found = static_cast<CachedStore*>(find(name));
  if (found == nullptr) return nullptr;
  const std::string wanted = CachedStore::types_text(key, value);
  VT_CHECK_MSG(found->types() == wanted, "state store " + std::string(name) + " is used as " +
                                             found->types() + " and as " + wanted);
  return found;
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

std::uint32_t StoreSet::home_of(std::string_view written, BytesView key) const {
  const auto* store = find_written(written);
  const auto& own = place_.own_stores;
  if (store == nullptr || std::find(own.begin(), own.end(), store->name()) != own.end())
    return place_.number;
  return store->home_of(key);
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
  if (bytes_ > budget_bytes_ && !nothing_to_evict_) trim_for_record();
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
      bytes_since_checkpoint_ += key.size() + value.size();
      visit(store->written_name(), key, value, removed);
    });
  }
  changes_since_gather_ += count;
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
  if (bytes_ > budget_bytes_ && !nothing_to_evict_) trim_for_restore();
  auto* store = find_written(name);
  if (store == nullptr) return false;
  store->restore(key, value, removed);
  nothing_to_evict_ = false;
  return true;
}

// The rows a few deltas ahead come into the processor's cache meanwhile.
std::size_t StoreSet::restore(std::span<const Delta> deltas) {
  constexpr std::size_t kAhead = 8;
  std::size_t needed = 0;
  std::string_view name;  // of the store found last: deltas of one stand together
  CachedStore* store = nullptr;
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    const Delta& delta = deltas[i];
    if (i == 0 || delta.store != name) {
      name = delta.store;
      store = find_written(name);
    }
    if (store != nullptr && i + kAhead < deltas.size()) store->expect_key(deltas[i + kAhead].key);
    if (store == nullptr || shard_of(name, delta.key) != place_.number) continue;
    if (bytes_ > budget_bytes_ && !nothing_to_evict_) trim_for_restore();
    store->restore(delta.key, delta.value, delta.removed);
    bytes_since_checkpoint_ += delta.key.size() + delta.value.size();
    ++needed;
  }
  if (needed > 0) nothing_to_evict_ = false;
  return needed;
}

// Records wait for a bounded amount of work: 256 entries leave at most, the next record goes on.
void StoreSet::trim_for_record() {
  constexpr std::size_t kVictims = 256;
  trim(budget_bytes_, kVictims, kAll);
}

// Nobody waits while state is restored: as many rows leave at once as a file for them is worth.
void StoreSet::trim_for_restore() {
  constexpr ByteCount kMost = 32U << 20U;
  trim(budget_bytes_ - budget_bytes_ / 4, kAll, std::min(budget_bytes_ / 4, kMost));
}

void StoreSet::trim(ByteCount target_bytes, std::size_t victims_max, ByteCount rows_bytes_max) {
  std::size_t rounds_without = 0;
  for (std::size_t evicted = 0; bytes_ > target_bytes && evicted < victims_max;) {
    if (rounds_without > 2 * stores_.size()) {
      nothing_to_evict_ = true;
      return;
    }
    CachedStore& store = *stores_[clock_store_ % stores_.size()];
    CachedStore::Victims victims;
    const bool more =
        store.pick_victims(std::min(kAtOnce, victims_max - evicted), rows_bytes_max, victims);
    if (!more) ++clock_store_;
    rounds_without = victims.slots.empty() && !more ? rounds_without + 1 : 0;
    if (victims.slots.empty()) continue;
    if (!victims.rows.empty()) {
      // Neighbours in the backend come one after the other: it finds their places sooner.
      victims.rows.sort();
      // Ahead of applied() is fine: what is committed is in the journal's tail too, and its deltas
      // are absolute.
      if (!backend_.write_rows(victims.rows)) {
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

// A slice's entries cannot leave the cache, and a file is worth its trouble from a few MiB on.
ByteCount StoreSet::slice_bytes_max() const {
  constexpr ByteCount kLeast = 64U << 10U;
  constexpr ByteCount kMost = 32U << 20U;
  return std::clamp(budget_bytes_ / 8, kLeast, kMost / place_.count);
}

void StoreSet::begin_checkpoint(Epoch epoch) {
  if (slice_) {  // of one that nobody will bring to its end
    stores_[checkpoint_store_]->end_slice(std::span(slice_->picked).subspan(slice_->ended), false);
    slice_.reset();
  }
  checkpointing_ = true;
  bytes_since_checkpoint_ = 0;
  checkpoint_epoch_ = epoch;
  checkpoint_store_ = 0;
  for (const auto& store : stores_) store->begin_walk();
}

Result<bool> StoreSet::checkpoint_slice(std::size_t changes_max) {
  if (!ending()) {
    while (gather_slice(changes_max, true) == Gathered::More && slice_->rows.empty()) {
    }
    return end_slice(write_slice());
  }
  return end_slice({});
}

std::size_t StoreSet::gather_at_once() {
  constexpr std::uint64_t kLeast = 4'096, kMost = 65'536;
  return std::clamp(2 * changes_since_gather_, kLeast, kMost);
}

StoreSet::Gathered StoreSet::gather_slice(std::size_t changes_max, bool all_settled) {
  VT_CHECK(checkpointing_ && !ending());
  if (!slice_) slice_ = std::make_unique<Slice>();
  changes_since_gather_ = 0;
  wants_settled_ = false;
  for (; checkpoint_store_ < stores_.size(); ++checkpoint_store_) {
    const auto left = stores_[checkpoint_store_]->pick_unflushed(
        {changes_max, slice_bytes_max(), all_settled}, slice_->rows, slice_->picked);
    slice_->store_over = left == CachedStore::Left::Nothing;
    if (slice_->rows.bytes() >= slice_bytes_max()) return Gathered::Full;
    if (left == CachedStore::Left::More) return Gathered::More;
    if (left == CachedStore::Left::Unsettled) {
      wants_settled_ = true;
      return Gathered::Unsettled;
    }
    if (!slice_->rows.empty()) return Gathered::Full;
  }
  return Gathered::Nothing;
}

Result<void> StoreSet::write_slice() {
  RowBatch& rows = slice_->rows;
  if (rows.empty()) return backend_.write({}, checkpoint_epoch_);  // everything is there now
  rows.sort();
  return backend_.write_rows(rows);
}

bool StoreSet::ending() const { return slice_ && slice_->ending; }

Result<bool> StoreSet::end_slice(Result<void> written, std::size_t entries_max) {
  Slice& slice = *slice_;
  if (slice.rows.empty()) {  // the last one
    slice_.reset();
    if (!written) return tl::unexpected<Error>(std::move(written).error());
    checkpointing_ = false;
    return true;
  }
  CachedStore& store = *stores_[checkpoint_store_];
  const auto rest = std::span(slice.picked).subspan(slice.ended);
  nothing_to_evict_ = false;
  if (!written) {
    store.end_slice(rest, false);
    store.begin_walk();
    slice_.reset();
    return tl::unexpected<Error>(std::move(written).error());
  }
  backend_empty_ = false;
  const auto now = rest.first(std::min(entries_max, rest.size()));
  store.end_slice(now, true);
  slice.ended += now.size();
  slice.ending = slice.ended < slice.picked.size();
  if (slice.ending) return false;
  if (slice.store_over) ++checkpoint_store_;
  slice.rows.clear();
  slice.picked.clear();
  slice.ended = 0;
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
