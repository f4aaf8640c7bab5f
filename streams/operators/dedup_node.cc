#include "streams/operators/dedup_node.h"

#include "base/metrics.h"

namespace vitrine::nodes {

SeenIds::SeenIds(DedupOptions options, Wiring& wiring)
    : options_(std::move(options)),
      seen_(wiring.stores().keyed<std::string, Time>(options_.name, RowHome::Scope)),
      time_(wiring.time()),
      alarms_(options_.name, options_.clock, *this) {
  wiring.watch(alarms_);
}

bool SeenIds::first_time(BytesView key, BytesView id, const Moment& moment) {
  row_.clear();
  put_bytes(row_, key);
  row_.append(id);
  const Time now = time_at(moment, options_.clock, time_);
  if (const Time* seen = seen_.find(row_)) {
    if (now < *seen + options_.within) {
      counter("vitrine_streams_duplicate_records_total", "records whose id was seen shortly before",
              "state", options_.name)
          .add();
      return false;
    }
    alarms_.remove({*seen + options_.within, row_, {}});
  }
  seen_.put(row_, now);
  alarms_.add({now + options_.within, row_, {}});
  return true;
}

void SeenIds::fire(AlarmClock, const Alarm& alarm, const Moment&) {
  seen_.erase(alarm.key);
  alarms_.remove(alarm);
}

Bytes SeenIds::discard(AlarmClock, const Alarm& alarm) {
  seen_.erase(alarm.key);
  return {};
}

void SeenIds::restored() {
  seen_.for_each([&](BytesView row, const Time& seen) {
    alarms_.add({seen + options_.within, Bytes(row), {}});
  });
}

}  // namespace vitrine::nodes
