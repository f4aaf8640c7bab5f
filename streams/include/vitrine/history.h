#pragma once
// History<K, V>: a topic as a table that also knows what it held before, for joins with what was
// valid at a record's time (as-of joins).
//
//   auto prices = app.history(price_changes, 24h);             // sku -> Price, and when
//   app.stream(clicks).left_join(prices, [](const Click& c, const Price* p) { … }).to(…);
//
// A click meets the price that was valid at the click's own timestamp, whatever has come since:
// that with the greatest timestamp that is not after it. Null, or no record in an inner join: there
// was none, or it was removed (by an empty value, from that record's time on).
//
// `keep` is how far back it answers, in stream time. It may answer for older records too, where it
// still knows the version; otherwise such a record goes to the dead letters, which say so: null
// would be a guess. Price changes may come late: they are in effect for the clicks that come after
// them; results that went on before stay as they are. One whose validity was over before the last
// `keep` is counted in vitrine_streams_late_records_total and dropped.
//
// States: "<topic>.history", the newest version of each key; "<topic>.history.past", the others of
// the last `keep`.
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "streams/operators/lookup_node.h"
#include "vitrine/lookup_join.h"

namespace vitrine {

template <class K, class V>
class History {
 public:
  History(std::string state, Duration keep) : state_(std::move(state)), keep_(keep) {}
  const std::string& state() const { return state_; }
  Duration keep() const { return keep_; }

 private:
  std::string state_;
  Duration keep_;
};

namespace detail {

template <class K, class V>
std::shared_ptr<nodes::Versions<K, V>> versions_of(const History<K, V>& history, Wiring& wiring) {
  return wiring.shared<nodes::Versions<K, V>>(history.state(), history.keep());
}

template <class K, class V>
History<K, V> add_history(Graph& graph, const Topic<K, V>& topic, Duration keep) {
  const History<K, V> history{topic.name() + ".history", keep};
  NodeSpec spec{"history"};
  bound_by_time(graph, spec, "the history of topic \"" + topic.name() + "\"", keep,
                AlarmClock::Event);
  spec.reads = add_topic(graph, topic);
  spec.keep(state_of<K, nodes::NewestVersion<V>>(history.state()));
  spec.keep(state_of<ScopedRow, std::optional<V>>(nodes::past_of(history.state())));
  spec.make = [history, name = topic.name()](Wiring& w) {
    return make_node<nodes::HistorySource<K, V>>(name, versions_of(history, w));
  };
  graph.add_node(std::move(spec));
  return history;
}

template <nodes::JoinKind kKind, class K, class K2, class V, class Other, class F>
auto as_of_join(const Place& at, const History<K2, Other>& history, F f) {
  if constexpr (std::is_same_v<K, K2> && kJoiner<F, V, RowArg<kKind, Other>>) {
    using Finder = nodes::AsOf<K, V, Other>;
    return looked_up<kKind, K, V, Finder>(
        beside<K, V>(at, history.state()), history.state(), "as of its time", f,
        [history](Wiring& w) { return Finder{versions_of(history, w)}; });
  } else {
    return AlreadyReported{};
  }
}

}  // namespace detail

template <class K, class V>
template <class K2, class Other, class F>
auto Stream<K, V>::left_join(const History<K2, Other>& history, F f) const {
  static_assert(std::is_same_v<K, K2>,
                "vitrine: left_join(history, f): stream and history must have the same key type: "
                "rekey(f) first");
  static_assert(detail::kJoiner<F, V, const Other*>,
                "vitrine: left_join(history, f): f must be callable as NewValue(const Value&, "
                "const HistoryValue*) and NewValue needs a Serde (a std::string value arrives as "
                "std::string_view)");
  return detail::as_of_join<nodes::JoinKind::Left, K, K2, V>(at_, history, f);
}

template <class K, class V>
template <class K2, class Other, class F>
auto Stream<K, V>::join(const History<K2, Other>& history, F f) const {
  static_assert(std::is_same_v<K, K2>,
                "vitrine: join(history, f): stream and history must have the same key type: "
                "rekey(f) first");
  static_assert(detail::kJoiner<F, V, const Other&>,
                "vitrine: join(history, f): f must be callable as NewValue(const Value&, const "
                "HistoryValue&) and NewValue needs a Serde (a std::string arrives as "
                "std::string_view)");
  return detail::as_of_join<nodes::JoinKind::Inner, K, K2, V>(at_, history, f);
}

}  // namespace vitrine
