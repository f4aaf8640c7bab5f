#pragma once
// A hash table from encoded keys to entries that do not move: the untyped part under Store<K, V>.
//
// Cells (hash tag, slot number) are probed linearly; entries live in chunks, each followed by its
// value, so that a hit costs one probe and one line of the entry: a short key with a number fills
// a cache line exactly. Whoever knows which keys come next says so by expect(), and finds them in
// the cache. Slots are reused; the slot order is what the eviction clock and checkpoints walk.
//
// Threads: one. Keys are copied on insert only.
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "streams/log/record.h"
#include "streams/store/wide_memory.h"

namespace vitrine {

using Slot = std::uint32_t;

struct Entry {
  Bytes key;
  std::uint64_t hash = 0;
  Epoch changed;                  // the epoch that last drained a change
  std::uint32_t value_bytes = 0;  // encoded size when last seen: what we count against the budget
  bool used : 1 = false;          // the slot holds a key
  bool present : 1 = false;       // the key has a value; false remembers that it has none
  bool pending : 1 = false;       // changed since the last drain
  bool touched : 1 = false;       // changed by the current record: its undo image is kept
  bool unflushed : 1 = false;     // newer than the backend
  bool recent : 1 = false;        // read since the clock passed
  bool sliced : 1 = false;        // its image is on the way to the backend: it stays until then
};

std::uint64_t hash_of_key(BytesView key);  // for this process's memory only; never written anywhere

class EntryTable {
 public:
  EntryTable(std::size_t value_bytes, std::size_t value_alignment);
  ~EntryTable();
  EntryTable(const EntryTable&) = delete;
  EntryTable& operator=(const EntryTable&) = delete;

  static constexpr Slot kNone = 0xffffffffU;
  Slot find(BytesView key, std::uint64_t hash) const;
  Slot insert(BytesView key,
              std::uint64_t hash);  // the key must not be there; the value is raw memory
  void remove(Slot slot);           // the caller has destroyed the value
  // find() will be asked for this key after a few more calls of expect(). The cell is fetched now,
  // the entry a few calls later, when the cell has come.
  void expect(std::uint64_t hash);
  void fetch(Slot slot) const;  // entry(slot) will be asked for soon

  Entry& entry(Slot slot) const { return *reinterpret_cast<Entry*>(address(slot)); }
  void* value(Slot slot) const { return address(slot) + value_offset_; }
  Slot slots() const { return next_; }  // every used slot is below
  std::size_t size() const { return size_; }
  ByteCount bytes_each() const { return stride_ + 2 * sizeof(Cell); }

 private:
  struct Cell {
    std::uint32_t tag = 0;
    Slot slot = kNone;
  };
  static constexpr Slot kChunk = 1024;
  static constexpr std::size_t kExpected = 4;
  char* address(Slot slot) const { return chunks_[slot / kChunk] + slot % kChunk * stride_; }
  void make_cells(std::size_t count);
  void add_chunk();
  void grow();
  void place(std::uint64_t hash, Slot slot);

  const std::size_t value_offset_;
  const std::size_t stride_;
  WideMemory cell_memory_;
  Cell* cells_ = nullptr;
  std::size_t mask_ = 0;  // one less than there are cells
  std::vector<WideMemory> blocks_;
  std::size_t chunks_left_ = 0;  // of the last block
  std::vector<char*> chunks_;
  std::vector<Slot> free_;
  Slot next_ = 0;
  std::size_t size_ = 0;
  std::array<std::uint64_t, kExpected> expected_{};
  std::size_t next_expected_ = 0;
};

}  // namespace vitrine
