#pragma once
// What the front door says when a lambda does not fit: one sentence, and no cascade after it.
//
// A method whose check failed returns AlreadyReported, which takes every further call in the chain
// without a word.
#include <array>
#include <type_traits>

#include "streams/operators/join_kind.h"
#include "streams/operators/process_node.h"
#include "streams/operators/stateless_nodes.h"

namespace vitrine::detail {

struct AlreadyReported {
  template <class... A>
  AlreadyReported map(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported filter(const A&...) const {
    return {};
  }
  template <class U = void, class... A>
  AlreadyReported flat_map(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported peek(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported rekey(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported group_by(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported group_by_key(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported count(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported aggregate(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported reduce(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported top_k(const A&...) const {
    return {};
  }
  template <class... A>
  std::array<AlreadyReported, sizeof...(A)> branch(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported merge(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported deduplicate(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported ttl(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported call(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported window(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported emit(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported join(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported left_join(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported outer_join(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported suppress(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported process(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported stream(const A&...) const {
    return {};
  }
  template <class... A>
  AlreadyReported to(const A&...) const {
    return {};
  }
};

template <class F, class K, class V>
inline constexpr bool kMapper = [] {
  if constexpr (nodes::kTakes<F, K, V>) {
    return !std::is_void_v<nodes::ResultOf<K, V, F>>;
  } else {
    return false;
  }
}();

template <class F, class K, class V>
inline constexpr bool kSerdeableMapper = [] {
  if constexpr (kMapper<F, K, V>) {
    return Serdeable<nodes::OwnedResultOf<K, V, F>>;
  } else {
    return true;  // another sentence is said
  }
}();

template <class F, class K, class V>
inline constexpr bool kPredicate = [] {
  if constexpr (kMapper<F, K, V>) {
    return std::is_convertible_v<nodes::ResultOf<K, V, F>, bool>;
  } else {
    return false;
  }
}();

template <class F, class A, class K, class V>
inline constexpr bool kAggregator = std::is_invocable_v<F&, A&, const View<V>&> ||
                                    std::is_invocable_v<F&, A&, const View<K>&, const View<V>&>;

// f(left, right), of two sides as it is given them, makes something that has a Serde.
template <class F, class L, class R>
inline constexpr bool kPairs = [] {
  if constexpr (std::is_invocable_v<F&, L, R>) {
    using Made = std::invoke_result_t<F&, L, R>;
    if constexpr (!std::is_void_v<Made>) return Serdeable<typename nodes::OwnedOf<Made>::type>;
  }
  return false;
}();
template <class F, class V, class Other>
inline constexpr bool kJoiner = kPairs<F, const View<V>&, Other>;
// A table's row as a stream's join of this kind is given it: null when there is none.
template <nodes::JoinKind kKind, class Other>
using RowArg = std::conditional_t<kKind == nodes::JoinKind::Left, const Other*, const Other&>;
// The same for a join of this kind.
template <nodes::JoinKind kKind, class F, class A, class B>
inline constexpr bool kJoins = kPairs<F, nodes::LeftArg<kKind, A>, nodes::RightArg<kKind, B>>;

template <class F, class K, class V>
inline constexpr bool kProcessorFactory = [] {
  if constexpr (std::is_invocable_v<F&, Stores&>) {
    using P = std::invoke_result_t<F&, Stores&>;
    if constexpr (nodes::HasOnRecord<P>) {
      return requires(P & p, const View<K>& key, const View<V>& value,
                      nodes::ContextOf<P>& context) { p.on_record(key, value, context); };
    }
  }
  return false;
}();

// Names of state are string literals or strings; anything else in their place means that the name
// was forgotten.
template <class N>
inline constexpr bool kName = std::is_convertible_v<const N&, std::string>;

template <class...>
inline constexpr bool kNever = false;

}  // namespace vitrine::detail
