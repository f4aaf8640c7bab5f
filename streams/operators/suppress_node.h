#pragma once
// Holds updates back: until a key's turn comes again, or until a window has closed.
//
// The state "name" has a row for each key that is held or was told less than an interval ago; the
// row says when it is due and what waits. Its alarm is in stream time.
#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "streams/operators/window_core.h"
#include "streams/store/typed_store.h"

namespace vitrine::nodes {

struct SuppressOptions {
  std::string name;
  bool until_closed = false;
  Duration time{};  // the interval, or the grace after the window's end
  std::size_t keys_max = 0;
};

struct HeldUpdate {
  static constexpr std::string_view serde_name = "held-update:1";
  Time due{};
  bool waiting = false;  // else it was told, and its turn comes at `due`
  Bytes value;
  Bytes correlation;
  auto fields() { return std::tie(due, waiting, value, correlation); }
};

template <class K>
struct WindowEnd {  // of keys that are no windows: never asked for
  static Time of(const K&) { return Time::max(); }
};
template <class K>
struct WindowEnd<Windowed<K>> {
  static Time of(const Windowed<K>& key) { return key.window.end; }
};

template <class K, class V>
class Suppress final : public Sink<K, V>, public AlarmOwner {
 public:
  Suppress(SuppressOptions options, Wiring& wiring)
      : options_(std::move(options)),
        time_(wiring.time()),
        store_(wiring.stores().template keyed<K, HeldUpdate>(options_.name)),
        below_(wiring.below<K, V>()),
        due_(options_.name, AlarmClock::Event, *this) {
    wiring.watch(due_);
  }

  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    const bool known = store_.contains(key);
    if (known || options_.until_closed) return hold(key, value, moment, known);
    below_.push(key, value, moment);
    make_room();
    HeldUpdate& row = store_.upsert(key);
    row.due = std::max(time_.now().value_or(moment.timestamp), moment.timestamp) + options_.time;
    due_.add({row.due, bytes_of(key), {}});
  }

  void fire(AlarmClock, const Alarm& alarm, const Moment& moment) override {
    due_.remove(alarm);
    View<K> key{};
    VT_CHECK(Serde<K>::decode(alarm.key, key));
    HeldUpdate& row = store_.upsert(key);
    const HeldUpdate held = row;
    const bool early = alarm.due == Time::min();
    if (!held.waiting || options_.until_closed || early) {
      store_.erase(key);
    } else {
      row = HeldUpdate{moment.timestamp + options_.time, false, {}, {}};
      due_.add({row.due, alarm.key, {}});
    }
    if (due_.size() > options_.keys_max) make_room();
    if (!held.waiting) return;
    Moment told = moment;
    told.correlation = held.correlation;
    View<V> value{};
    VT_CHECK(Serde<V>::decode(held.value, value));
    below_.push(key, value, told);
  }

  Bytes discard(AlarmClock, const Alarm& alarm) override {
    due_.remove(alarm);
    View<K> key{};
    VT_CHECK(Serde<K>::decode(alarm.key, key));
    const HeldUpdate* row = store_.find(key);
    Bytes value = row == nullptr ? Bytes{} : row->value;
    store_.erase(key);
    return value;
  }

  void restored() override {
    store_.for_each([&](const View<K>& key, const HeldUpdate& row) {
      due_.add({row.due, bytes_of(key), {}});
    });
  }

 private:
  void hold(const View<K>& key, const View<V>& value, const Moment& moment, bool known) {
    const Time closes = closes_at(key);
    if (!known) {
      if (const auto now = time_.now(); now && closes <= *now) return count_late(options_.name);
      make_room();
    }
    HeldUpdate& row = store_.upsert(key);
    row.waiting = true;
    row.value.clear();
    Serde<V>::encode(value, row.value);
    row.correlation = Bytes(moment.correlation);
    if (known) return;
    row.due = closes;
    due_.add({closes, bytes_of(key), {}});
  }

  Time closes_at(const View<K>& key) const {
    if constexpr (std::is_same_v<View<K>, K>) {
      if (options_.until_closed) return WindowEnd<K>::of(key) + options_.time;
    }
    return Time::max();
  }

  // When it is full, what is due next becomes due now. It fires after this record, under a mark of
  // its own.
  void make_room() {
    if (due_.size() < options_.keys_max) return;
    Alarm next = *due_.first();
    if (next.due == Time::min()) return;  // when it fires, it goes on with the next
    due_.remove(next);
    next.due = Time::min();
    View<K> key{};
    VT_CHECK(Serde<K>::decode(next.key, key));
    HeldUpdate& row = store_.upsert(key);
    row.due = next.due;
    if (row.waiting) count_early(options_.name);
    due_.add(std::move(next));
  }

  static Bytes bytes_of(const View<K>& key) {
    Bytes out;
    Serde<K>::encode(key, out);
    return out;
  }

  const SuppressOptions options_;
  StreamTime& time_;
  Store<K, HeldUpdate>& store_;
  Below<K, V> below_;
  Alarms due_;
};

}  // namespace vitrine::nodes
