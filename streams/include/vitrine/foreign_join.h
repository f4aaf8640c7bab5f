#pragma once
// Joins of a table with another one by a key that its rows hold (a foreign key). Included by
// vitrine/app.h.
//
//   orders.join(customers, [](const Order& o) { return o.customer; }, "with-customer", f)
//   orders.left_join(customers, [](const Order& o) { return o.customer; }, "with-customer", f)
//
// f(order, customer), and f(order, const Customer*) in a left join. The key function takes (value)
// or (key, value) and returns the other table's key, or a std::optional of it: nothing means that
// the row refers to no other. The result is a table with a row for each row of this table (in an
// inner join: for each that finds its partner), in the state `name`. It follows both sides: a
// changed customer goes on with all orders that refer to it, a changed order with the customer it
// refers to then.
//
// With several shards a row and its partner may belong to different ones: they speak through the
// topics "<app>.<name>.asks.by-key" and "<app>.<name>.answers.by-key", and the result follows
// within the same commit or the next. It never shows a row beside one that it did not refer to.
// What f throws there dead-letters the answer: the row stays as it was until one of its sides
// changes again. How it works: streams/operators/foreign_join_node.h.
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "streams/operators/foreign_join_node.h"
#include "vitrine/table_join.h"

namespace vitrine {
namespace detail {

template <class KeyOf, class K, class V, class K2>
inline constexpr bool kForeignKeyOf = [] {
  if constexpr (kMapper<KeyOf, K, V>) {
    using Made = nodes::OwnedResultOf<K, V, KeyOf>;
    return std::is_same_v<typename nodes::ForeignKeyOf<Made>::type, K2>;
  } else {
    return false;
  }
}();

// The nodes of a foreign-key join, and how they hang together.
struct ForeignJoinNodes {
  NodeSpec left, right_port, right, result;
};
// Adds a hop below a place.
using AddHop = Place (*)(const Place& at, const std::string& name);
// Adds all of them and the two hops; returns the result's place.
Place add_foreign_join(const Place& left, const Place& right,
                       const nodes::ForeignJoinStates& names, ForeignJoinNodes parts, AddHop asks,
                       AddHop answers);

template <class K, class V>
Place add_hop(const Place& at, const std::string& name) {
  return Place{at.graph, at.node, true}.by_key<K, V>(name);
}

template <nodes::JoinKind kKind, class K, class A, class K2, class B, class KeyOf, class F>
auto foreign_join(const char* kind, const Table<K, A>& left, const Table<K2, B>& right,
                  KeyOf key_of, const std::string& name, F f) {
  using U = nodes::JoinedOf<kKind, F, A, B>;
  using Answer = nodes::ForeignAnswer<K2, B>;
  using Result = nodes::ForeignResult<K, A, K2, B, U, F, kKind>;
  using Right = nodes::ForeignRight<K, K2, B>;
  const nodes::ForeignJoinStates names{name, left.state(), right.state()};
  ForeignJoinNodes parts;
  parts.left.keep(state_of<K, K2>(names.keys()));
  parts.left.make = [names, key_of](Wiring& w) {
    return make_node<nodes::ForeignLeft<K, A, K2, KeyOf, Result>>(names, key_of, w);
  };
  parts.right_port.make = make_port<nodes::TablePort<Right, K2, B>>;
  parts.right.make = [names](Wiring& w) { return make_node<Right>(names, w); };
  parts.result.kind = std::string(kind) + " of tables";
  parts.result.out_types = types_of<K, U>();
  parts.result.keep(state_of<K, U>(name));
  parts.result.make = [names, f](Wiring& w) { return make_node<Result>(names, f, w); };
  const Place place =
      add_foreign_join(left.stream().place(), right.stream().place(), names, std::move(parts),
                       add_hop<K2, nodes::ForeignAsk>, add_hop<K, Answer>);
  return Table<K, U>{Stream<K, U>{place.graph, place.node, false}, name};
}

}  // namespace detail

template <class K, class V>
template <class K2, class B, class KeyOf, class F>
auto Table<K, V>::join(const Table<K2, B>& other, KeyOf key, const std::string& name, F f) const {
  constexpr bool kKey = detail::kForeignKeyOf<KeyOf, K, V, K2>;
  constexpr bool kJoin = detail::kJoins<nodes::JoinKind::Inner, F, V, B>;
  static_assert(kKey,
                "vitrine: join(table, key, name, f): key must be callable as Key(const Value&) or "
                "Key(const Key&, const Value&) and return the other table's key type, or a "
                "std::optional of it");
  static_assert(kJoin,
                "vitrine: join(table, key, name, f): f must be callable as NewValue(const Value&, "
                "const OtherValue&) and NewValue needs a Serde (a std::string arrives as "
                "std::string_view)");
  if constexpr (kKey && kJoin) {
    return detail::foreign_join<nodes::JoinKind::Inner>("join", *this, other, key, name, f);
  } else {
    return detail::AlreadyReported{};
  }
}

template <class K, class V>
template <class K2, class B, class KeyOf, class F>
auto Table<K, V>::left_join(const Table<K2, B>& other, KeyOf key, const std::string& name,
                            F f) const {
  constexpr bool kKey = detail::kForeignKeyOf<KeyOf, K, V, K2>;
  constexpr bool kJoin = detail::kJoins<nodes::JoinKind::Left, F, V, B>;
  static_assert(kKey,
                "vitrine: left_join(table, key, name, f): key must be callable as Key(const "
                "Value&) or Key(const Key&, const Value&) and return the other table's key type, "
                "or a std::optional of it");
  static_assert(kJoin,
                "vitrine: left_join(table, key, name, f): f must be callable as NewValue(const "
                "Value&, const OtherValue*) and NewValue needs a Serde (a std::string value "
                "arrives as std::string_view)");
  if constexpr (kKey && kJoin) {
    return detail::foreign_join<nodes::JoinKind::Left>("left_join", *this, other, key, name, f);
  } else {
    return detail::AlreadyReported{};
  }
}

}  // namespace vitrine
