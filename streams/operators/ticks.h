#pragma once
// emit(every(d)): a changed row is told when stream time passes the next multiple of d.
//
// One persistent timer for each row that has changed since it was told, in the state
// "<name>.ticks". Threads: the task's only. Cost: one look-up a change, one timer a row and
// interval.
#include <string>

#include "streams/operators/timer_table.h"

namespace vitrine::nodes {

// A row of a window's state: the record's key, encoded, and what else tells rows apart. Timers live
// where the key lives.
struct TickRow {
  BytesView key;
  BytesView rest;
};

class TickTeller {
 public:
  virtual ~TickTeller() = default;
  virtual void tell(const TickRow& row, const Moment& moment) = 0;  // may throw as user code does
  virtual Bytes untold(const TickRow& row) = 0;  // for the dead letter when tell() threw
};

class Ticks final : public AlarmOwner {
 public:
  static std::string store_of(const std::string& window) { return window + ".ticks"; }
  Ticks(const std::string& window, Duration interval, Wiring& wiring, TickTeller& teller);

  void changed(const TickRow& row, const Moment& moment);  // nothing when the row waits already
  bool take(const TickRow& row);  // no longer waits; true when it did

  void fire(AlarmClock clock, const Alarm& alarm, const Moment& moment) override;
  Bytes discard(AlarmClock clock, const Alarm& alarm) override;
  void restored() override { timers_.restored(); }

 private:
  const Duration interval_;
  StreamTime& time_;
  TickTeller& teller_;
  TimerTable timers_;
};

}  // namespace vitrine::nodes
