#pragma once
// Joins of two streams. Included by vitrine/app.h.
//
//   views.join(clicks, within(0s, 30s), "clicked", f)           // f(view, click)
//   views.left_join(clicks, within(0s, 30s), "outcomes", f)     // f(view, const Click*)
//   views.outer_join(clicks, within(5s, 30s), "both", f)        // f(const View*, const Click*)
//
// A record meets those of the other stream that have its key and a time from `before` before to
// `after` after its own, both included; of the other side it is the reverse. A pair goes on when
// its second record comes, with the later of both times. What left and outer joins found no partner
// for goes on once, with a null pointer, when stream time has passed its interval and the grace.
//
// A record that comes when stream time has passed its own interval and grace is counted in
// vitrine_streams_late_records_total and dropped. All others meet every partner that is kept.
#include <memory>
#include <string>
#include <utility>

#include "streams/operators/interval_join_node.h"
#include "vitrine/stream.h"

namespace vitrine {

struct Within {
  Duration before{};
  Duration after{};
  Duration grace{0};  // how late a record may be, besides
};
constexpr Within within(Duration before, Duration after, Duration grace = Duration{0}) {
  return {before, after, grace};
}

namespace detail {

// A join of records near in time: says what it keeps, and adds it with its ports.
Place add_interval_join(const Place& left, const Place& right, const nodes::JoinOptions& options,
                        const char* kind, const JoinPorts& ports, NodeSpec join);

// Of streams with the same key; another one is reported by whoever calls.
template <nodes::JoinKind kKind, class K, class K2, class A, class B, class F>
auto interval_join(const char* kind, const Place& left, const Stream<K2, B>& other,
                   const Within& within, const std::string& name, F f) {
  if constexpr (std::is_same_v<K, K2> && kJoins<kKind, F, A, B>) {
    using U = nodes::JoinedOf<kKind, F, A, B>;
    using Join = nodes::IntervalJoin<K, A, B, U, F, kKind>;
    const nodes::JoinOptions options{name,
                                     within.before,
                                     within.after,
                                     within.grace,
                                     kKind != nodes::JoinKind::Inner,
                                     kKind == nodes::JoinKind::Outer};
    NodeSpec join;
    join.out_types = types_of<K, U>();
    join.keep(nodes::JoinBuffer::spec(name, Serde<A>::name, Serde<B>::name));
    Upgrades<A>::add(join.states[0].upgrades);
    Upgrades<B>::add(join.states[0].upgrades);
    join.make = [options, f](Wiring& w) { return make_node<Join>(options, f, w); };
    const Place& right = other.place();
    const JoinPorts ports{make_port<nodes::JoinPort<Join, K, nodes::Side::Left>>,
                          make_port<nodes::JoinPort<Join, K, nodes::Side::Right>>};
    const Place place = add_interval_join(left.by_key<K, A>(name + ".left"),
                                          right.template by_key<K, B>(name + ".right"), options,
                                          kind, ports, std::move(join));
    return Stream<K, U>{place.graph, place.node, false};
  } else {
    return AlreadyReported{};
  }
}

}  // namespace detail

template <class K, class V>
template <class K2, class B, class F>
auto Stream<K, V>::join(const Stream<K2, B>& other, Within within, const std::string& name,
                        F f) const {
  static_assert(std::is_same_v<K, K2>,
                "vitrine: join(stream, within, name, f): both streams must have the same key type: "
                "rekey(f) first");
  static_assert(detail::kJoins<nodes::JoinKind::Inner, F, V, B>,
                "vitrine: join(stream, within, name, f): f must be callable as NewValue(const "
                "Value&, const OtherValue&) and NewValue needs a Serde (a std::string arrives as "
                "std::string_view)");
  return detail::interval_join<nodes::JoinKind::Inner, K, K2, V>(
      "join", at_, other, within, name, f);
}

template <class K, class V>
template <class K2, class B, class F>
auto Stream<K, V>::left_join(const Stream<K2, B>& other, Within within, const std::string& name,
                             F f) const {
  static_assert(std::is_same_v<K, K2>,
                "vitrine: left_join(stream, within, name, f): both streams must have the same key "
                "type: rekey(f) first");
  static_assert(detail::kJoins<nodes::JoinKind::Left, F, V, B>,
                "vitrine: left_join(stream, within, name, f): f must be callable as NewValue(const "
                "Value&, const OtherValue*) and NewValue needs a Serde (a std::string value "
                "arrives as std::string_view)");
  return detail::interval_join<nodes::JoinKind::Left, K, K2, V>(
      "left_join", at_, other, within, name, f);
}

template <class K, class V>
template <class K2, class B, class F>
auto Stream<K, V>::outer_join(const Stream<K2, B>& other, Within within, const std::string& name,
                              F f) const {
  static_assert(std::is_same_v<K, K2>,
                "vitrine: outer_join(stream, within, name, f): both streams must have the same key "
                "type: rekey(f) first");
  static_assert(detail::kJoins<nodes::JoinKind::Outer, F, V, B>,
                "vitrine: outer_join(stream, within, name, f): f must be callable as "
                "NewValue(const Value*, const OtherValue*) and NewValue needs a Serde");
  return detail::interval_join<nodes::JoinKind::Outer, K, K2, V>(
      "outer_join", at_, other, within, name, f);
}

}  // namespace vitrine
