#pragma once
// Fewer updates. Included by vitrine/app.h.
//
//   stock.suppress(at_most_every(1s), "stock-shown")        // the latest, once a second and key
//   sums.suppress(until_closed(5s), "final-sums")           // a window's last value, once
//
// at_most_every passes a key's first update on at once; what comes within the interval waits, and
// the last of it goes on when the interval is over. until_closed takes windowed keys: the last
// update goes on when stream time has passed the window's end and the grace, which should be the
// window's own; updates after that are counted as late and dropped. Intervals are of stream time.
//
// What waits goes on with the stream time of then and the correlation of the update it is. Bound:
// `keys_max` keys in the state; beyond, what is due next goes on early, counted in
// vitrine_streams_suppress_early_total.
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "streams/operators/suppress_node.h"
#include "vitrine/stream.h"

namespace vitrine {

struct AtMostEvery {
  Duration interval{};
  std::size_t keys_max = 100'000;
};
struct UntilClosed {
  Duration grace{};
  std::size_t keys_max = 100'000;
};
constexpr AtMostEvery at_most_every(Duration interval, std::size_t keys_max = 100'000) {
  return {interval, keys_max};
}
constexpr UntilClosed until_closed(Duration grace, std::size_t keys_max = 100'000) {
  return {grace, keys_max};
}

namespace detail {

template <class K>
inline constexpr bool kWindowedKey = false;
template <class K>
inline constexpr bool kWindowedKey<Windowed<K>> = true;

NodeSpec suppress_spec(Graph& graph, const nodes::SuppressOptions& options);

template <class K, class V>
Stream<K, V> suppressed(const Place& at, nodes::SuppressOptions options) {
  NodeSpec spec = suppress_spec(at.graph, options);
  spec.keep(state_of<K, nodes::HeldUpdate>(options.name));
  spec.states.front().value_serde += "(" + std::string(Serde<V>::name) + ")";
  spec.states.front().upgrades = upgrades_of<V>();
  return at.by_key<K, V>(options.name).template add<K, V>(std::move(spec), [options](Wiring& w) {
    return make_node<nodes::Suppress<K, V>>(options, w);
  });
}

}  // namespace detail

template <class K, class V>
Stream<K, V> Stream<K, V>::suppress(AtMostEvery policy, const std::string& name) const {
  return detail::suppressed<K, V>(at_, {name, false, policy.interval, policy.keys_max});
}

template <class K, class V>
auto Stream<K, V>::suppress(UntilClosed policy, const std::string& name) const {
  static_assert(detail::kWindowedKey<K>,
                "vitrine: suppress(until_closed(grace), name): only a stream of windows has "
                "something that closes: its key must be Windowed<Key>");
  if constexpr (detail::kWindowedKey<K>) {
    return detail::suppressed<K, V>(at_, {name, true, policy.grace, policy.keys_max});
  } else {
    return detail::AlreadyReported{};
  }
}

}  // namespace vitrine
