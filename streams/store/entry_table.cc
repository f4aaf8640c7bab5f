#include "streams/store/entry_table.h"

#include <cstring>
#include <new>

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

EntryTable::EntryTable(std::size_t value_bytes)
    : stride_(kValueOffset + (value_bytes + 15) / 16 * 16), cells_(16) {}

EntryTable::~EntryTable() {
  for (Slot slot = 0; slot < next_; ++slot) entry(slot).~Entry();
}

Slot EntryTable::find(BytesView key, std::uint64_t hash) const {
  const std::size_t mask = cells_.size() - 1;
  const auto tag = static_cast<std::uint32_t>(hash >> 32U);
  for (std::size_t at = hash & mask; cells_[at].slot != kNone; at = (at + 1) & mask) {
    if (cells_[at].tag == tag && entry(cells_[at].slot).key == key) return cells_[at].slot;
  }
  return kNone;
}

void EntryTable::place(std::uint64_t hash, Slot slot) {
  const std::size_t mask = cells_.size() - 1;
  std::size_t at = hash & mask;
  while (cells_[at].slot != kNone) at = (at + 1) & mask;
  cells_[at] = {static_cast<std::uint32_t>(hash >> 32U), slot};
}

void EntryTable::grow() {
  cells_.assign(cells_.size() * 2, Cell{});
  for (Slot slot = 0; slot < next_; ++slot) {
    if (entry(slot).used) place(entry(slot).hash, slot);
  }
}

Slot EntryTable::insert(BytesView key, std::uint64_t hash) {
  if ((size_ + 1) * 8 > cells_.size() * 5) grow();
  Slot slot = next_;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    VT_CHECK(next_ < kNone - 1);
    if (next_ % kChunk == 0) chunks_.push_back(std::make_unique<char[]>(kChunk * stride_));
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
  const std::size_t mask = cells_.size() - 1;
  std::size_t hole = entry(slot).hash & mask;
  while (cells_[hole].slot != slot) hole = (hole + 1) & mask;
  // Move later cells of the same run back, so that no probe stops at the hole too early.
  for (std::size_t at = (hole + 1) & mask; cells_[at].slot != kNone; at = (at + 1) & mask) {
    const std::size_t home = entry(cells_[at].slot).hash & mask;
    if (((at - home) & mask) >= ((at - hole) & mask)) {
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
