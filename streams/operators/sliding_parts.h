#pragma once
// The parts of a key's sliding windows: one a point in time, and sums of them, so that any run of
// points is put together from few parts.
//
// Points are numbered in order of time. Eight neighbours whose first number is a multiple of eight
// make a sum, eight such sums one of the next level, and so on; a sum is made when its last point
// comes. A run of n points is then at most 14 parts for each level it spans: some twenty merges for
// a hundred points, eighty for a million. A point that comes late moves those after it by one and
// makes their sums anew.
//
// The numbers follow from the order of the records, so sums of floating-point numbers are rounded
// alike after a restart. Rows: "<name>", below the key: a level, a number. Threads: the task's.
#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>

#include "streams/store/typed_store.h"
#include "streams/topology/scoped_row.h"

namespace vitrine::nodes {

using PointNumber = std::uint64_t;

// What a key remembers beside its parts.
struct SlidingKey {
  PointNumber first = 0, end = 0;  // of its points
  PointNumber open = 0;            // the first whose window has not closed
  Time due{};                      // of the key's alarm
  bool changed = false;            // since they were told, for every(d): points from … up to …
  Time changed_first{}, changed_last{};
  auto fields() { return std::tie(first, end, open, due, changed, changed_first, changed_last); }
};

template <class A>
struct SlidingPart {
  Time at{};  // of a point
  A value{};
  auto fields() { return std::tie(at, value); }
};

template <class A, class Merge>
class SlidingParts {
 public:
  using Part = SlidingPart<A>;
  SlidingParts(Store<ScopedRow, Part>& rows, Merge merge) : rows_(rows), merge_(std::move(merge)) {}

  Time at(BytesView key, PointNumber point) const { return part(key, 0, point).at; }

  // The first point that is not before `time`; they mostly come in order.
  PointNumber position(BytesView key, const SlidingKey& points, Time time) const {
    PointNumber from = points.first, to = points.end;
    if (from == to || at(key, to - 1) < time) return to;
    while (from < to) {
      const PointNumber middle = from + (to - from) / 2;
      if (at(key, middle) < time) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }

  // The value at this number: a new one, `init`, unless that point is there. Whoever changes it
  // calls sum_up().
  A& point(BytesView key, SlidingKey& points, PointNumber number, Time time, const A& init) {
    if (number == points.end || at(key, number) != time) {
      for (PointNumber i = points.end++; i > number; --i) {
        rows_.put(row(key, 0, i), Part{part(key, 0, i - 1)});
      }
      rows_.put(row(key, 0, number), {time, init});
    }
    return rows_.upsert(row(key, 0, number)).value;
  }

  // Makes the sums that hold points from here on, where all of their points are there.
  void sum_up(BytesView key, const SlidingKey& points, PointNumber from) {
    PointNumber width = kFan;
    for (std::uint8_t level = 1; width <= points.end; ++level, width *= kFan) {
      for (PointNumber sum = from / width; (sum + 1) * width <= points.end; ++sum) {
        if (sum * width < points.first) continue;
        Part made = part(key, static_cast<std::uint8_t>(level - 1), sum * kFan);
        for (PointNumber i = 1; i < kFan; ++i) {
          merge_(made.value, part(key, static_cast<std::uint8_t>(level - 1), sum * kFan + i).value);
        }
        rows_.put(row(key, level, sum), std::move(made));
      }
    }
  }

  // Of the points from `from` up to `end`, in order; at least one.
  A sum(BytesView key, PointNumber from, PointNumber end) {
    std::optional<A> out;
    while (from < end) {
      std::uint8_t level = 0;
      PointNumber width = 1;
      while (from % (width * kFan) == 0 && from + width * kFan <= end) ++level, width *= kFan;
      const Part& next = part(key, level, from / width);
      if (out) merge_(*out, next.value);
      if (!out) out = next.value;
      from += width;
    }
    VT_CHECK(out.has_value());
    return std::move(*out);
  }

  // The first point goes, with the sums that begin with it.
  void drop_first(BytesView key, SlidingKey& points) {
    const PointNumber gone = points.first++;
    rows_.erase(row(key, 0, gone));
    PointNumber width = kFan;
    for (std::uint8_t level = 1; gone % width == 0 && gone + width <= points.end;
         ++level, width *= kFan) {
      rows_.erase(row(key, level, gone / width));
    }
  }

 private:
  static constexpr PointNumber kFan = 8;

  const Part& part(BytesView key, std::uint8_t level, PointNumber number) const {
    const Part* found = rows_.find(row(key, level, number));
    VT_CHECK(found != nullptr);
    return *found;
  }
  static ScopedRow row(BytesView key, std::uint8_t level, PointNumber number) {
    ScopedRow out{Bytes(key), {}};
    put_u8(out.rest, level);
    detail::put_big_endian(out.rest, number);
    return out;
  }

  Store<ScopedRow, Part>& rows_;
  Merge merge_;
};

}  // namespace vitrine::nodes
