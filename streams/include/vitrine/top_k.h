#pragma once
// top_k. Included by vitrine/app.h.
//
//   app.stream(sales).group_by([](const Sale& s) { return s.show; })
//      .top_k("best-sellers", TopK{.k = 10}, &Sale::sku, &Sale::sold)     // show -> vector<Sale>
//
// A value replaces the one of the same id. The greatest scores come first; equal scores stand in
// order of their encoded ids. The list goes on whenever the first k have changed. Scores that only
// grow are ranked exactly. When a score falls, the list fills up from the remembered `candidates`:
// exact as long as no more ids than that were in the race. Cost of a record: id and score of each
// candidate.
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "streams/operators/top_k_node.h"
#include "vitrine/grouped.h"

namespace vitrine {

namespace detail {

template <class F, class V>
inline constexpr bool kScore = [] {
  if constexpr (std::is_invocable_v<F&, const View<V>&>) {
    return std::is_arithmetic_v<std::remove_cvref_t<std::invoke_result_t<F&, const View<V>&>>>;
  }
  return false;
}();

template <class F, class V>
inline constexpr bool kIdOfValue = [] {
  if constexpr (std::is_invocable_v<F&, const View<V>&>) {
    using R = std::invoke_result_t<F&, const View<V>&>;
    if constexpr (!std::is_void_v<R>) return Serdeable<typename nodes::OwnedOf<R>::type>;
  }
  return false;
}();

}  // namespace detail

template <class K, class V>
template <class IdOf, class ScoreOf>
auto Grouped<K, V>::top_k(const std::string& name, TopK top, IdOf id, ScoreOf score) const {
  constexpr bool kId = detail::kIdOfValue<IdOf, V>, kScore = detail::kScore<ScoreOf, V>;
  static_assert(kId,
                "vitrine: top_k(name, top, id, score): id must be callable as Id(const Value&), "
                "and Id needs a Serde (a std::string arrives as std::string_view)");
  static_assert(kScore,
                "vitrine: top_k(name, top, id, score): score must be callable as Number(const "
                "Value&) (a std::string arrives as std::string_view)");
  if constexpr (kId && kScore) {
    if (top.candidates == 0) top.candidates = top.k;
    if (top.k == 0 || top.candidates < top.k) {
      at_.graph.problem("top_k \"" + name + "\": k must be at least 1, and candidates at least k");
    }
    NodeSpec spec{"top_k"};
    spec.detail = std::to_string(top.k) + " of " + std::to_string(top.candidates);
    spec.keep(detail::state_of<K, std::vector<V>>(name));
    return Table<K, std::vector<V>>{
        at_.template by_key<K, V>(name).template add<K, std::vector<V>>(
            std::move(spec),
            [name, top, id, score](Wiring& w) {
              return make_node<nodes::TopKNode<K, V, IdOf, ScoreOf>>(
                  w.stores().keyed<K, std::vector<V>>(name), top.k, top.candidates, id, score,
                  w.below<K, std::vector<V>>());
            }),
        name};
  } else {
    return detail::AlreadyReported{};
  }
}

}  // namespace vitrine
