#include "streams/store/cached_store.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/hash.h"
#include "base/plant.h"
#include "streams/store/state_scan.h"

namespace vitrine {

CachedStore::CachedStore(StoreSet& set, std::string name, std::string types,
                         std::size_t value_bytes, std::size_t value_alignment)
    : set_(set),
      name_(std::move(name)),
      written_name_(set.place_.written_name(name_)),
      types_(std::move(types)),
      everything_ours_(set.place_.has_all_of(name_)),
      table_(value_bytes, value_alignment) {}

void CachedStore::destroy_all() {
  for (Slot slot = 0; slot < table_.slots(); ++slot) {
    if (entry(slot).used) destroy(value(slot));
  }
}

Bytes backend_prefix(std::uint32_t virtual_partition, BytesView store) {
  Bytes out{static_cast<char>(virtual_partition >> 8U),
            static_cast<char>(virtual_partition & 0xffU)};
  out.append(store);
  out.push_back('\0');
  return out;
}

Bytes CachedStore::backend_key(BytesView key) const {
  const std::uint32_t vp = virtual_partition(key);
  Bytes out;
  out.reserve(3 + written_name_.size() + key.size());
  out.push_back(static_cast<char>(vp >> 8U));
  out.push_back(static_cast<char>(vp & 0xffU));
  out.append(written_name_);
  out.push_back('\0');
  out.append(key);
  return out;
}

// What another shard keeps cannot be seen from here: a wrong answer would depend on the number of
// shards, so that it is refused as an error of the record.
void CachedStore::check_ours(BytesView key) const {
  if (ours(key)) return;
  throw std::logic_error(
      "state " + name_ +
      ": this row belongs to another shard; with several shards a record may use rows of its own "
      "key only (rekey before, or put the record's key first: ScopedRow)");
}

ByteCount CachedStore::cost_of(const Entry& entry) const {
  constexpr ByteCount kInside = 15;  // what a std::string holds without a heap block
  const ByteCount heap = entry.key.size() > kInside ? entry.key.size() + 1 : 0;
  return table_.bytes_each() + heap + entry.value_bytes;
}

CachedStore::~CachedStore() = default;

std::string CachedStore::types_text(std::string_view key, std::string_view value) {
  return std::string(key) + "|" + std::string(value);
}

Slot CachedStore::insert(BytesView key, std::uint64_t hash) {
  const Slot slot = table_.insert(key, hash);
  construct(value(slot));
  const ByteCount cost = cost_of(entry(slot));
  bytes_ += cost;
  set_.bytes_ += cost;
  return slot;
}

void CachedStore::resize_value(Entry& entry, ByteCount value_bytes) {
  const ByteCount change = value_bytes - entry.value_bytes;  // modular: may be negative
  bytes_ += change;
  set_.bytes_ += change;
  entry.value_bytes = static_cast<std::uint32_t>(value_bytes);
}

Slot CachedStore::load(BytesView key, std::uint64_t hash) {
  if (!everything_ours_) check_ours(key);
  if (set_.backend_empty_) return EntryTable::kNone;
  ++misses_;
  Bytes bytes;
  if (!set_.backend_.get(backend_key(key), bytes)) return EntryTable::kNone;
  const Slot slot = insert(key, hash);
  VT_CHECK_MSG(decode_value(bytes, value(slot)),
               "state store " + name_ + ": a stored value does not decode");
  entry(slot).present = true;
  resize_value(entry(slot), bytes.size());
  return slot;
}

Slot CachedStore::look_up(BytesView key) {
  const std::uint64_t hash = hash_of_key(key);
  Slot slot = table_.find(key, hash);
  if (slot == EntryTable::kNone) {
    slot = load(key, hash);
  } else {
    ++hits_;
  }
  if (slot != EntryTable::kNone) entry(slot).recent = true;
  return slot;
}

Slot CachedStore::change(BytesView key) {
  const std::uint64_t hash = hash_of_key(key);
  Slot slot = table_.find(key, hash);
  if (slot == EntryTable::kNone) {
    slot = load(key, hash);
  } else {
    ++hits_;
  }
  if (slot == EntryTable::kNone) slot = insert(key, hash);
  Entry& found = entry(slot);
  found.recent = true;
  if (!found.touched) {
    if (undo_.empty()) set_.touched(*this);
    undo_.push_back({slot, found.present, found.pending});
    save(value(slot));
    found.touched = true;
  }
  if (!found.pending) {
    found.pending = true;
    pending_.push_back(slot);
  }
  return slot;
}

void CachedStore::begin_record() {
  for (const UndoMark& mark : undo_) entry(mark.slot).touched = false;
  undo_.clear();
  forget_saved();
  pending_before_record_ = pending_.size();
}

void CachedStore::undo_record() {
  for (std::size_t i = 0; i < undo_.size(); ++i) {
    Entry& changed = entry(undo_[i].slot);
    changed.present = undo_[i].present;
    changed.pending = undo_[i].pending;
    put_back(i, value(undo_[i].slot));
  }
  pending_.resize(pending_before_record_);
  begin_record();
}

void CachedStore::drain(Epoch epoch, const std::function<void(BytesView, BytesView, bool)>& visit) {
  begin_record();
  constexpr std::size_t kAhead = 8;  // far enough for an entry to come from memory
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (i + kAhead < pending_.size()) table_.fetch(pending_[i + kAhead]);
    const Slot slot = pending_[i];
    Entry& changed = entry(slot);
    scratch_.clear();
    if (changed.present) encode_value(value(slot), scratch_);
    visit(changed.key, scratch_, !changed.present);
    resize_value(changed, scratch_.size());
    changed.pending = false;
    changed.unflushed = true;
    changed.changed = epoch;
  }
  pending_.clear();
  pending_before_record_ = 0;
}

void CachedStore::restore(BytesView key, BytesView bytes, bool removed) {
  const std::uint64_t hash = hash_of_key(key);
  Slot slot = table_.find(key, hash);
  if (slot == EntryTable::kNone) slot = insert(key, hash);
  Entry& restored = entry(slot);
  restored.present = !removed;
  restored.unflushed = true;
  resize_value(restored, bytes.size());
  if (!removed) {
    VT_CHECK_MSG(decode_value(bytes, value(slot)),
                 "state store " + name_ + ": a journalled value does not decode");
  }
}

void CachedStore::scan(const std::function<void(BytesView key, BytesView value)>& visit) const {
  std::vector<std::pair<Bytes, Bytes>> found;
  // A row's address is its own hash, which is not where it lives when it has a scope.
  const bool address_is_home = home_of_ == HomeOf{virtual_partition};
  for (std::uint32_t vp = 0; vp < kVirtualPartitions && !set_.backend_empty_; ++vp) {
    if (!everything_ours_ && address_is_home && !set_.place_.owns(vp)) continue;
    const Bytes prefix = backend_prefix(vp, written_name_);
    set_.backend_.scan(prefix, [&](BytesView key, BytesView bytes) {
      const BytesView own_key = key.substr(prefix.size());
      if (ours(own_key) && table_.find(own_key, hash_of_key(own_key)) == EntryTable::kNone)
        found.emplace_back(own_key, bytes);
    });
  }
  for (Slot slot = 0; slot < table_.slots(); ++slot) {
    if (!entry(slot).used || !entry(slot).present) continue;
    found.emplace_back(entry(slot).key, Bytes{});
    encode_value(value(slot), found.back().second);
  }
  std::sort(found.begin(), found.end());
  for (const auto& [key, bytes] : found) visit(key, bytes);
}

bool CachedStore::get(BytesView key, Bytes& out) const {
  const Slot slot = table_.find(key, hash_of_key(key));
  if (slot == EntryTable::kNone)
    return !set_.backend_empty_ && set_.backend_.get(backend_key(key), out);
  if (!entry(slot).present) return false;
  out.clear();
  encode_value(value(slot), out);
  return true;
}

bool CachedStore::newer_rows(SmallestRows& out) const {
  bool settled = true;
  for (Slot slot = 0; slot < table_.slots(); ++slot) {
    const Entry& newer = entry(slot);
    if (!newer.used || !(newer.pending || newer.unflushed)) continue;
    if (!out.wants(newer.key)) continue;
    settled &= is_settled(newer);
    SmallestRows::Value bytes;
    if (newer.present) encode_value(value(slot), bytes.emplace());
    out.add(newer.key, std::move(bytes));
  }
  return settled;
}

void CachedStore::put_row(BytesView key, BytesView bytes) {
  const Slot slot = change(key);
  VT_CHECK_MSG(decode_value(bytes, value(slot)),
               "state store " + name_ + ": a row does not decode");
  entry(slot).present = true;
}

void CachedStore::erase_row(BytesView key) { entry(change(key)).present = false; }

bool CachedStore::is_settled(const Entry& entry) const {
  return entry.used && !entry.pending && !entry.touched && entry.changed <= committed_;
}

bool CachedStore::settled(BytesView key) const {
  const Slot slot = table_.find(key, hash_of_key(key));
  return slot == EntryTable::kNone || is_settled(entry(slot));
}

void CachedStore::add_row(Slot slot, RowBatch& rows) const {
  const Entry& from = entry(slot);
  rows.begin(virtual_partition(from.key), written_name_, from.key);
  if (from.present) encode_value(value(slot), rows.value());
  rows.end(!from.present);
}

bool CachedStore::pick_victims(std::size_t victims_max, ByteCount bytes_max, Victims& victims) {
  // Clock: an entry read since the last round gets a second chance.
  const std::size_t before = victims.slots.size();
  for (; clock_ < table_.slots(); ++clock_) {
    if (victims.slots.size() - before >= victims_max || victims.rows.bytes() >= bytes_max)
      return true;
    Entry& candidate = entry(clock_);
    const bool evicted_early = planted("evict_uncommitted") && candidate.used &&
                               !candidate.touched && !candidate.pending;
    if ((!is_settled(candidate) && !evicted_early) || candidate.sliced) continue;
    if (candidate.recent) {
      candidate.recent = false;
      continue;
    }
    if (candidate.unflushed) add_row(clock_, victims.rows);
    victims.slots.push_back(clock_);
  }
  clock_ = 0;
  return false;
}

void CachedStore::evict(const Victims& victims) {
  for (const Slot slot : victims.slots) {
    const ByteCount cost = cost_of(entry(slot));
    bytes_ -= cost;
    set_.bytes_ -= cost;
    destroy(value(slot));
    table_.remove(slot);
  }
}

void CachedStore::begin_walk() {
  walk_ = 0;
  passed_over_.clear();
}

// False when it must be written and may not be yet.
bool CachedStore::pick_one(Slot slot, bool all_settled, RowBatch& rows,
                           std::vector<Picked>& picked) {
  Entry& candidate = entry(slot);
  if (!candidate.used || !candidate.unflushed || candidate.sliced) return true;
  if (!is_settled(candidate)) {
    VT_CHECK_MSG(!all_settled, "a checkpoint slice needs all drained epochs committed");
    return false;
  }
  candidate.sliced = true;
  picked.push_back({slot, candidate.changed});
  add_row(slot, rows);
  return true;
}

CachedStore::Left CachedStore::pick_unflushed(const Pick& pick, RowBatch& rows,
                                              std::vector<Picked>& picked) {
  constexpr std::size_t kLooksARow = 8;  // a call also ends where there is little to find
  constexpr Slot kAhead = 8;
  const std::size_t rows_end = rows.size() + pick.rows_max;
  std::size_t looks = kLooksARow * pick.rows_max;
  const auto room = [&] {
    return looks > 0 && rows.size() < rows_end && rows.bytes() < pick.bytes_max;
  };
  for (; walk_ < table_.slots() && room(); ++walk_, --looks) {
    if (walk_ + kAhead < table_.slots()) table_.fetch(walk_ + kAhead);
    if (!pick_one(walk_, pick.all_settled, rows, picked)) passed_over_.push_back(walk_);
  }
  if (walk_ < table_.slots()) return Left::More;
  // Another look at each: most are committed by now. Their slots may hold other keys.
  for (std::size_t left = passed_over_.size(); left > 0 && room(); --left, --looks) {
    const Slot slot = passed_over_.front();
    passed_over_.pop_front();
    if (!pick_one(slot, pick.all_settled, rows, picked)) passed_over_.push_back(slot);
  }
  if (passed_over_.empty()) return Left::Nothing;
  return room() ? Left::Unsettled : Left::More;
}

void CachedStore::end_slice(std::span<const Picked> picked, bool written) {
  constexpr std::size_t kAhead = 8;
  for (std::size_t i = 0; i < picked.size(); ++i) {
    if (i + kAhead < picked.size()) table_.fetch(picked[i + kAhead].slot);
    Entry& sliced = entry(picked[i].slot);
    sliced.sliced = false;
    if (written && sliced.changed == picked[i].changed) sliced.unflushed = false;
  }
}

}  // namespace vitrine
