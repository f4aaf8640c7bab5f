#pragma once
// Persistent keyed timers: one per (key, tag), kept in a named store, fired in order of (due, key,
// tag).
//
// Setting one again moves it. What a record sets or cancels is taken back when the record fails.
#include <string>

#include "streams/store/typed_store.h"
#include "streams/topology/alarms.h"
#include "streams/topology/graph.h"

namespace vitrine::nodes {

struct TimerState {
  static constexpr std::string_view serde_name = "timer:1";
  Time due{};
  bool wall = true;
  auto fields() { return std::tie(due, wall); }
};

class TimerTable {
 public:
  static StateSpec spec(const std::string& name);
  TimerTable(const std::string& name, Wiring& wiring, AlarmOwner& owner);

  // `key` is encoded.
  void set(AlarmClock clock, Time due, BytesView key, BytesView tag);
  void cancel(BytesView key, BytesView tag);
  bool is_set(BytesView key, BytesView tag) const;
  void fired(AlarmClock clock, const Alarm& alarm);
  void restored();
  std::size_t size() const { return wall_.size() + event_.size(); }
  bool has_stream_time() const { return has_stream_time_; }

 private:
  Alarms& of(bool wall) { return wall ? wall_ : event_; }
  Store<std::string, TimerState>& store_;
  Alarms wall_, event_;
  bool has_stream_time_;
};

}  // namespace vitrine::nodes
