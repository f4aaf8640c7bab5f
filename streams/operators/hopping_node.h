#pragma once
// Hopping windows by slices: a record changes the one slice it falls into; a window is put together
// from its slices when it is emitted.
//
// Time is cut at borders a window's length apart, so that each window has one border inside or at
// its end. What lies before it is merged from the border backwards, what lies behind it forwards,
// then both are merged: the same way whatever came before, so that a restart cannot change how
// floating-point sums round. When windows close one after the other, the sums before a border are
// made once for all of them, and the sum behind it grows by a slice at a time: a closing window
// costs a few merges, not as many as it has slices. Borders differ from key to key, or all keys
// would make their sums in the same moment. A late record for a slice that is in such sums makes
// the key's next window sum up anew.
//
// Three states: "<name>" holds the slices, "<name>.sums" the sums before a key's border, and
// "<name>.keys" which slices a key has, which of its windows closes next, and the sum behind the
// border. A key has one alarm, for that window; so nothing grows with the overlap. A slice is gone
// when the last window that holds it has closed.
#include <algorithm>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "streams/operators/open_slices.h"
#include "streams/operators/state_nodes.h"
#include "streams/operators/window_core.h"
#include "streams/store/typed_store.h"

namespace vitrine::nodes {

template <class A>
struct HoppingKey : OpenSlices {
  bool summed = false;          // what follows and "<name>.sums" hold
  SliceNumber border = 0;
  SliceNumber behind_end = 0;   // `behind` is merged from the border up to here
  std::optional<A> behind;
  auto fields() {
    return std::tuple_cat(OpenSlices::fields(), std::tie(summed, border, behind_end, behind));
  }
};

// All of a key's slices from `first` up to the border, merged.
template <class A>
struct SumBefore {
  SliceNumber first = 0;
  A sum{};
  auto fields() { return std::tie(first, sum); }
};

template <class K, class V, class A, class F, class Merge>
class HoppingWindow final : public Sink<K, V>, public WindowCore {
 public:
  using Key = HoppingKey<A>;
  using Sums = std::vector<SumBefore<A>>;  // in order of `first`

  HoppingWindow(const WindowOptions& options, A init, F f, Merge merge, Wiring& wiring)
      : WindowCore(options, wiring),
        slicing_(options_.shape),
        slices_(wiring.stores().template keyed<Windowed<K>, A>(options_.name)),
        keys_(wiring.stores().template keyed<K, Key>(keys_of(options_.name))),
        sums_(wiring.stores().template keyed<K, Sums>(sums_of(options_.name))),
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
    if (!slicing_.untouched(slice, time_.now())) forget_sums(key, slice);
    const Windowed<K> row = row_of(key, slice);
    bool fresh = false;
    apply<A, K, V>(f_, slices_.upsert(row, init_, fresh), key, value);
    if (fresh) open(key, slice, end);
    if (ticks_) changed(key, slice, moment);
    if (each_update()) tell_windows(key, *keys_.find(key), end, slice, slice, moment);
  }

  void fire(AlarmClock, const Alarm& alarm, const Moment& moment) override {
    closing_.remove(alarm);
    const View<K> key = key_of(alarm.key);
    Key& keys = keys_.upsert(key);
    const Window window = slicing_.window_to(keys.next_end);
    const bool untold = ticks_ ? keys.changed_in(slicing_.slices_of(window)) : !each_update();
    if (untold) {
      if (const auto value = closing_sum(key, alarm.key, keys, window)) {
        below_.push({Serde<K>::own(key), window}, *value, moment);
      }
    }
    close(alarm.key, key, keys);
  }

  Bytes discard(AlarmClock, const Alarm& alarm) override {
    closing_.remove(alarm);
    const View<K> key = key_of(alarm.key);
    Key& keys = keys_.upsert(key);
    Bytes value = encoded_or_empty(key, keys, slicing_.window_to(keys.next_end));
    close(alarm.key, key, keys);
    return value;
  }

  void tell(const TickRow& tick, const Moment& moment) override {
    const View<K> key = key_of(tick.key);
    if (!keys_.contains(key)) return;
    Key& keys = keys_.upsert(key);
    if (!keys.changed) return;
    const Time end = std::max(keys.next_end, slicing_.first_end(keys.changed_first, {}));
    tell_windows(key, keys, end, keys.changed_first, keys.changed_last, moment);
    keys.changed = false;
  }

  Bytes untold(const TickRow& tick) override {
    const View<K> key = key_of(tick.key);
    const Key* keys = keys_.find(key);
    if (keys == nullptr) return {};
    return encoded_or_empty(key, *keys, slicing_.window_to(keys->next_end));
  }

  void restored() override {
    keys_.for_each([&](const View<K>& key, const Key& keys) {
      closing_.add({keys.next_end + options_.shape.grace, bytes_of(key), {}});
    });
  }

 private:
  void open(const View<K>& key, SliceNumber slice, Time end) {
    Key& keys = keys_.upsert(key);
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
  void close(BytesView bytes, const View<K>& key, Key& keys) {
    const SliceNumber kept = slicing_.slices_of(slicing_.window_to(keys.next_end)).first +
                             slicing_.slices_an_advance();
    for (auto slice = keys.from(OpenSlices::kFirst); slice && *slice < kept;
         slice = keys.from(*slice + 1)) {
      slices_.erase(row_of(key, *slice));
    }
    keys.drop_before(kept);
    const auto left = keys.from(kept);
    if (!left) {
      sums_.erase(key);
      return keys_.erase(key);
    }
    keys.next_end =
        std::max(keys.next_end + options_.shape.advance, slicing_.first_end(*left, {}));
    closing_.add({keys.next_end + options_.shape.grace, Bytes(bytes), {}});
  }

  // All windows from the one that ends at `end` on that hold one of these slices.
  void tell_windows(const View<K>& key, const Key& keys, Time end, SliceNumber first,
                    SliceNumber last, const Moment& moment) {
    for (Window window = slicing_.window_to(end); window.start <= slicing_.start_of(last);
         window = slicing_.window_to(window.end + options_.shape.advance)) {
      if (window.end > slicing_.start_of(first)) tell_window(key, keys, window, moment);
    }
  }

  void tell_window(const View<K>& key, const Key& keys, const Window& window,
                   const Moment& moment) {
    if (const auto value = combined(key, keys, window)) {
      below_.push({Serde<K>::own(key), window}, *value, moment);
    }
  }

  // Of any window, from its slices alone, in the order that closing_sum() has.
  std::optional<A> combined(const View<K>& key, const Key& keys, const Window& window) {
    const auto [first, end] = slicing_.slices_of(window);
    const SliceNumber border = slicing_.border_after(first, phase_of(bytes_of(key)));
    std::optional<A> before, behind;
    for_each_sum_before(key, keys, first, border, [&](SliceNumber, const A& sum) { before = sum; });
    add_slices(key, keys, border, end, behind);
    return merged(std::move(before), behind);
  }

  // Of the window that closes, with what the sums know.
  std::optional<A> closing_sum(const View<K>& key, BytesView bytes, Key& keys,
                               const Window& window) {
    const auto [first, end] = slicing_.slices_of(window);
    const SliceNumber border = slicing_.border_after(first, phase_of(bytes));
    if (!keys.summed || keys.border != border) sum_up(key, keys, first, border);
    add_slices(key, keys, keys.behind_end, end, keys.behind);
    keys.behind_end = end;
    std::optional<A> before;
    if (const Sums* sums = sums_.find(key)) {
      const auto at = std::lower_bound(
          sums->begin(), sums->end(), first,
          [](const SumBefore<A>& one, SliceNumber slice) { return one.first < slice; });
      if (at != sums->end()) before = at->sum;
    }
    return merged(std::move(before), keys.behind);
  }

  void sum_up(const View<K>& key, Key& keys, SliceNumber first, SliceNumber border) {
    Sums sums;
    for_each_sum_before(key, keys, first, border, [&](SliceNumber slice, const A& sum) {
      sums.push_back({slice, sum});
    });
    std::reverse(sums.begin(), sums.end());
    if (sums.empty()) {
      sums_.erase(key);
    } else {
      sums_.put(key, std::move(sums));
    }
    keys.summed = true;
    keys.border = keys.behind_end = border;
    keys.behind.reset();
  }

  // From the border backwards: visit(slice, the sum from it up to the border).
  template <class Visit>
  void for_each_sum_before(const View<K>& key, const Key& keys, SliceNumber first,
                           SliceNumber border, Visit&& visit) {
    std::vector<SliceNumber> some;
    for (auto slice = keys.from(first); slice && *slice < border; slice = keys.from(*slice + 1)) {
      some.push_back(*slice);
    }
    std::optional<A> sum;
    for (auto slice = some.rbegin(); slice != some.rend(); ++slice) {
      sum = merged(part(key, *slice), sum);
      visit(*slice, std::as_const(*sum));
    }
  }

  void add_slices(const View<K>& key, const Key& keys, SliceNumber first, SliceNumber end,
                  std::optional<A>& sum) {
    for (auto slice = keys.from(first); slice && *slice < end; slice = keys.from(*slice + 1)) {
      const A& next = part(key, *slice);
      if (sum) {
        merge_(*sum, next);
      } else {
        sum = next;
      }
    }
  }

  std::optional<A> merged(std::optional<A> earlier, const std::optional<A>& later) {
    if (!earlier) return later;
    if (later) merge_(*earlier, *later);
    return earlier;
  }

  const A& part(const View<K>& key, SliceNumber slice) {
    const A* found = slices_.find(row_of(key, slice));
    VT_CHECK(found != nullptr);
    return *found;
  }

  void forget_sums(const View<K>& key, SliceNumber slice) {
    const Key* keys = keys_.find(key);
    if (keys != nullptr && keys->summed && slice < keys->behind_end) {
      keys_.upsert(key).summed = false;
    }
  }

  static std::uint32_t phase_of(BytesView key) { return murmur2(key); }

  // What the dead letter says; merge may be what threw.
  Bytes encoded_or_empty(const View<K>& key, const Key& keys, const Window& window) {
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
  Store<K, Key>& keys_;
  Store<K, Sums>& sums_;
  A init_;
  F f_;
  Merge merge_;
  Below<Windowed<K>, A> below_;
  LateRecords<K, V> late_;
};

}  // namespace vitrine::nodes
