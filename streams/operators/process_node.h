#pragma once
// The node around a user's processor.
#include <memory>
#include <string>
#include <utility>

#include "streams/topology/graph.h"
#include "vitrine/process.h"

namespace vitrine::nodes {

template <class R, class P, class A, class B, class C>
C context_type_of(R (P::*)(A, B, C&));
template <class R, class P, class A, class B, class C>
C context_type_of(R (P::*)(A, B, C&) const);

template <class P>
concept HasOnRecord = requires { context_type_of(&P::on_record); };

template <HasOnRecord P>
using ContextOf = decltype(context_type_of(&P::on_record));

template <class P, class K, class C>
concept TagTimer = requires(P& p, const View<K>& key, Time due, std::string_view tag, C& context) {
  p.on_timer(key, due, tag, context);
};
template <class P, class K, class C>
concept PlainTimer =
    requires(P& p, const View<K>& key, Time due, C& context) { p.on_timer(key, due, context); };

template <class P, class K, class V, class C>
class Process final : public Sink<K, V>, public AlarmOwner {
 public:
  using OutKey = typename C::OutKey;
  using OutValue = typename C::OutValue;
  static constexpr bool kTimers = TagTimer<P, K, C> || PlainTimer<P, K, C>;

  template <class Factory>
  Process(const std::string& timers, Factory& factory, Wiring& wiring)
      : stores_(wiring.stores(), &wiring),
        processor_(factory(stores_)),
        below_(wiring.below<OutKey, OutValue>()) {
    stores_.made();
    support_.topics = &wiring.topics();
    for (std::size_t topic = 0; topic < wiring.topics().size(); ++topic)
      support_.written.push_back(wiring.written(topic));
    if constexpr (kTimers) {
      timers_ = std::make_unique<TimerTable>(timers, wiring, *this);
      support_.timers = timers_.get();
    }
  }

  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    stores_.at(moment);
    C context(support_, moment, below_);
    processor_.on_record(key, value, context);
  }

  void fire(AlarmClock clock, const Alarm& alarm, const Moment& moment) override {
    timers_->fired(clock, alarm);
    stores_.at(moment);
    View<K> key{};
    VT_CHECK(Serde<K>::decode(alarm.key, key));
    C context(support_, moment, below_);
    if constexpr (TagTimer<P, K, C>) {
      processor_.on_timer(key, alarm.due, alarm.tag, context);
    } else if constexpr (PlainTimer<P, K, C>) {
      processor_.on_timer(key, alarm.due, context);
    }
  }

  Bytes discard(AlarmClock clock, const Alarm& alarm) override {
    timers_->fired(clock, alarm);
    return alarm.tag;
  }

  void restored() override { timers_->restored(); }

 private:
  Stores stores_;
  P processor_;
  Below<OutKey, OutValue> below_;
  detail::ContextSupport support_;
  std::unique_ptr<TimerTable> timers_;
};

}  // namespace vitrine::nodes
