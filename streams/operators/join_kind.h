#pragma once
// Which rows or records a join tells of, and what its function is given of them.
#include <type_traits>

#include "streams/operators/stateless_nodes.h"

namespace vitrine::nodes {

// Inner: pairs. Left: also what is on the left side alone. Outer: also the right side's.
enum class JoinKind { Inner, Left, Outer };

// A side that is always there comes as its View; one that may be missing as a pointer, null then.
template <JoinKind kKind, class A>
using LeftArg = std::conditional_t<kKind == JoinKind::Outer, const A*, const View<A>&>;
template <JoinKind kKind, class B>
using RightArg = std::conditional_t<kKind == JoinKind::Inner, const View<B>&, const B*>;

// f(left, right) of two rows of which at least those that the kind asks for are there.
template <JoinKind kKind, class A, class B, class F>
decltype(auto) call_joiner(F& f, const A* left, const B* right) {
  if constexpr (kKind == JoinKind::Inner) {
    return f(*left, *right);
  } else if constexpr (kKind == JoinKind::Left) {
    return f(*left, right);
  } else {
    return f(left, right);
  }
}

template <JoinKind kKind, class F, class A, class B>
using JoinedOf =
    typename OwnedOf<std::invoke_result_t<F&, LeftArg<kKind, A>, RightArg<kKind, B>>>::type;

}  // namespace vitrine::nodes
