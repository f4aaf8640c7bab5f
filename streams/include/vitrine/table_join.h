#pragma once
// Joins of two tables by their key. Included by vitrine/app.h.
//
//   orders.join(payments, "paid", f)             // f(order, payment)
//   orders.left_join(payments, "paid", f)        // f(order, const Payment*)
//   orders.outer_join(payments, "both", f)       // f(const Order*, const Payment*)
//
// The result is a table: one row a key, in the state `name`. It follows both sides: each change of
// either goes on as the row that both make now. A row goes when what it stands on has gone: either
// side of an inner join, the left one of a left join, both of an outer join. A pointer is null
// while that side has no row.
//
// The result may be written to a topic (a row that went as an empty value: Table::to), joined
// again, grouped, given a ttl, read by streams that join it. When f throws, the change that led to
// it is undone, in its own table too, and dead-lettered.
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "streams/operators/table_join_node.h"
#include "vitrine/grouped.h"

namespace vitrine {
namespace detail {

// Of tables with the same key; another one is reported by whoever calls.
template <nodes::JoinKind kKind, class K, class A, class K2, class B, class F>
auto table_join(const char* kind, const Table<K, A>& left, const Table<K2, B>& right,
                const std::string& name, F f) {
  if constexpr (std::is_same_v<K, K2> && kJoins<kKind, F, A, B>) {
    using U = nodes::JoinedOf<kKind, F, A, B>;
    using Join = nodes::TableJoin<K, A, B, U, F, kKind>;
    NodeSpec join{std::string(kind) + " of tables"};
    join.out_types = types_of<K, U>();
    join.keep(state_of<K, U>(name));
    join.joins = {left.state(), right.state()};
    join.make = [names = nodes::TableJoinStates{name, left.state(), right.state()},
                 f](Wiring& w) { return make_node<Join>(names, f, w); };
    const JoinPorts ports{make_port<nodes::TablePort<Join, K, A>>,
                          make_port<nodes::TablePort<Join, K, B>>};
    const Place place =
        add_join(left.stream().place(), right.stream().place(), name, ports, std::move(join));
    return Table<K, U>{Stream<K, U>{place.graph, place.node, false}, name};
  } else {
    return AlreadyReported{};
  }
}

}  // namespace detail

template <class K, class V>
template <class K2, class B, class F>
auto Table<K, V>::join(const Table<K2, B>& other, const std::string& name, F f) const {
  static_assert(std::is_same_v<K, K2>,
                "vitrine: join(table, name, f): both tables must have the same key type; by a key "
                "that a row holds: join(table, key, name, f)");
  static_assert(detail::kJoins<nodes::JoinKind::Inner, F, V, B>,
                "vitrine: join(table, name, f): f must be callable as NewValue(const Value&, const "
                "OtherValue&) and NewValue needs a Serde (a std::string arrives as "
                "std::string_view)");
  return detail::table_join<nodes::JoinKind::Inner>("join", *this, other, name, f);
}

template <class K, class V>
template <class K2, class B, class F>
auto Table<K, V>::left_join(const Table<K2, B>& other, const std::string& name, F f) const {
  static_assert(std::is_same_v<K, K2>,
                "vitrine: left_join(table, name, f): both tables must have the same key type; by a "
                "key that a row holds: left_join(table, key, name, f)");
  static_assert(detail::kJoins<nodes::JoinKind::Left, F, V, B>,
                "vitrine: left_join(table, name, f): f must be callable as NewValue(const Value&, "
                "const OtherValue*) and NewValue needs a Serde (a std::string value arrives as "
                "std::string_view)");
  return detail::table_join<nodes::JoinKind::Left>("left_join", *this, other, name, f);
}

template <class K, class V>
template <class K2, class B, class F>
auto Table<K, V>::outer_join(const Table<K2, B>& other, const std::string& name, F f) const {
  static_assert(std::is_same_v<K, K2>,
                "vitrine: outer_join(table, name, f): both tables must have the same key type");
  static_assert(detail::kJoins<nodes::JoinKind::Outer, F, V, B>,
                "vitrine: outer_join(table, name, f): f must be callable as NewValue(const Value*, "
                "const OtherValue*) and NewValue needs a Serde");
  return detail::table_join<nodes::JoinKind::Outer>("outer_join", *this, other, name, f);
}

}  // namespace vitrine
