#include "streams/operators/open_slices.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace vitrine::nodes {
namespace {

std::int64_t floor_div(std::int64_t number, std::int64_t by) {
  return number / by - (number % by < 0 ? 1 : 0);
}
std::int64_t ceil_div(std::int64_t number, std::int64_t by) { return -floor_div(-number, by); }

}  // namespace

Duration Slicing::width_of(const WindowShape& shape) {
  return Duration{std::gcd(shape.size.count(), shape.advance.count())};
}

SliceNumber Slicing::slice_of(Time timestamp) const {
  return floor_div(millis_of(timestamp), width_.count());
}

SliceRange Slicing::slices_of(const Window& window) const {
  return {slice_of(window.start), slice_of(window.end)};
}

SliceNumber Slicing::border_after(SliceNumber first, std::uint32_t phase) const {
  const std::int64_t length = shape_.size / width_;
  const std::int64_t shift = phase % length;
  return (floor_div(first - shift, length) + 1) * length + shift;
}

Time Slicing::first_end(SliceNumber slice, std::optional<Time> stream_time) const {
  Time start = start_of(slice + 1) - shape_.size;
  if (stream_time) {
    start = std::max(start, *stream_time - shape_.grace - shape_.size + Duration{1});
  }
  return Time{ceil_div(millis_of(start), shape_.advance.count()) * shape_.advance} + shape_.size;
}

void OpenSlices::add(SliceNumber slice) {
  const std::int64_t wanted = floor_div(slice, 8);
  if (bits.empty()) byte = wanted;
  if (wanted < byte) {
    bits.insert(0, static_cast<std::size_t>(byte - wanted), '\0');
    byte = wanted;
  }
  const auto place = static_cast<std::size_t>(wanted - byte);
  if (place >= bits.size()) bits.resize(place + 1, '\0');
  const auto bit = static_cast<unsigned>(slice - wanted * 8);
  bits[place] = static_cast<char>(static_cast<unsigned char>(bits[place]) | 1U << bit);
}

std::optional<SliceNumber> OpenSlices::from(SliceNumber slice) const {
  const SliceNumber start = std::max(slice, byte * 8);
  for (auto place = static_cast<std::size_t>(floor_div(start, 8) - byte); place < bits.size();
       ++place) {
    const SliceNumber first = (byte + static_cast<std::int64_t>(place)) * 8;
    unsigned some = static_cast<unsigned char>(bits[place]);
    if (first < start) some &= 0xffU << static_cast<unsigned>(start - first);
    if (some != 0) return first + std::countr_zero(some);
  }
  return std::nullopt;
}

void OpenSlices::drop_before(SliceNumber slice) {
  const auto first = from(slice);
  if (!first) {
    bits.clear();
    return;
  }
  const std::int64_t kept = floor_div(*first, 8);
  bits.erase(0, static_cast<std::size_t>(kept - byte));
  byte = kept;
  const auto below = static_cast<unsigned>(*first - kept * 8);
  bits[0] = static_cast<char>(static_cast<unsigned char>(bits[0]) & (0xffU << below));
}

void OpenSlices::change(SliceNumber slice) {
  changed_first = changed ? std::min(changed_first, slice) : slice;
  changed_last = changed ? std::max(changed_last, slice) : slice;
  changed = true;
}

}  // namespace vitrine::nodes
