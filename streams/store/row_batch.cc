#include "streams/store/row_batch.h"

#include <algorithm>

#include "base/result.h"

namespace vitrine {
namespace {

// Up to 8 bytes as a number that is ordered as they are.
std::uint64_t leading(BytesView bytes, std::size_t from, std::size_t count) {
  std::uint64_t out = 0;
  for (std::size_t i = from; i < from + count; ++i) {
    out <<= 8U;
    if (i < bytes.size()) out |= static_cast<unsigned char>(bytes[i]);
  }
  return out;
}

}  // namespace

void RowBatch::begin(std::uint32_t virtual_partition, BytesView store, BytesView key) {
  Place place;
  place.high = std::uint64_t{virtual_partition} << 48U | leading(key, 0, 6);
  place.low = leading(key, 6, 8);
  place.at = block_.size();
  block_.push_back(static_cast<char>(virtual_partition >> 8U));
  block_.push_back(static_cast<char>(virtual_partition & 0xffU));
  block_.append(store);
  block_.push_back('\0');
  block_.append(key);
  place.key_bytes = static_cast<std::uint32_t>(block_.size() - place.at);
  places_.push_back(place);
}

void RowBatch::end(bool removed) {
  Place& place = places_.back();
  const ByteCount value_bytes = block_.size() - place.at - place.key_bytes;
  VT_CHECK(value_bytes < kRemoved);
  place.value_bytes = removed ? kRemoved : static_cast<std::uint32_t>(value_bytes);
}

// A shorter key and one that goes on with zeros have the same numbers, so equal ones are compared
// in full.
void RowBatch::sort() {
  std::sort(places_.begin(), places_.end(), [this](const Place& a, const Place& b) {
    if (a.high != b.high) return a.high < b.high;
    if (a.low != b.low) return a.low < b.low;
    return key(a) < key(b);
  });
}

void RowBatch::clear() {
  block_.clear();
  places_.clear();
}

RowBatch::Row RowBatch::row(std::size_t i) const {
  const Place& place = places_[i];
  if (place.value_bytes == kRemoved) return {key(place), {}, true};
  return {key(place), BytesView(block_).substr(place.at + place.key_bytes, place.value_bytes),
          false};
}

}  // namespace vitrine
