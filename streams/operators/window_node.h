#pragma once
// Tumbling windows: one value per key and window, closed by stream time.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "streams/operators/bytes_nodes.h"
#include "streams/operators/state_nodes.h"
#include "streams/store/typed_store.h"
#include "streams/topology/alarms.h"
#include "streams/topology/graph.h"
#include "vitrine/window.h"

namespace vitrine::nodes {

// The window a moment falls into; right before the epoch too.
Window window_of(Time timestamp, Duration size);
// vitrine_streams_late_records_total{state="name"}.
void count_late(const std::string& state);

struct WindowOptions {
  std::string name;
  Tumbling tumbling;
  bool each_update = false;
  std::optional<std::size_t> late_topic;
};

template <class K, class V, class A, class F>
class TumblingWindow final : public Sink<K, V>, public AlarmOwner {
 public:
  TumblingWindow(WindowOptions options, A init, F f, Wiring& wiring)
      : options_(std::move(options)),
        store_(wiring.stores().template keyed<Windowed<K>, A>(options_.name)),
        time_(wiring.time()),
        init_(std::move(init)),
        f_(std::move(f)),
        below_(wiring.below<Windowed<K>, A>()),
        closing_(options_.name, AlarmClock::Event, *this) {
    wiring.watch(closing_);
  }

  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    const Windowed<K> windowed{Serde<K>::own(key),
                               window_of(moment.timestamp, options_.tumbling.size)};
    const Time closes = windowed.window.end + options_.tumbling.grace;
    if (const auto now = time_.now(); now && closes <= *now) return late(key, value, moment);
    const bool fresh = store_.find(windowed) == nullptr;
    A& aggregate = store_.upsert(windowed, init_);
    apply<A, K, V>(f_, aggregate, key, value);
    if (fresh) closing_.add({closes, encoded(windowed), {}});
    if (options_.each_update) below_.push(windowed, aggregate, moment);
  }

  void fire(AlarmClock, const Alarm& alarm, const Moment& moment) override {
    closing_.remove(alarm);
    Windowed<K> windowed;
    VT_CHECK(Serde<Windowed<K>>::decode(alarm.key, windowed));
    const A* aggregate = store_.find(windowed);
    if (aggregate == nullptr) return;
    if (!options_.each_update) below_.push(windowed, *aggregate, moment);
    store_.erase(windowed);
  }

  Bytes discard(AlarmClock, const Alarm& alarm) override {
    Windowed<K> windowed;
    VT_CHECK(Serde<Windowed<K>>::decode(alarm.key, windowed));
    const A* aggregate = store_.find(windowed);
    Bytes value = aggregate == nullptr ? Bytes{} : encoded(*aggregate);
    store_.erase(windowed);
    return value;
  }

  void restored() override {
    store_.for_each([&](const Windowed<K>& windowed, const A&) {
      closing_.add({windowed.window.end + options_.tumbling.grace, encoded(windowed), {}});
    });
  }

 private:
  void late(const View<K>& key, const View<V>& value, const Moment& moment) {
    count_late(options_.name);
    if (options_.late_topic) late_.emit(*options_.late_topic, key, value, moment);
  }

  WindowOptions options_;
  Store<Windowed<K>, A>& store_;
  StreamTime& time_;
  A init_;
  F f_;
  Below<Windowed<K>, A> below_;
  Alarms closing_;
  Encoder<K, V> late_;
};

}  // namespace vitrine::nodes
