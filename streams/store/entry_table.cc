#include "streams/store/entry_table.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "base/result.h"

namespace vitrine {
namespace {

__extension__ using Wide = unsigned __int128;

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

constexpr std::uint64_t kOdd1 = 0x9e3779b97f4a7c15ULL;
constexpr std::uint64_t kOdd2 = 0xd6e8feb86659fd93ULL;

}  // namespace

std::uint64_t hash_of_key(BytesView key) {
  std::uint64_t hash = kOdd1 ^ key.size();
  const char* at = key.data();
  std::size_t left = key.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    hash = mixed(hash ^ word, kOdd2);
  }
  std::uint64_t last = 0;
  if (left > 0) std::memcpy(&last, at, left);
  return mixed(hash ^ last, kOdd1);
}

namespace {

constexpr std::size_t kFirstCells = 16;

std::size_t rounded_up(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }

}  // namespace

EntryTable::EntryTable(std::size_t value_bytes, std::size_t value_alignment)
    : value_offset_(rounded_up(sizeof(Entry), value_alignment)),
      stride_(rounded_up(value_offset_ + value_bytes, std::max(alignof(Entry), value_alignment))) {
  make_cells(kFirstCells);
}

EntryTable::~EntryTable() {
  for (Slot slot = 0; slot < next_; ++slot) entry(slot).~Entry();
}

void EntryTable::make_cells(std::size_t count) {
  cell_memory_ = wide_memory(count * sizeof(Cell));
  cells_ = reinterpret_cast<Cell*>(cell_memory_.get());
  std::uninitialized_fill_n(cells_, count, Cell{});
  mask_ = count - 1;
}

Slot EntryTable::find(BytesView key, std::uint64_t hash) const {
  const auto tag = static_cast<std::uint32_t>(hash >> 32U);
  for (std::size_t at = hash & mask_; cells_[at].slot != kNone; at = (at + 1) & mask_) {
    if (cells_[at].tag == tag && entry(cells_[at].slot).key == key) return cells_[at].slot;
  }
  return kNone;
}

void EntryTable::expect(std::uint64_t hash) {
  __builtin_prefetch(&cells_[hash & mask_]);
  const std::uint64_t ripe = std::exchange(expected_[next_expected_++ % kExpected], hash);
  const auto tag = static_cast<std::uint32_t>(ripe >> 32U);
  for (std::size_t at = ripe & mask_; cells_[at].slot != kNone; at = (at + 1) & mask_) {
    if (cells_[at].tag == tag) return fetch(cells_[at].slot);
  }
}

void EntryTable::fetch(Slot slot) const {
  constexpr std::size_t kCacheLine = 64;
  const char* at = address(slot);
  __builtin_prefetch(at, 1);
  if (stride_ > kCacheLine) __builtin_prefetch(at + value_offset_, 1);
}

void EntryTable::place(std::uint64_t hash, Slot slot) {
  std::size_t at = hash & mask_;
  while (cells_[at].slot != kNone) at = (at + 1) & mask_;
  cells_[at] = {static_cast<std::uint32_t>(hash >> 32U), slot};
}

void EntryTable::grow() {
  make_cells((mask_ + 1) * 2);
  for (Slot slot = 0; slot < next_; ++slot) {
    if (entry(slot).used) place(entry(slot).hash, slot);
  }
}

// Small tables grow by a chunk; larger ones by as many as a huge page holds.
void EntryTable::add_chunk() {
  constexpr std::size_t kSmallChunks = 8;
  const ByteCount bytes = kChunk * stride_;
  if (chunks_left_ == 0) {
    chunks_left_ =
        chunks_.size() < kSmallChunks ? 1 : std::max<std::size_t>(1, kWidePageBytes / bytes);
    // A block of several chunks takes its huge page whole.
    blocks_.push_back(wide_memory(chunks_left_ == 1 ? bytes : kWidePageBytes));
    chunks_.push_back(blocks_.back().get());
  } else {
    chunks_.push_back(chunks_.back() + bytes);
  }
  --chunks_left_;
}

Slot EntryTable::insert(BytesView key, std::uint64_t hash) {
  if ((size_ + 1) * 8 > (mask_ + 1) * 5) grow();
  Slot slot = next_;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    VT_CHECK(next_ < kNone - 1);
    if (next_ % kChunk == 0) add_chunk();
    ++next_;
    new (address(slot)) Entry();
  }
  Entry& fresh = entry(slot);
  fresh.key.assign(key);
  fresh.hash = hash;
  fresh.used = true;
  place(hash, slot);
  ++size_;
  return slot;
}

void EntryTable::remove(Slot slot) {
  std::size_t hole = entry(slot).hash & mask_;
  while (cells_[hole].slot != slot) hole = (hole + 1) & mask_;
  // Move later cells of the same run back, so that no probe stops at the hole too early.
  for (std::size_t at = (hole + 1) & mask_; cells_[at].slot != kNone; at = (at + 1) & mask_) {
    const std::size_t home = entry(cells_[at].slot).hash & mask_;
    if (((at - home) & mask_) >= ((at - hole) & mask_)) {
      cells_[hole] = cells_[at];
      hole = at;
    }
  }
  cells_[hole] = Cell{};
  entry(slot) = Entry();
  free_.push_back(slot);
  --size_;
}

}  // namespace vitrine
