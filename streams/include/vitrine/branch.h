#pragma once
// branch and merge. Included by vitrine/app.h.
//
//   auto [large, small, rest] = app.stream(orders).branch(is_large, is_small, otherwise);
//   large.merge(rest).to(to_review);
//
// A record takes the first way whose predicate says true, so no record takes two. `otherwise`, said
// last, is the way of all others; without it they are dropped.
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "streams/operators/route_nodes.h"
#include "vitrine/stream.h"

namespace vitrine {

inline constexpr Otherwise otherwise{};

namespace detail {

template <class K, class V>
Stream<K, V> pass(const Place& at, const char* kind, std::string_view text) {
  return at.add<K, V>(kind, text, [](Wiring& w) {
    return make_node<nodes::Pass<K, V>>(w.below<K, V>());
  });
}

template <class K, class V, class F>
inline constexpr bool kBranch = std::is_same_v<F, Otherwise> || kPredicate<F, K, V>;

// `otherwise` only as the last of them.
template <class... F>
inline constexpr bool kOtherwiseLast = [] {
  std::size_t at = 0;
  return ((++at == sizeof...(F) || !std::is_same_v<F, Otherwise>)&&...);
}();

}  // namespace detail

template <class K, class V>
template <class... F>
auto Stream<K, V>::branch(F... f) const {
  constexpr bool kFit = sizeof...(F) > 0 && (detail::kBranch<K, V, F> && ...);
  static_assert(kFit,
                "vitrine: branch(f, g, …, otherwise): each of them must be callable as bool(const "
                "Value&) or bool(const Key&, const Value&) of this stream's types (a std::string "
                "arrives as std::string_view)");
  static_assert(detail::kOtherwiseLast<F...>,
                "vitrine: branch(f, g, …, otherwise): `otherwise` stands last: what is said after "
                "it would never get a record");
  if constexpr (kFit) {
    const auto all =
        at_.template add<K, V>("branch", {}, [predicates = std::tuple(f...)](Wiring& w) {
          return make_node<nodes::Branch<K, V, F...>>(predicates, w.below<K, V>());
        });
    std::size_t number = 0;  // braces: the ways are added in this order
    return std::array<Stream<K, V>, sizeof...(F)>{
        std::is_same_v<F, Otherwise>
            ? detail::pass<K, V>(all.place(), "otherwise", {})
            : detail::pass<K, V>(all.place(), "way", std::to_string(++number))...};
  } else {
    return std::array<detail::AlreadyReported, sizeof...(F)>{};
  }
}

template <class K, class V>
template <class... Streams>
auto Stream<K, V>::merge(const Streams&... others) const {
  constexpr bool kSame = sizeof...(Streams) > 0 && (std::is_same_v<Streams, Stream<K, V>> && ...);
  static_assert(kSame,
                "vitrine: merge(stream, …): all streams must have this stream's key and value "
                "types: map(f) or rekey(f) first");
  if constexpr (kSame) {
    auto merged = detail::pass<K, V>(at_, "merge", {});
    bool rekeyed = at_.rekeyed;
    for (const detail::Place& other : {others.place()...}) {
      if (&other.graph != &at_.graph) {
        at_.graph.problem("merge: a stream of the app \"" + other.graph.name() +
                          "\" is merged into one of \"" + at_.graph.name() +
                          "\"; send it through a topic");
        continue;
      }
      at_.graph.connect(other.node, merged.place().node);
      rekeyed = rekeyed || other.rekeyed;
    }
    return Stream<K, V>{at_.graph, merged.place().node, rekeyed};
  } else {
    return detail::AlreadyReported{};
  }
}

}  // namespace vitrine
