#pragma once
// How an app takes its records' timestamps for the time. Said by app.event_time(…); it concerns
// windows, joins of streams and stream-time timers.
//
// Stream time is one for the app: as far as its topics have got, which is the least of them. A
// topic has got as far as its greatest timestamp less `out_of_order`, and what has passed on the
// wall since its last record. A topic that was silent for `idle_after`, or never spoke, holds
// nobody up; when all are silent, the furthest counts. What the app itself writes does not count.
// Stream time never goes back. Wall time is that of the steps, as the log records it: a replay sees
// the same.
#include "base/time.h"

namespace vitrine {

struct EventTime {
  // A record whose timestamp is further ahead of the wall is counted
  // (vitrine_streams_ahead_records_total) and dead-lettered, and moves nothing.
  Duration max_ahead = std::chrono::minutes{5};
  Duration idle_after = std::chrono::seconds{30};
  // Records of a topic may come so much later than younger ones without being late: everything
  // that waits for stream time waits that much longer.
  Duration out_of_order{0};
};

}  // namespace vitrine
