#pragma once
// join and left_join with a broadcast table. Included by vitrine/app.h.
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "streams/operators/lookup_node.h"
#include "vitrine/broadcast.h"
#include "vitrine/stream.h"

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

template <bool kLeft, class K, class V, class K2, class Other, class KeyOf, class F>
auto looked_up(const Place& at, const Broadcast<K2, Other>& table, KeyOf key, F f) {
  using Arg = std::conditional_t<kLeft, const Other*, const Other&>;
  using U = typename nodes::OwnedOf<std::invoke_result_t<F&, const View<V>&, Arg>>::type;
  NodeSpec spec;
  spec.kind = kLeft ? "left_join" : "join";
  spec.detail = "with a broadcast table";
  spec.joins = {table.state()};
  return at.template add<K, U>(std::move(spec), [name = table.state(), key, f](Wiring& w) {
    return std::make_unique<nodes::LookUpJoin<K, V, K2, Other, U, KeyOf, F, kLeft>>(
        w.stores().keyed<K2, Other>(name), key, f, w.below<K, U>());
  });
}

}  // namespace detail

template <class K, class V>
template <class K2, class Other, class KeyOf, class F>
auto Stream<K, V>::left_join(const Broadcast<K2, Other>& table, KeyOf key, F f) const {
  constexpr bool kKey = detail::kKeyOf<KeyOf, K, V, K2>;
  constexpr bool kJoin = detail::kJoiner<F, V, const Other*>;
  static_assert(kKey,
                "vitrine: left_join(broadcast, key, f): key must be callable as Key(const Value&) "
                "or Key(const Key&, const Value&) and return the broadcast table's key type");
  static_assert(kJoin,
                "vitrine: left_join(broadcast, key, f): f must be callable as NewValue(const "
                "Value&, const TableValue*) and NewValue needs a Serde (a std::string value "
                "arrives as std::string_view)");
  if constexpr (kKey && kJoin) {
    return detail::looked_up<true, K, V>(at_, table, key, f);
  } else {
    return detail::AlreadyReported{};
  }
}

template <class K, class V>
template <class K2, class Other, class KeyOf, class F>
auto Stream<K, V>::join(const Broadcast<K2, Other>& table, KeyOf key, F f) const {
  constexpr bool kKey = detail::kKeyOf<KeyOf, K, V, K2>;
  constexpr bool kJoin = detail::kJoiner<F, V, const Other&>;
  static_assert(kKey,
                "vitrine: join(broadcast, key, f): key must be callable as Key(const Value&) or "
                "Key(const Key&, const Value&) and return the broadcast table's key type");
  static_assert(kJoin,
                "vitrine: join(broadcast, key, f): f must be callable as NewValue(const Value&, "
                "const TableValue&) and NewValue needs a Serde (a std::string value arrives as "
                "std::string_view)");
  if constexpr (kKey && kJoin) {
    return detail::looked_up<false, K, V>(at_, table, key, f);
  } else {
    return detail::AlreadyReported{};
  }
}

}  // namespace vitrine
