#pragma once
// join and left_join of a stream with a table, and with a broadcast table. Included by
// vitrine/app.h.
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "streams/operators/lookup_node.h"
#include "vitrine/broadcast.h"
#include "vitrine/grouped.h"

namespace vitrine {
namespace detail {

template <class KeyOf, class K, class V, class K2>
inline constexpr bool kKeyOf = [] {
  if constexpr (kMapper<KeyOf, K, V>) {
    return std::is_same_v<nodes::OwnedResultOf<K, V, KeyOf>, K2>;
  } else {
    return false;
  }
}();

// Where a stream meets the rows of a state: behind a hop of its own when its key has changed.
template <class K, class V>
Place beside(const Place& at, const std::string& state) {
  const auto number = at.graph.count_of("join") + at.graph.count_of("left_join") + 1;
  return at.by_key<K, V>(state + ".join-" + std::to_string(number));
}

// make_finder(Wiring&) makes what finds a record's row in the state: lookup_node.h.
template <nodes::JoinKind kKind, class K, class V, class Finder, class F, class MakeFinder>
auto looked_up(const Place& at, const std::string& state, const char* text, F f,
               MakeFinder make_finder) {
  using Arg = RowArg<kKind, typename Finder::Row>;
  using U = typename nodes::OwnedOf<std::invoke_result_t<F&, const View<V>&, Arg>>::type;
  NodeSpec spec{kKind == nodes::JoinKind::Left ? "left_join" : "join"};
  spec.detail = text;
  spec.joins = {state};
  return at.template add<K, U>(std::move(spec), [f, make_finder](Wiring& w) {
    return make_node<nodes::LookUpJoin<K, V, Finder, U, F, kKind>>(make_finder(w), f,
                                                                   w.below<K, U>());
  });
}

template <nodes::JoinKind kKind, class K, class V, class K2, class Other, class F>
auto beside_table(const Place& at, const Table<K2, Other>& table, F f) {
  if constexpr (std::is_same_v<K, K2> && kJoiner<F, V, RowArg<kKind, Other>>) {
    using Finder = nodes::ByOwnKey<K, V, Other>;
    return looked_up<kKind, K, V, Finder>(
        beside<K, V>(at, table.state()), table.state(), "", f,
        [name = table.state()](Wiring& w) { return Finder{w.stores().keyed<K, Other>(name)}; });
  } else {
    return AlreadyReported{};
  }
}

template <nodes::JoinKind kKind, class K, class V, class K2, class Other, class KeyOf, class F>
auto beside_broadcast(const Place& at, const Broadcast<K2, Other>& table, KeyOf key, F f) {
  if constexpr (kKeyOf<KeyOf, K, V, K2> && kJoiner<F, V, RowArg<kKind, Other>>) {
    using Finder = nodes::ByKeyOf<K, V, K2, Other, KeyOf>;
    return looked_up<kKind, K, V, Finder>(
        at, table.state(), "with a broadcast table", f,
        [name = table.state(), key](Wiring& w) {
          return Finder{w.stores().keyed<K2, Other>(name), key};
        });
  } else {
    return AlreadyReported{};
  }
}

}  // namespace detail

template <class K, class V>
template <class K2, class Other, class F>
auto Stream<K, V>::left_join(const Table<K2, Other>& table, F f) const {
  static_assert(std::is_same_v<K, K2>,
                "vitrine: left_join(table, f): stream and table must have the same key type: "
                "rekey(f) first");
  static_assert(detail::kJoiner<F, V, const Other*>,
                "vitrine: left_join(table, f): f must be callable as NewValue(const Value&, "
                "const TableValue*) and NewValue needs a Serde (a std::string value arrives as "
                "std::string_view)");
  return detail::beside_table<nodes::JoinKind::Left, K, V>(at_, table, f);
}

template <class K, class V>
template <class K2, class Other, class F>
auto Stream<K, V>::join(const Table<K2, Other>& table, F f) const {
  static_assert(
      std::is_same_v<K, K2>,
      "vitrine: join(table, f): stream and table must have the same key type: rekey(f) first");
  static_assert(detail::kJoiner<F, V, const Other&>,
                "vitrine: join(table, f): f must be callable as NewValue(const Value&, const "
                "TableValue&) and NewValue needs a Serde (a std::string value arrives as "
                "std::string_view)");
  return detail::beside_table<nodes::JoinKind::Inner, K, V>(at_, table, f);
}

template <class K, class V>
template <class K2, class Other, class KeyOf, class F>
auto Stream<K, V>::left_join(const Broadcast<K2, Other>& table, KeyOf key, F f) const {
  static_assert(detail::kKeyOf<KeyOf, K, V, K2>,
                "vitrine: left_join(broadcast, key, f): key must be callable as Key(const Value&) "
                "or Key(const Key&, const Value&) and return the broadcast table's key type");
  static_assert(detail::kJoiner<F, V, const Other*>,
                "vitrine: left_join(broadcast, key, f): f must be callable as NewValue(const "
                "Value&, const TableValue*) and NewValue needs a Serde (a std::string value "
                "arrives as std::string_view)");
  return detail::beside_broadcast<nodes::JoinKind::Left, K, V>(at_, table, key, f);
}

template <class K, class V>
template <class K2, class Other, class KeyOf, class F>
auto Stream<K, V>::join(const Broadcast<K2, Other>& table, KeyOf key, F f) const {
  static_assert(detail::kKeyOf<KeyOf, K, V, K2>,
                "vitrine: join(broadcast, key, f): key must be callable as Key(const Value&) or "
                "Key(const Key&, const Value&) and return the broadcast table's key type");
  static_assert(detail::kJoiner<F, V, const Other&>,
                "vitrine: join(broadcast, key, f): f must be callable as NewValue(const Value&, "
                "const TableValue&) and NewValue needs a Serde (a std::string value arrives as "
                "std::string_view)");
  return detail::beside_broadcast<nodes::JoinKind::Inner, K, V>(at_, table, key, f);
}

}  // namespace vitrine
