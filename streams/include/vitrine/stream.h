#pragma once
// Stream, Grouped, Table and windows: the words a topology is written in. Handles; valid while
// their App lives.
//
// map, filter, flat_map, peek        one record at a time, the key stays
// rekey, group_by                    the only ways to change a key; group_by_key keeps it
// branch, merge                      streams part and come together: vitrine/branch.h
// count, reduce, aggregate, window   one value per key (and window), in a named state
// group_by of a table                its rows, counted under another key: vitrine/tables.h
// left_join, join                    with a table's value of the same key, or a history's of then
// join, left_join, outer_join        with another stream's records near in time: vitrine/join.h
// suppress                           fewer updates: vitrine/suppress.h
// process                            a processor of your own: vitrine/process.h
#include <string>
#include <utility>

#include "streams/operators/bytes_nodes.h"
#include "streams/operators/state_nodes.h"
#include "vitrine/broadcast.h"
#include "vitrine/call.h"
#include "vitrine/dsl_checks.h"
#include "vitrine/dsl_graph.h"
#include "vitrine/emit.h"
#include "vitrine/process.h"
#include "vitrine/topic.h"
#include "vitrine/window.h"

namespace vitrine {

template <class K, class V>
class Grouped;
template <class K, class V>
class Table;
template <class K, class V>
class History;
struct Within;
struct AtMostEvery;
struct UntilClosed;

template <class K, class V>
class Stream {
 public:
  Stream(Graph& graph, std::size_t node, bool rekeyed) : at_{graph, node, rekeyed} {}

  // A new value under the same key.
  template <class F>
  auto map(F f) const {
    static_assert(detail::kMapper<F, K, V>,
                  "vitrine: map(f): f must be callable as NewValue(const Value&) or NewValue(const "
                  "Key&, const "
                  "Value&) of this stream's types (a std::string arrives as std::string_view)");
    static_assert(detail::kSerdeableMapper<F, K, V>,
                  "vitrine: map(f): the type that f returns needs a Serde: add `auto fields()`");
    if constexpr (detail::kMapper<F, K, V> && detail::kSerdeableMapper<F, K, V>) {
      using U = nodes::OwnedResultOf<K, V, F>;
      return at_.template add<K, U>("map", {}, [f](Wiring& w) {
        return make_node<nodes::Map<K, V, U, F>>(f, w.below<K, U>());
      });
    } else {
      return detail::AlreadyReported{};
    }
  }

  // Keeps what f says true to.
  template <class F>
  auto filter(F f) const {
    static_assert(detail::kPredicate<F, K, V>,
                  "vitrine: filter(f): f must be callable as bool(const Value&) or bool(const "
                  "Key&, const Value&) "
                  "of this stream's types (a std::string arrives as std::string_view)");
    if constexpr (detail::kPredicate<F, K, V>) {
      return at_.template add<K, V>("filter", {}, [f](Wiring& w) {
        return make_node<nodes::Filter<K, V, F>>(f, w.below<K, V>());
      });
    } else {
      return detail::AlreadyReported{};
    }
  }

  // Any number of values of type U under the same key: f calls emit(u) for each.
  template <class U, class F>
  auto flat_map(F f) const {
    static_assert(Serdeable<U>, "vitrine: flat_map<U>(f): U needs a Serde: add `auto fields()`");
    static_assert(nodes::kTakes<F, K, V, Emit<U>&>,
                  "vitrine: flat_map<U>(f): f must be callable as void(const Value&, Emit<U>&) or "
                  "void(const Key&, "
                  "const Value&, Emit<U>&) of this stream's types (a std::string arrives as "
                  "std::string_view)");
    if constexpr (nodes::kTakes<F, K, V, Emit<U>&>) {
      return at_.template add<K, U>("flat_map", {}, [f](Wiring& w) {
        return make_node<nodes::FlatMap<K, V, U, F>>(f, w.below<K, U>());
      });
    } else {
      return detail::AlreadyReported{};
    }
  }

  // Looks at each record and passes it on. For counters and debugging; what f does is not undone.
  template <class F>
  auto peek(F f) const {
    static_assert(nodes::kTakes<F, K, V>,
                  "vitrine: peek(f): f must be callable as void(const Value&) or void(const Key&, "
                  "const Value&) of "
                  "this stream's types (a std::string arrives as std::string_view)");
    if constexpr (nodes::kTakes<F, K, V>) {
      return at_.template add<K, V>("peek", {}, [f](Wiring& w) {
        return make_node<nodes::Peek<K, V, F>>(f, w.below<K, V>());
      });
    } else {
      return detail::AlreadyReported{};
    }
  }

  // The same value under the key that f makes.
  template <class F>
  auto rekey(F f) const {
    static_assert(detail::kMapper<F, K, V>,
                  "vitrine: rekey(f): f must be callable as NewKey(const Value&) or NewKey(const "
                  "Key&, const Value&) "
                  "of this stream's types (a std::string arrives as std::string_view)");
    return rekeyed_by(f, "rekey");
  }
  template <class F>
  auto group_by(F f) const {
    static_assert(detail::kMapper<F, K, V>,
                  "vitrine: group_by(f): f must be callable as NewKey(const Value&) or "
                  "NewKey(const Key&, const "
                  "Value&) of this stream's types (a std::string arrives as std::string_view)");
    if constexpr (detail::kMapper<F, K, V> && detail::kSerdeableMapper<F, K, V>) {
      return Grouped<nodes::OwnedResultOf<K, V, F>, V>{rekeyed_by(f, "group_by")};
    } else {
      return rekeyed_by(f, "group_by");
    }
  }
  Grouped<K, V> group_by_key() const { return Grouped<K, V>{*this}; }

  // One stream for each predicate: a std::array, for `auto [a, b, rest] = …`. vitrine/branch.h.
  template <class... F>
  auto branch(F... f) const;
  // The records of this stream and of others of the same types, in the order they are worked on.
  template <class... Streams>
  auto merge(const Streams&... others) const;

  // The first record of each id in its key; more of it within the time are dropped:
  // vitrine/deduplicate.h.
  template <class F>
  auto deduplicate(const std::string& name, Duration within, F id,
                   AlarmClock clock = AlarmClock::Wall) const;
  template <class F>
  auto deduplicate(Duration, F) const {
    static_assert(detail::kNever<F>,
                  "vitrine: deduplicate(name, within, id): state is always named");
    return detail::AlreadyReported{};
  }

  // f(value, const Other*): null when the table has no such key. vitrine/lookup_join.h.
  template <class K2, class Other, class F>
  auto left_join(const Table<K2, Other>& table, F f) const;
  // f(value, const Other&); records without a partner are dropped.
  template <class K2, class Other, class F>
  auto join(const Table<K2, Other>& table, F f) const;
  // The same with what a topic's history held at the record's time: vitrine/history.h.
  template <class K2, class Other, class F>
  auto left_join(const History<K2, Other>& history, F f) const;
  template <class K2, class Other, class F>
  auto join(const History<K2, Other>& history, F f) const;

  // The same with a broadcast table, by the key that key(…) makes of the record:
  // vitrine/broadcast.h.
  template <class K2, class Other, class KeyOf, class F>
  auto left_join(const Broadcast<K2, Other>& table, KeyOf key, F f) const;
  template <class K2, class Other, class KeyOf, class F>
  auto join(const Broadcast<K2, Other>& table, KeyOf key, F f) const;
  template <class K2, class Other, class F>
  auto left_join(const Broadcast<K2, Other>&, F) const {
    static_assert(detail::kNever<F>,
                  "vitrine: left_join(broadcast, key, f): say which key of the table a record asks "
                  "for: a function of the record");
    return detail::AlreadyReported{};
  }
  template <class K2, class Other, class F>
  auto join(const Broadcast<K2, Other>&, F) const {
    static_assert(detail::kNever<F>,
                  "vitrine: join(broadcast, key, f): say which key of the table a record asks for: "
                  "a function of the record");
    return detail::AlreadyReported{};
  }

  // Asks outside for each record and goes on with the results, Called<Request, Answer>, when they
  // have come: vitrine/call.h. request(value) makes the request; id(value) may name the call.
  template <class Request, class Answer, class F>
  auto call(const Call<Request, Answer>& outside, F request) const;
  template <class Request, class Answer, class F, class IdOf>
  auto call(const Call<Request, Answer>& outside, F request, IdOf id) const;

  // With the records of another stream that have the same key and a time near to theirs, in the
  // state `name`: vitrine/join.h.
  template <class K2, class B, class F>
  auto join(const Stream<K2, B>& other, Within within, const std::string& name, F f) const;
  template <class K2, class B, class F>
  auto left_join(const Stream<K2, B>& other, Within within, const std::string& name, F f) const;
  template <class K2, class B, class F>
  auto outer_join(const Stream<K2, B>& other, Within within, const std::string& name, F f) const;

  // Fewer updates, in the state `name`: vitrine/suppress.h.
  Stream<K, V> suppress(AtMostEvery policy, const std::string& name) const;
  auto suppress(UntilClosed policy, const std::string& name) const;

  // factory(Stores&) makes a processor; `outputs` are the topics it emits to besides the stream.
  // Its timers are kept in the state "<name>.timers", where name defaults to that of its first
  // state.
  template <class F, class... TK, class... TV>
    requires(!detail::kName<F>)
  auto process(F factory, const Topic<TK, TV>&... outputs) const {
    return processed(std::string{}, factory, outputs...);
  }
  template <class F, class... TK, class... TV>
  auto process(std::string name, F factory, const Topic<TK, TV>&... outputs) const {
    return processed(std::move(name), factory, outputs...);
  }

  template <class K2, class V2>
  void to(const Topic<K2, V2>& topic) const {
    detail::write_to<false, K, V>(at_, topic);
  }

  const detail::Place& place() const { return at_; }

 private:
  template <class F>
  auto rekeyed_by(F f, const char* kind) const {
    static_assert(detail::kSerdeableMapper<F, K, V>, "vitrine: the new key's type needs a Serde");
    if constexpr (detail::kMapper<F, K, V> && detail::kSerdeableMapper<F, K, V>) {
      using K2 = nodes::OwnedResultOf<K, V, F>;
      auto out = at_.template add<K2, V>(kind, "(changes the key)", [f](Wiring& w) {
        return make_node<nodes::Rekey<K, V, K2, F>>(f, w.below<K2, V>());
      });
      return Stream<K2, V>{at_.graph, out.place().node, true};
    } else {
      return detail::AlreadyReported{};
    }
  }

  template <class F, class... Topics>
  auto processed(std::string name, F factory, const Topics&... outputs) const {
    static_assert(
        detail::kProcessorFactory<F, K, V>,
        "vitrine: process(factory): factory(Stores&) must return a processor with one member "
        "function "
        "on_record(const Key&, const Value&, Context<OutKey, OutValue>&) of this stream's types (a "
        "std::string arrives as std::string_view)");
    if constexpr (detail::kProcessorFactory<F, K, V>) {
      using P = std::invoke_result_t<F&, Stores&>;
      using C = nodes::ContextOf<P>;
      using N = nodes::Process<P, K, V, C>;
      NodeSpec spec{"process"};
      (spec.writes.push_back(detail::add_topic(at_.graph, outputs)), ...);
      spec.event_time = requires { requires P::uses_stream_time; };
      const std::string timers =
          detail::declare_processor(at_.graph, spec, name, N::kTimers,
                                    [&](Stores& stores) { static_cast<void>(factory(stores)); });
      auto at = at_.template by_key<K, V>(name.empty() ? "process" : name);
      return at.template add<typename C::OutKey, typename C::OutValue>(
          std::move(spec),
          [factory, timers](Wiring& w) mutable { return make_node<N>(timers, factory, w); });
    } else {
      return detail::AlreadyReported{};
    }
  }

  detail::Place at_;
};

}  // namespace vitrine
