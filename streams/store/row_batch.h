#pragma once
// Rows of one store on their way to the backend: all their bytes in one block, so that taking the
// images of many rows asks for no memory for each, and sorting them moves no bytes.
//
//   rows.begin(virtual_partition, store, key);
//   encode_value(value, rows.value());
//   rows.end(removed);
//
// Threads: one at a time. A key stands in it once.
#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace vitrine {

class RowBatch {
 public:
  struct Row {
    BytesView key;  // as it stands in the backend
    BytesView value;
    bool removed = false;
  };

  // All rows must be of the same store.
  void begin(std::uint32_t virtual_partition, BytesView store, BytesView key);
  Bytes& value() { return block_; }  // to append to, between begin() and end()
  void end(bool removed);
  void sort();  // by the backend's keys
  void clear();

  std::size_t size() const { return places_.size(); }
  bool empty() const { return places_.empty(); }
  Row row(std::size_t i) const;
  ByteCount row_bytes() const { return block_.size(); }  // keys and values
  ByteCount bytes() const { return block_.size() + places_.size() * sizeof(Place); }

 private:
  // The first bytes of the key that differ between rows of a store, as numbers: most comparisons
  // need nothing else.
  struct Place {
    std::uint64_t high = 0, low = 0;
    std::uint64_t at = 0;  // of the key in the block
    std::uint32_t key_bytes = 0;
    std::uint32_t value_bytes = 0;  // kRemoved: none
  };
  static constexpr std::uint32_t kRemoved = 0xffffffffU;
  BytesView key(const Place& place) const {
    return BytesView(block_).substr(place.at, place.key_bytes);
  }

  Bytes block_;
  std::vector<Place> places_;
};

}  // namespace vitrine
