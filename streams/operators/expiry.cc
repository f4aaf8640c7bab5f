#include "streams/operators/expiry.h"

#include <algorithm>
#include <utility>

namespace vitrine::nodes {

Time time_at(const Moment& moment, AlarmClock clock, const StreamTime& time) {
  if (clock == AlarmClock::Wall) return moment.wall;
  return std::max(moment.timestamp, time.now().value_or(moment.timestamp));
}

StateSpec Expiry::spec(const std::string& state) {
  return {state_of(state), "string", std::string(Serde<Time>::name)};
}

Expiry::Expiry(const std::string& state, Ttl ttl, Wiring& wiring, Remove remove)
    : touched_(wiring.stores().keyed<std::string, Time>(state_of(state))),
      time_(wiring.time()),
      alarms_(state_of(state), ttl.clock, *this),
      ttl_(ttl),
      step_(std::max(Duration{1}, ttl.after / 16)),
      remove_(std::move(remove)) {
  wiring.stores().live_like(touched_, state);
  wiring.watch(alarms_);
}

void Expiry::at(const Moment& moment) { now_ = time_at(moment, ttl_.clock, time_); }

void Expiry::touch(BytesView key) {
  std::int64_t into = millis_of(now_) % step_.count();
  if (into < 0) into += step_.count();
  const Time touched = now_ - Duration{into};
  if (const Time* known = touched_.find(key)) {
    if (*known >= touched) return;
    alarms_.remove({due(*known), Bytes(key), {}});
  }
  touched_.put(key, touched);
  alarms_.add({due(touched), Bytes(key), {}});
}

void Expiry::forget(BytesView key) {
  const Time* known = touched_.find(key);
  if (known == nullptr) return;
  alarms_.remove({due(*known), Bytes(key), {}});
  touched_.erase(key);
}

void Expiry::fire(AlarmClock, const Alarm& alarm, const Moment& moment) {
  const Bytes key = alarm.key;
  forget(key);
  at(moment);
  remove_(key, &moment);
}

Bytes Expiry::discard(AlarmClock, const Alarm& alarm) {
  const Bytes key = alarm.key;
  forget(key);
  return remove_(key, nullptr);
}

void Expiry::restored() {
  touched_.for_each([&](BytesView key, const Time& touched) {
    alarms_.add({due(touched), Bytes(key), {}});
  });
}

}  // namespace vitrine::nodes
