#pragma once
// Sliding windows: for each moment at which a key has records, the aggregate of its records of the
// `size` up to that moment.
//
// A record changes the point of its time, and the windows of all points less than `size` after it:
// its own alone when it comes in order. A window closes when stream time has passed its end by the
// grace; a record is late when its own window has closed. A key's windows close in order, each by
// the key's one alarm, which also lets points go that no window needs any more.
//
// States: "<name>" the parts (sliding_parts.h), "<name>.keys" which of them a key has.
#include <algorithm>
#include <exception>
#include <utility>

#include "streams/operators/open_slices.h"
#include "streams/operators/sliding_parts.h"
#include "streams/operators/state_nodes.h"
#include "streams/operators/window_core.h"

namespace vitrine::nodes {

template <class K, class V, class A, class F, class Merge>
class SlidingWindow final : public Sink<K, V>, public WindowCore {
 public:
  SlidingWindow(const WindowOptions& options, A init, F f, Merge merge, Wiring& wiring)
      : WindowCore(options, wiring),
        keys_(wiring.stores().template keyed<K, SlidingKey>(keys_of(options_.name))),
        parts_(wiring.stores().template keyed<ScopedRow, SlidingPart<A>>(options_.name),
               std::move(merge)),
        init_(std::move(init)),
        f_(std::move(f)),
        below_(wiring.below<Windowed<K>, A>()) {}

  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    const Time at = moment.timestamp;
    if (passed(closes(at))) return late_.take(options_, key, value, moment);
    const Bytes bytes = bytes_of(key);
    SlidingKey& points = keys_.upsert(key);
    const bool fresh = points.first == points.end;
    const PointNumber number = parts_.position(bytes, points, at);
    apply<A, K, V>(f_, parts_.point(bytes, points, number, at, init_), key, value);
    parts_.sum_up(bytes, points, number);
    if (!fresh) closing_.remove({points.due, bytes, {}});
    set_alarm(bytes, points);
    if (ticks_) changed(bytes, points, at, moment);
    if (each_update()) tell_windows(key, bytes, points, at, at, moment);
  }

  void fire(AlarmClock, const Alarm& alarm, const Moment& moment) override {
    const View<K> key = key_of(alarm.key);
    SlidingKey& points = keys_.upsert(key);
    if (closing(points, alarm)) {
      const Time at = parts_.at(alarm.key, points.open);
      const bool untold = ticks_ ? changed_at(points, at) : !each_update();
      if (untold) tell_window(key, alarm.key, points, points.open, moment);
    }
    pass(alarm, key, points);
  }

  Bytes discard(AlarmClock, const Alarm& alarm) override {
    const View<K> key = key_of(alarm.key);
    SlidingKey& points = keys_.upsert(key);
    Bytes value;
    if (closing(points, alarm)) value = encoded_or_empty(alarm.key, points, points.open);
    pass(alarm, key, points);
    return value;
  }

  void tell(const TickRow& tick, const Moment& moment) override {
    const View<K> key = key_of(tick.key);
    if (!keys_.contains(key)) return;
    SlidingKey& points = keys_.upsert(key);
    if (!points.changed) return;
    tell_windows(key, tick.key, points, points.changed_first, points.changed_last, moment);
    points.changed = false;
  }

  Bytes untold(const TickRow& tick) override {
    const SlidingKey* points = keys_.find(key_of(tick.key));
    if (points == nullptr || points->open == points->end) return {};
    return encoded_or_empty(tick.key, *points, points->end - 1);
  }

  void restored() override {
    keys_.for_each([&](const View<K>& key, const SlidingKey& points) {
      closing_.add({points.due, bytes_of(key), {}});
    });
  }

 private:
  Window window_at(Time at) const {
    return {at + Duration{1} - options_.shape.size, at + Duration{1}};
  }
  Time closes(Time at) const { return window_at(at).end + options_.shape.grace; }
  // When no window that is open or yet to come holds a point of this time.
  Time leaves(Time at) const { return at + options_.shape.size + options_.shape.grace; }

  // Whether the alarm is for a window to close; else it is for points to go.
  bool closing(const SlidingKey& points, const Alarm& alarm) const {
    return points.open < points.end && closes(parts_.at(alarm.key, points.open)) <= alarm.due;
  }

  void set_alarm(BytesView bytes, SlidingKey& points) {
    points.due = leaves(parts_.at(bytes, points.first));
    if (points.open < points.end) {
      points.due = std::min(points.due, closes(parts_.at(bytes, points.open)));
    }
    closing_.add({points.due, Bytes(bytes), {}});
  }

  // What was due is done with.
  void pass(const Alarm& due, const View<K>& key, SlidingKey& points) {
    const Alarm alarm = due;  // it may be the one that is removed
    closing_.remove(alarm);
    if (closing(points, alarm)) ++points.open;
    while (points.first < points.open && leaves(parts_.at(alarm.key, points.first)) <= alarm.due) {
      parts_.drop_first(alarm.key, points);
    }
    if (points.first == points.end) return keys_.erase(key);
    set_alarm(alarm.key, points);
  }

  void changed(BytesView bytes, SlidingKey& points, Time at, const Moment& moment) {
    ticks_->changed({bytes, {}}, moment);
    points.changed_first = points.changed ? std::min(points.changed_first, at) : at;
    points.changed_last = points.changed ? std::max(points.changed_last, at) : at;
    points.changed = true;
  }
  bool changed_at(const SlidingKey& points, Time at) const {
    return points.changed && points.changed_first <= at &&
           at < points.changed_last + options_.shape.size;
  }

  // All open windows that hold something of this time.
  void tell_windows(const View<K>& key, BytesView bytes, const SlidingKey& points, Time first,
                    Time last, const Moment& moment) {
    for (PointNumber number = std::max(points.open, parts_.position(bytes, points, first));
         number < points.end && parts_.at(bytes, number) < last + options_.shape.size; ++number) {
      tell_window(key, bytes, points, number, moment);
    }
  }
  void tell_window(const View<K>& key, BytesView bytes, const SlidingKey& points,
                   PointNumber number, const Moment& moment) {
    const Window window = window_at(parts_.at(bytes, number));
    below_.push({Serde<K>::own(key), window}, sum_of(bytes, points, number), moment);
  }
  A sum_of(BytesView bytes, const SlidingKey& points, PointNumber number) {
    const Window window = window_at(parts_.at(bytes, number));
    return parts_.sum(bytes, parts_.position(bytes, points, window.start), number + 1);
  }

  // What the dead letter says; merge may be what threw.
  Bytes encoded_or_empty(BytesView bytes, const SlidingKey& points, PointNumber number) {
    try {
      return encoded(sum_of(bytes, points, number));
    } catch (const std::exception&) {
      return {};
    }
  }

  static Bytes bytes_of(const View<K>& key) {
    Bytes out;
    Serde<K>::encode(key, out);
    return out;
  }
  static View<K> key_of(BytesView bytes) {
    View<K> key{};
    VT_CHECK(Serde<K>::decode(bytes, key));
    return key;
  }

  Store<K, SlidingKey>& keys_;
  SlidingParts<A, Merge> parts_;
  A init_;
  F f_;
  Below<Windowed<K>, A> below_;
  LateRecords<K, V> late_;
};

}  // namespace vitrine::nodes
