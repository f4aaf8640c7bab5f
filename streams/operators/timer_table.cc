#include "streams/operators/timer_table.h"

#include <utility>

#include "base/plant.h"

namespace vitrine::nodes {
namespace {

Bytes row_of(BytesView key, BytesView tag) {
  Bytes row;
  put_bytes(row, key);
  row.append(tag);
  return row;
}

}  // namespace

StateSpec TimerTable::spec(const std::string& name) {
  return {name, "string", std::string(Serde<TimerState>::name)};
}

TimerTable::TimerTable(const std::string& name, Wiring& wiring, AlarmOwner& owner)
    : store_(wiring.stores().keyed<std::string, TimerState>(name, RowHome::Scope)),
      wall_(name, AlarmClock::Wall, owner),
      event_(name, AlarmClock::Event, owner),
      has_stream_time_(wiring.time().used()) {
  wiring.watch(wall_);
  wiring.watch(event_);
}

void TimerTable::set(AlarmClock clock, Time due, BytesView key, BytesView tag) {
  cancel(key, tag);
  const bool wall = clock == AlarmClock::Wall;
  store_.put(row_of(key, tag), TimerState{due, wall});
  of(wall).add({due, Bytes(key), Bytes(tag)});
}

void TimerTable::cancel(BytesView key, BytesView tag) {
  const Bytes row = row_of(key, tag);
  const TimerState* state = store_.find(row);
  if (state == nullptr) return;
  of(state->wall).remove({state->due, Bytes(key), Bytes(tag)});
  store_.erase(row);
}

bool TimerTable::is_set(BytesView key, BytesView tag) const {
  return store_.find(row_of(key, tag)) != nullptr;
}

void TimerTable::fired(AlarmClock clock, const Alarm& alarm) {
  const Alarm gone = alarm;
  store_.erase(row_of(gone.key, gone.tag));
  of(clock == AlarmClock::Wall).remove(gone);
}

void TimerTable::restored() {
  bool lost = planted("lost_timer");
  store_.for_each([&](BytesView row, const TimerState& state) {
    ByteReader in(row);
    const BytesView key = in.bytes();
    VT_CHECK(in.ok());
    if (std::exchange(lost, false)) return;
    of(state.wall).add({state.due, Bytes(key), Bytes(in.take(in.remaining()))});
  });
}

}  // namespace vitrine::nodes
