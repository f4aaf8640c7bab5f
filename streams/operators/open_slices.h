#pragma once
// The arithmetic of hopping windows, and which slices a key has. Without types.
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>

#include "base/bytes.h"
#include "base/time.h"
#include "streams/operators/window_options.h"
#include "vitrine/window.h"

namespace vitrine::nodes {

using SliceNumber = std::int64_t;  // slice n begins at n times its width after the epoch

struct SliceRange {
  SliceNumber first = 0;
  SliceNumber end = 0;  // not in it
};

// A slice is as long as the greatest length that size and advance are both multiples of, so that a
// window is made of whole slices.
class Slicing {
 public:
  static constexpr std::int64_t kSlicesMax = 10'000;  // a window
  static Duration width_of(const WindowShape& shape);
  explicit Slicing(const WindowShape& shape) : shape_(shape), width_(width_of(shape)) {}

  SliceNumber slice_of(Time timestamp) const;
  Time start_of(SliceNumber slice) const { return Time{slice * width_}; }
  std::int64_t slices_an_advance() const { return shape_.advance / width_; }
  // The border inside or at the end of the window that begins with this slice: the only multiple of
  // the window's length, shifted by `phase`, after its first slice and up to its end.
  SliceNumber border_after(SliceNumber first, std::uint32_t phase) const;
  // No window that holds the slice has closed before this moment.
  bool untouched(SliceNumber slice, std::optional<Time> stream_time) const {
    return !stream_time || start_of(slice + 1) > *stream_time - shape_.grace;
  }
  Window window_to(Time end) const { return {end - shape_.size, end}; }
  SliceRange slices_of(const Window& window) const;
  // The end of the first window that holds the slice and, when stream time is given, has not
  // closed. When all have, that of a window after the slice.
  Time first_end(SliceNumber slice, std::optional<Time> stream_time) const;

 private:
  WindowShape shape_;
  Duration width_;
};

// One bit a slice; a part of a key's row. Cost: a byte for eight slices between the first and the
// last.
struct OpenSlices {
  static constexpr SliceNumber kFirst = std::numeric_limits<SliceNumber>::min();

  Time next_end{};           // of the window that closes next
  std::int64_t byte = 0;     // of bits: slices 8 * byte and on
  Bytes bits;                // first and last byte are not zero
  bool changed = false;      // since they were told, for every(d):
  SliceNumber changed_first = 0, changed_last = 0;
  auto fields() { return std::tie(next_end, byte, bits, changed, changed_first, changed_last); }

  void add(SliceNumber slice);
  void drop_before(SliceNumber slice);
  std::optional<SliceNumber> from(SliceNumber slice) const;  // the first that is this or later
  bool empty() const { return bits.empty(); }
  void change(SliceNumber slice);
  bool changed_in(const SliceRange& range) const {
    return changed && changed_first < range.end && changed_last >= range.first;
  }
};

// The states beside the slices.
inline std::string keys_of(const std::string& window) { return window + ".keys"; }
inline std::string sums_of(const std::string& window) { return window + ".sums"; }

}  // namespace vitrine::nodes
