#pragma once
// Hopping windows by slices: a record changes the one slice it falls into; a window is put together
// from its slices, oldest first, when it is emitted.
//
// Two states: "<name>" holds the slices, "<name>.keys" which slices a key has and which of its
// windows closes next. A key has one alarm, for that window; so neither states nor alarms grow with
// the overlap. A slice is gone when the last window that holds it has closed.
#include <exception>
#include <optional>
#include <utility>

#include "streams/operators/open_slices.h"
#include "streams/operators/state_nodes.h"
#include "streams/operators/window_core.h"
#include "streams/store/typed_store.h"

namespace vitrine::nodes {

template <class K, class V, class A, class F, class Merge>
class HoppingWindow final : public Sink<K, V>, public WindowCore {
 public:
  HoppingWindow(const WindowOptions& options, A init, F f, Merge merge, Wiring& wiring)
      : WindowCore(options, wiring),
        slicing_(options_.shape),
        slices_(wiring.stores().template keyed<Windowed<K>, A>(options_.name)),
        keys_(wiring.stores().template keyed<K, OpenSlices>(keys_of(options_.name))),
        init_(std::move(init)),
        f_(std::move(f)),
        merge_(std::move(merge)),
        below_(wiring.below<Windowed<K>, A>()) {}

  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    const SliceNumber slice = slicing_.slice_of(moment.timestamp);
    const Time end = slicing_.first_end(slice, time_.now());
    // When even its last window has closed. One that some of its windows have left goes on in the
    // others.
    if (end - options_.shape.size > slicing_.start_of(slice)) {
      return late_.take(options_, key, value, moment);
    }
    const Windowed<K> row = row_of(key, slice);
    const bool fresh = slices_.find(row) == nullptr;
    apply<A, K, V>(f_, slices_.upsert(row, init_), key, value);
    if (fresh) open(key, slice, end);
    if (ticks_) changed(key, slice, moment);
    if (each_update()) tell_windows(key, *keys_.find(key), end, slice, slice, moment);
  }

  void fire(AlarmClock, const Alarm& alarm, const Moment& moment) override {
    closing_.remove(alarm);
    const View<K> key = key_of(alarm.key);
    OpenSlices& keys = keys_.upsert(key);
    const Window window = slicing_.window_to(keys.next_end);
    const bool untold = ticks_ ? keys.changed_in(slicing_.slices_of(window)) : !each_update();
    if (untold) tell_window(key, keys, window, moment);
    close(alarm.key, key, keys);
  }

  Bytes discard(AlarmClock, const Alarm& alarm) override {
    closing_.remove(alarm);
    const View<K> key = key_of(alarm.key);
    OpenSlices& keys = keys_.upsert(key);
    Bytes value = encoded_or_empty(key, keys, slicing_.window_to(keys.next_end));
    close(alarm.key, key, keys);
    return value;
  }

  void tell(const TickRow& tick, const Moment& moment) override {
    const View<K> key = key_of(tick.key);
    if (!keys_.contains(key)) return;
    OpenSlices& keys = keys_.upsert(key);
    if (!keys.changed) return;
    const Time end = std::max(keys.next_end, slicing_.first_end(keys.changed_first, {}));
    tell_windows(key, keys, end, keys.changed_first, keys.changed_last, moment);
    keys.changed = false;
  }

  Bytes untold(const TickRow& tick) override {
    const View<K> key = key_of(tick.key);
    const OpenSlices* keys = keys_.find(key);
    if (keys == nullptr) return {};
    return encoded_or_empty(key, *keys, slicing_.window_to(keys->next_end));
  }

  void restored() override {
    keys_.for_each([&](const View<K>& key, const OpenSlices& keys) {
      closing_.add({keys.next_end + options_.shape.grace, bytes_of(key), {}});
    });
  }

 private:
  void open(const View<K>& key, SliceNumber slice, Time end) {
    OpenSlices& keys = keys_.upsert(key);
    const bool first = keys.empty();
    keys.add(slice);
    if (!first && keys.next_end <= end) return;
    const Duration grace = options_.shape.grace;
    if (!first) closing_.remove({keys.next_end + grace, bytes_of(key), {}});
    keys.next_end = end;
    closing_.add({end + grace, bytes_of(key), {}});
  }

  void changed(const View<K>& key, SliceNumber slice, const Moment& moment) {
    ticks_->changed({bytes_of(key), {}}, moment);
    if (!keys_.find(key)->changed_in({slice, slice + 1})) keys_.upsert(key).change(slice);
  }

  // The window that closes next is done with: its slices that no later window holds go.
  void close(BytesView bytes, const View<K>& key, OpenSlices& keys) {
    const SliceNumber kept = slicing_.slices_of(slicing_.window_to(keys.next_end)).first +
                             slicing_.slices_an_advance();
    for (auto slice = keys.from(OpenSlices::kFirst); slice && *slice < kept;
         slice = keys.from(*slice + 1)) {
      slices_.erase(row_of(key, *slice));
    }
    keys.drop_before(kept);
    const auto left = keys.from(kept);
    if (!left) return keys_.erase(key);
    keys.next_end =
        std::max(keys.next_end + options_.shape.advance, slicing_.first_end(*left, {}));
    closing_.add({keys.next_end + options_.shape.grace, Bytes(bytes), {}});
  }

  // All windows from the one that ends at `end` on that hold one of these slices.
  void tell_windows(const View<K>& key, const OpenSlices& keys, Time end, SliceNumber first,
                    SliceNumber last, const Moment& moment) {
    for (Window window = slicing_.window_to(end); window.start <= slicing_.start_of(last);
         window = slicing_.window_to(window.end + options_.shape.advance)) {
      if (window.end > slicing_.start_of(first)) tell_window(key, keys, window, moment);
    }
  }

  void tell_window(const View<K>& key, const OpenSlices& keys, const Window& window,
                   const Moment& moment) {
    if (const auto value = combined(key, keys, window)) {
      below_.push({Serde<K>::own(key), window}, *value, moment);
    }
  }

  std::optional<A> combined(const View<K>& key, const OpenSlices& keys, const Window& window) {
    const auto [first, end] = slicing_.slices_of(window);
    std::optional<A> value;
    for (auto slice = keys.from(first); slice && *slice < end; slice = keys.from(*slice + 1)) {
      const A* part = slices_.find(row_of(key, *slice));
      VT_CHECK(part != nullptr);
      if (value) {
        merge_(*value, *part);
      } else {
        value = *part;
      }
    }
    return value;
  }

  // What the dead letter says; merge may be what threw.
  Bytes encoded_or_empty(const View<K>& key, const OpenSlices& keys, const Window& window) {
    try {
      const auto value = combined(key, keys, window);
      return value ? encoded(*value) : Bytes{};
    } catch (const std::exception&) {
      return {};
    }
  }

  Windowed<K> row_of(const View<K>& key, SliceNumber slice) const {
    return {Serde<K>::own(key), {slicing_.start_of(slice), slicing_.start_of(slice + 1)}};
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

  const Slicing slicing_;
  Store<Windowed<K>, A>& slices_;
  Store<K, OpenSlices>& keys_;
  A init_;
  F f_;
  Merge merge_;
  Below<Windowed<K>, A> below_;
  LateRecords<K, V> late_;
};

}  // namespace vitrine::nodes
