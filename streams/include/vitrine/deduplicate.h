#pragma once
// deduplicate. Included by vitrine/app.h.
//
//   app.stream(payments)
//      .deduplicate("seen-payments", 24h, [](const Payment& p) { return p.id; })
//      .to(payments_once);
//
// The first record of an id goes on; others of the same key and id that come less than `within`
// after it are dropped and counted in vitrine_streams_duplicate_records_total. Measured from the
// first, so a stream of repetitions lets one through each `within`. The clock is the wall as the
// log recorded it, or stream_time. What is remembered is bounded by the time: about 150 bytes of
// memory and one row of the state an id. For ids that are unique over all keys, rekey by the id
// first.
#include <memory>
#include <string>
#include <utility>

#include "streams/operators/dedup_node.h"
#include "vitrine/stream.h"

namespace vitrine {

template <class K, class V>
template <class F>
auto Stream<K, V>::deduplicate(const std::string& name, Duration within, F id,
                               AlarmClock clock) const {
  static_assert(detail::kMapper<F, K, V>,
                "vitrine: deduplicate(name, within, id): id must be callable as Id(const Value&) "
                "or Id(const Key&, const Value&) of this stream's types (a std::string arrives as "
                "std::string_view)");
  static_assert(detail::kSerdeableMapper<F, K, V>,
                "vitrine: deduplicate(name, within, id): the id's type needs a Serde");
  if constexpr (detail::kMapper<F, K, V> && detail::kSerdeableMapper<F, K, V>) {
    NodeSpec spec{"deduplicate"};
    detail::bound_by_time(at_.graph, spec, "deduplicate \"" + name + "\"", within, clock);
    spec.keep(detail::state_of<std::string, Time>(name));
    return at_.template by_key<K, V>(name).template add<K, V>(
        std::move(spec), [options = nodes::DedupOptions{name, within, clock}, id](Wiring& w) {
          return make_node<nodes::Deduplicate<K, V, F>>(options, id, w);
        });
  } else {
    return detail::AlreadyReported{};
  }
}

}  // namespace vitrine
