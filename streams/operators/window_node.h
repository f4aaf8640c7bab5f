#pragma once
// Tumbling windows: one value per key and window, closed by stream time.
#include <utility>

#include "streams/operators/state_nodes.h"
#include "streams/operators/window_core.h"
#include "streams/store/typed_store.h"

namespace vitrine::nodes {

template <class K, class V, class A, class F>
class TumblingWindow final : public Sink<K, V>, public WindowCore {
 public:
  TumblingWindow(const WindowOptions& options, A init, F f, Wiring& wiring)
      : WindowCore(options, wiring),
        store_(wiring.stores().template keyed<Windowed<K>, A>(options_.name)),
        init_(std::move(init)),
        f_(std::move(f)),
        below_(wiring.below<Windowed<K>, A>()) {}

  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    const Windowed<K> windowed{Serde<K>::own(key),
                               window_of(moment.timestamp, options_.shape.size)};
    const Time closes = closes_at(windowed);
    if (passed(closes)) return late_.take(options_, key, value, moment);
    const bool fresh = store_.find(windowed) == nullptr;
    A& aggregate = store_.upsert(windowed, init_);
    apply<A, K, V>(f_, aggregate, key, value);
    if (fresh) closing_.add({closes, encoded(windowed), {}});
    if (ticks_) ticks_->changed(tick_of(encoded(windowed)), moment);
    if (each_update()) below_.push(windowed, aggregate, moment);
  }

  void fire(AlarmClock, const Alarm& alarm, const Moment& moment) override {
    closing_.remove(alarm);
    const Windowed<K> windowed = row(alarm.key);
    const A* aggregate = store_.find(windowed);
    if (aggregate == nullptr) return;
    const bool untold = ticks_ ? ticks_->take(tick_of(alarm.key)) : !each_update();
    if (untold) below_.push(windowed, *aggregate, moment);
    store_.erase(windowed);
  }

  Bytes discard(AlarmClock, const Alarm& alarm) override {
    Bytes value = value_of(row(alarm.key));
    if (ticks_) ticks_->take(tick_of(alarm.key));
    store_.erase(row(alarm.key));
    return value;
  }

  void tell(const TickRow& tick, const Moment& moment) override {
    const Windowed<K> windowed = row_of(tick);
    if (const A* aggregate = store_.find(windowed)) below_.push(windowed, *aggregate, moment);
  }

  Bytes untold(const TickRow& tick) override { return value_of(row_of(tick)); }

  void restored() override {
    store_.for_each([&](const Windowed<K>& windowed, const A&) {
      closing_.add({closes_at(windowed), encoded(windowed), {}});
    });
  }

 private:
  static constexpr std::size_t kWindowBytes = 16;

  Time closes_at(const Windowed<K>& windowed) const {
    return windowed.window.end + options_.shape.grace;
  }
  Bytes value_of(const Windowed<K>& windowed) const {
    const A* aggregate = store_.find(windowed);
    return aggregate == nullptr ? Bytes{} : encoded(*aggregate);
  }
  // An encoded Windowed<K> is its window and then its key.
  static TickRow tick_of(BytesView bytes) {
    return {bytes.substr(kWindowBytes), bytes.substr(0, kWindowBytes)};
  }
  static Windowed<K> row_of(const TickRow& tick) {
    return row(Bytes(tick.rest) + Bytes(tick.key));
  }
  static Windowed<K> row(BytesView bytes) {
    Windowed<K> windowed;
    VT_CHECK(Serde<Windowed<K>>::decode(bytes, windowed));
    return windowed;
  }

  Store<Windowed<K>, A>& store_;
  A init_;
  F f_;
  Below<Windowed<K>, A> below_;
  LateRecords<K, V> late_;
};

}  // namespace vitrine::nodes
