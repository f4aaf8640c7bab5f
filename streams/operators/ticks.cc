#include "streams/operators/ticks.h"

#include <algorithm>

#include "streams/operators/window_core.h"

namespace vitrine::nodes {

Ticks::Ticks(const std::string& window, Duration interval, Wiring& wiring, TickTeller& teller)
    : interval_(interval),
      time_(wiring.time()),
      teller_(teller),
      timers_(store_of(window), wiring, *this) {}

void Ticks::changed(const TickRow& row, const Moment& moment) {
  if (timers_.is_set(row.key, row.rest)) return;
  // The record's own time counts already, though stream time moves after it only: a jump ahead is
  // told at the end of its own interval, not at once.
  const Time now = std::max(time_.now().value_or(moment.timestamp), moment.timestamp);
  timers_.set(AlarmClock::Event, window_of(now, interval_).end, row.key, row.rest);
}

bool Ticks::take(const TickRow& row) {
  const bool waited = timers_.is_set(row.key, row.rest);
  timers_.cancel(row.key, row.rest);
  return waited;
}

void Ticks::fire(AlarmClock clock, const Alarm& alarm, const Moment& moment) {
  timers_.fired(clock, alarm);
  teller_.tell({alarm.key, alarm.tag}, moment);
}

Bytes Ticks::discard(AlarmClock clock, const Alarm& alarm) {
  timers_.fired(clock, alarm);
  return teller_.untold({alarm.key, alarm.tag});
}

}  // namespace vitrine::nodes
