#pragma once
// Stream::call. Included by vitrine/app.h; what it means stands in vitrine/call.h.
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "streams/operators/call_node.h"
#include "vitrine/call.h"
#include "vitrine/stream.h"

namespace vitrine {
namespace detail {

// Topics, states and checks of a call; fills `spec` and says what the node needs to know.
nodes::CallSpec declare_call(Graph& graph, NodeSpec& spec, const std::string& name,
                             const CallOptions& options, std::string key_serde);

template <class K, class V, class Request, class Answer, class F, class IdOf>
auto called(const Place& from, const Call<Request, Answer>& call, F request, IdOf id) {
  using Out = Called<Request, Answer>;
  const Place at = from.template by_key<K, V>(call.name());
  NodeSpec spec;
  const nodes::CallSpec known =
      declare_call(at.graph, spec, call.name(), call.options(), std::string(Serde<K>::name));
  return at.template add<K, Out>(std::move(spec), [known, request, id](Wiring& w) {
    return make_node<nodes::CallNode<K, V, Request, Answer, F, IdOf>>(known, request, id, w);
  });
}

template <class F, class K, class V, class Request>
inline constexpr bool kRequestOf = [] {
  if constexpr (kMapper<F, K, V>) {
    return std::is_same_v<nodes::OwnedResultOf<K, V, F>, Request>;
  } else {
    return false;
  }
}();

template <class F, class K, class V>
inline constexpr bool kTextOf = [] {
  if constexpr (kMapper<F, K, V>) {
    return std::is_convertible_v<nodes::ResultOf<K, V, F>, std::string_view>;
  } else {
    return false;
  }
}();

}  // namespace detail

template <class K, class V>
template <class Request, class Answer, class F>
auto Stream<K, V>::call(const Call<Request, Answer>& outside, F request) const {
  constexpr bool kFit = detail::kRequestOf<F, K, V, Request>;
  static_assert(kFit,
                "vitrine: call(call, request): request must be callable as Request(const Value&) "
                "or Request(const Key&, const Value&) of this stream's types and return the call's "
                "request type (a std::string arrives as std::string_view)");
  if constexpr (kFit) {
    return detail::called<K, V>(at_, outside, std::move(request), nodes::NoId{});
  } else {
    return detail::AlreadyReported{};
  }
}

template <class K, class V>
template <class Request, class Answer, class F, class IdOf>
auto Stream<K, V>::call(const Call<Request, Answer>& outside, F request, IdOf id) const {
  constexpr bool kFit = detail::kRequestOf<F, K, V, Request>;
  constexpr bool kId = detail::kTextOf<IdOf, K, V>;
  static_assert(kFit,
                "vitrine: call(call, request, id): request must be callable as Request(const "
                "Value&) or Request(const Key&, const Value&) of this stream's types and return "
                "the call's request type (a std::string arrives as std::string_view)");
  static_assert(kId,
                "vitrine: call(call, request, id): id must be callable as std::string(const "
                "Value&) or std::string(const Key&, const Value&) of this stream's types");
  if constexpr (kFit && kId) {
    return detail::called<K, V>(at_, outside, std::move(request), std::move(id));
  } else {
    return detail::AlreadyReported{};
  }
}

}  // namespace vitrine
