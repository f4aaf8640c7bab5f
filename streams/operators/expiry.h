#pragma once
// Expiry: lets the rows of a state go some time after their last change.
//
// When a row was last changed stands in the state "<state>.ttl", to the sixteenth of the time: a
// row that changes all the time costs sixteen more deltas in its life, not one a change. So a row
// goes at least `after` and at most 17/16 of it after its last change. Rows that were there before
// there was a ttl stay until they change.
//
// Threads: the task's thread. Memory: about 150 bytes a row, for the alarm. Cost of a change: one
// look-up.
#include <functional>
#include <string>

#include "streams/store/typed_store.h"
#include "streams/topology/alarms.h"
#include "streams/topology/graph.h"

namespace vitrine::nodes {

struct Ttl {
  Duration after{};
  AlarmClock clock = AlarmClock::Wall;
};

// What a clock shows while a record or timer is worked on: the wall tick, or stream time with this
// record in it.
Time time_at(const Moment& moment, AlarmClock clock, const StreamTime& time);

class Expiry final : public AlarmOwner {
 public:
  // Removes the row of this encoded key, tells whoever wants to know (not when `moment` is null),
  // and returns the encoded value.
  using Remove = std::function<Bytes(BytesView key, const Moment* moment)>;

  static StateSpec spec(const std::string& state);
  static std::string state_of(const std::string& state) { return state + ".ttl"; }
  Expiry(const std::string& state, Ttl ttl, Wiring& wiring, Remove remove);

  // Where we are: before touch() for this record or timer.
  void at(const Moment& moment);
  void touch(BytesView key);
  void forget(BytesView key);

  void fire(AlarmClock clock, const Alarm& alarm, const Moment& moment) override;
  Bytes discard(AlarmClock clock, const Alarm& alarm) override;
  void restored() override;

 private:
  Time due(Time touched) const { return touched + (step_ - Duration{1}) + ttl_.after; }
  Store<std::string, Time>& touched_;
  const StreamTime& time_;
  Alarms alarms_;
  const Ttl ttl_;
  const Duration step_;
  Remove remove_;
  Time now_{};
};

// The rows of a table with a time to live: passes every change on, and erases rows from the table's
// state when their time has come. It stands right below the table.
template <class K, class V>
class ExpireRows final : public Sink<K, V> {
 public:
  ExpireRows(const std::string& state, Ttl ttl, Wiring& wiring)
      : store_(wiring.stores().keyed<K, V>(state)),
        below_(wiring.below<K, V>()),
        expiry_(state, ttl, wiring,
                [this](BytesView key, const Moment* moment) { return remove(key, moment); }) {}

  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    expiry_.at(moment);
    expiry_.touch(bytes_of(key));
    below_.push(key, value, moment);
  }
  void removed(const View<K>& key, const Moment& moment) override {
    expiry_.forget(bytes_of(key));
    below_.removed(key, moment);
  }

 private:
  BytesView bytes_of(const View<K>& key) {
    key_bytes_.clear();
    Serde<K>::encode(key, key_bytes_);
    return key_bytes_;
  }
  Bytes remove(BytesView bytes, const Moment* moment) {
    View<K> key{};
    VT_CHECK(Serde<K>::decode(bytes, key));
    const V* row = store_.find(key);
    if (row == nullptr) return {};
    Bytes value = encoded(*row);
    store_.erase(key);
    if (moment != nullptr) below_.removed(key, *moment);
    return value;
  }

  Store<K, V>& store_;
  Below<K, V> below_;
  Expiry expiry_;
  Bytes key_bytes_;
};

}  // namespace vitrine::nodes
