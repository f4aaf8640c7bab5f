#pragma once
// Session windows: the records of a key that follow each other closely enough.
//
// A key has one row: its open sessions in order of time, at least a gap apart. One alarm at least
// stands at or before the close of each open session; one that comes too early (the session went
// on) is set again, so that a record that prolongs a session moves no alarm.
//
// Updates are emitted under the session's window as it is then. When that window is no more (the
// session was prolonged or merged), `init` is emitted under it before the next update: who keeps
// the last value of each key then keeps nothing twice.
#include <algorithm>
#include <utility>
#include <vector>

#include "streams/operators/state_nodes.h"
#include "streams/operators/window_core.h"
#include "streams/store/typed_store.h"

namespace vitrine::nodes {

template <class A>
struct OpenSession {
  Time start{};  // of the first record
  Time last{};   // of the last one
  A value{};
  bool changed = false;    // since it was told
  std::vector<Time> told;  // start, end, …: windows it was told under and that have to be replaced
  auto fields() { return std::tie(start, last, value, changed, told); }
};

}  // namespace vitrine::nodes

namespace vitrine {
// The row of a key, for StateView<K, OpenSessions<A>>: its sessions end at `last` and the gap.
template <class A>
using OpenSessions = std::vector<nodes::OpenSession<A>>;
}  // namespace vitrine

namespace vitrine::nodes {

template <class K, class V, class A, class F, class Merge>
class SessionWindow final : public Sink<K, V>, public WindowCore {
 public:
  using Sessions = OpenSessions<A>;

  SessionWindow(const WindowOptions& options, A init, F f, Merge merge, Wiring& wiring)
      : WindowCore(options, wiring),
        store_(wiring.stores().template keyed<K, Sessions>(options_.name)),
        init_(std::move(init)),
        f_(std::move(f)),
        merge_(std::move(merge)),
        below_(wiring.below<Windowed<K>, A>()) {}

  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    const Time at = moment.timestamp;
    const Sessions* known = store_.find(key);
    if (passed(closes_at(at)) && (known == nullptr || touched(*known, at) == known->end())) {
      return late_.take(options_, key, value, moment);
    }
    OpenSession<A>& session = session_at(key, store_.upsert(key), at);
    apply<A, K, V>(f_, session.value, key, value);
    session.changed = true;
    if (ticks_) ticks_->changed({bytes_of(key), {}}, moment);
    if (each_update()) tell_session(key, session, moment);
  }

  // Closes one session at most: one that fails downstream takes no other with it.
  void fire(AlarmClock, const Alarm& alarm, const Moment& moment) override {
    closing_.remove(alarm);
    const View<K> key = key_of(alarm.key);
    const Sessions* known = store_.find(key);
    if (known == nullptr) return;
    if (closed(*known, alarm.due) != known->end()) {
      Sessions& open = store_.upsert(key);
      const auto session = closed(open, alarm.due);
      if (session->changed && !each_update()) tell_session(key, *session, moment);
      open.erase(session);
      known = &open;
    }
    tidy(alarm.key, key, *known);
  }

  Bytes discard(AlarmClock, const Alarm& alarm) override {
    closing_.remove(alarm);
    const View<K> key = key_of(alarm.key);
    Sessions& open = store_.upsert(key);
    Bytes value;
    if (const auto session = closed(open, alarm.due); session != open.end()) {
      value = encoded(session->value);
      open.erase(session);
    }
    tidy(alarm.key, key, open);
    return value;
  }

  void tell(const TickRow& tick, const Moment& moment) override {
    const View<K> key = key_of(tick.key);
    if (!store_.contains(key)) return;
    for (OpenSession<A>& session : store_.upsert(key)) {
      if (session.changed) tell_session(key, session, moment);
    }
  }

  Bytes untold(const TickRow& tick) override {
    const Sessions* known = store_.find(key_of(tick.key));
    if (known == nullptr) return {};
    for (const auto& session : *known) {
      if (session.changed) return encoded(session.value);
    }
    return {};
  }

  void restored() override {
    store_.for_each(
        [&](const View<K>& key, const Sessions& open) { set_alarm(bytes_of(key), open); });
  }

 private:
  using Place = typename Sessions::iterator;

  Time closes_at(Time last) const { return last + options_.shape.size + options_.shape.grace; }

  // The first session that a record of this time belongs to.
  template <class Open>
  auto touched(Open& open, Time at) const {
    const Duration gap = options_.shape.size;
    return std::find_if(open.begin(), open.end(), [&](const OpenSession<A>& session) {
      return at > session.start - gap && at < session.last + gap;
    });
  }
  // The first session that closes by then. Not all that could close by now: alarms that came too
  // early, which a restart forgets, may not change the order.
  template <class Open>
  auto closed(Open& open, Time by) const {
    return std::find_if(open.begin(), open.end(), [&](const OpenSession<A>& session) {
      return closes_at(session.last) <= by;
    });
  }

  OpenSession<A>& session_at(const View<K>& key, Sessions& open, Time at) {
    const Place session = touched(open, at);
    if (session == open.end()) {
      const Place next = std::find_if(open.begin(), open.end(),
                                      [&](const auto& other) { return other.start > at; });
      closing_.add({closes_at(at), bytes_of(key), {}});
      return *open.insert(next, OpenSession<A>{at, at, init_, false, {}});
    }
    session->start = std::min(session->start, at);
    session->last = std::max(session->last, at);
    const Place next = session + 1;
    if (next != open.end() && at > next->start - options_.shape.size) {
      merge_(session->value, std::as_const(next->value));
      session->last = next->last;
      session->told.insert(session->told.end(), next->told.begin(), next->told.end());
      open.erase(next);
    }
    return *session;
  }

  void tell_session(const View<K>& key, OpenSession<A>& session, const Moment& moment) {
    Windowed<K> windowed{Serde<K>::own(key), {}};
    const Window now{session.start, session.last + options_.shape.size};
    for (std::size_t i = 0; i + 1 < session.told.size(); i += 2) {
      windowed.window = {session.told[i], session.told[i + 1]};
      if (windowed.window != now) below_.push(windowed, init_, moment);
    }
    windowed.window = now;
    session.told = {now.start, now.end};
    session.changed = false;
    below_.push(windowed, session.value, moment);
  }

  void tidy(BytesView bytes, const View<K>& key, const Sessions& open) {
    if (open.empty()) {
      store_.erase(key);
    } else {
      set_alarm(Bytes(bytes), open);
    }
  }

  void set_alarm(Bytes bytes, const Sessions& open) {
    Time first = Time::max();
    for (const auto& session : open) first = std::min(first, closes_at(session.last));
    closing_.add({first, std::move(bytes), {}});
  }

  static Bytes bytes_of(const View<K>& key) {
    Bytes out;
    Serde<K>::encode(key, out);
    return out;
  }
  static View<K> key_of(BytesView bytes) {
    View<K> key{};
    VT_CHECK(Serde<K>::decode(bytes, key));
    return key;
  }

  Store<K, Sessions>& store_;
  A init_;
  F f_;
  Merge merge_;
  Below<Windowed<K>, A> below_;
  LateRecords<K, V> late_;
};

}  // namespace vitrine::nodes
