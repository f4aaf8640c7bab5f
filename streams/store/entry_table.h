#pragma once
// A hash table from encoded keys to entries that do not move: the untyped part under Store<K, V>.
//
// Cells (hash tag, slot number) are probed linearly; entries live in chunks, each followed by its
// value, so that a hit costs one probe and one line of the entry. Slots are reused; the slot order
// is what the eviction clock and checkpoints walk.
//
// Threads: one. Keys are copied on insert only.
#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "streams/log/record.h"

namespace vitrine {

using Slot = std::uint32_t;

struct Entry {
  Bytes key;
  std::uint64_t hash = 0;
  Epoch changed;                  // the epoch that last drained a change
  std::uint32_t value_bytes = 0;  // encoded size when last seen: what we count against the budget
  bool used = false;              // the slot holds a key
  bool present = false;           // the key has a value; false remembers that it has none
  bool pending = false;           // changed since the last drain
  bool touched = false;           // changed by the current record: its undo image is kept
  bool unflushed = false;         // newer than the backend
  bool recent = false;            // read since the clock passed
};

std::uint64_t hash_of_key(BytesView key);  // for this process's memory only; never written anywhere

class EntryTable {
 public:
  explicit EntryTable(std::size_t value_bytes);
  ~EntryTable();
  EntryTable(const EntryTable&) = delete;
  EntryTable& operator=(const EntryTable&) = delete;

  static constexpr Slot kNone = 0xffffffffU;
  Slot find(BytesView key, std::uint64_t hash) const;
  Slot insert(BytesView key,
              std::uint64_t hash);  // the key must not be there; the value is raw memory
  void remove(Slot slot);           // the caller has destroyed the value

  Entry& entry(Slot slot) const { return *reinterpret_cast<Entry*>(address(slot)); }
  void* value(Slot slot) const { return address(slot) + kValueOffset; }
  Slot slots() const { return next_; }  // every used slot is below
  std::size_t size() const { return size_; }
  ByteCount bytes_each() const { return stride_ + 2 * sizeof(Cell); }

 private:
  struct Cell {
    std::uint32_t tag = 0;
    Slot slot = kNone;
  };
  static constexpr std::size_t kValueOffset = (sizeof(Entry) + 15) / 16 * 16;
  static constexpr Slot kChunk = 1024;
  char* address(Slot slot) const { return chunks_[slot / kChunk].get() + slot % kChunk * stride_; }
  void grow();
  void place(std::uint64_t hash, Slot slot);

  const std::size_t stride_;
  std::vector<Cell> cells_;
  std::vector<std::unique_ptr<char[]>> chunks_;  // new char[] is aligned for any fundamental type
  std::vector<Slot> free_;
  Slot next_ = 0;
  std::size_t size_ = 0;
};

}  // namespace vitrine
