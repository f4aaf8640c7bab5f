#pragma once
// The two clocks a bound in time can follow: for .ttl(d) and deduplicate(…).
//
// wall_time is the wall clock as the log recorded it. stream_time is how far the records' own
// timestamps have got; an app that uses it refuses timestamps more than five minutes ahead.
#include "base/time.h"
#include "streams/topology/alarms.h"

namespace vitrine {

inline constexpr AlarmClock wall_time = AlarmClock::Wall;
inline constexpr AlarmClock stream_time = AlarmClock::Event;

}  // namespace vitrine
