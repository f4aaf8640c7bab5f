#pragma once
// What grouping leads to: counts, aggregates, windows, and tables. Included by vitrine/app.h.
#include <string>
#include <utility>

#include "vitrine/stream.h"
#include "vitrine/window_stage.h"

namespace vitrine {

// What top_k keeps of each key.
struct TopK {
  std::size_t k = 10;
  // How many it remembers, to fill up from when a score falls; 0: k.
  std::size_t candidates = 0;
};

// The latest value per key, and the stream of its changes.
template <class K, class V>
class Table {
 public:
  Table(Stream<K, V> changes, std::string state)
      : changes_(std::move(changes)), state_(std::move(state)) {}

  // Every change, as a stream.
  Stream<K, V> stream() const { return changes_; }
  template <class F>
  auto map(F f) const {
    return changes_.map(std::move(f));
  }
  template <class F>
  auto filter(F f) const {
    return changes_.filter(std::move(f));
  }
  // Every change. A row that is removed is written as an empty value, as app.table() reads it.
  template <class K2, class V2>
  void to(const Topic<K2, V2>& topic) const {
    detail::write_to<true, K, V>(changes_.place(), topic);
  }
  // With another table's rows of the same key, as a table in the state `name`:
  // vitrine/table_join.h.
  template <class K2, class B, class F>
  auto join(const Table<K2, B>& other, const std::string& name, F f) const;
  template <class K2, class B, class F>
  auto left_join(const Table<K2, B>& other, const std::string& name, F f) const;
  template <class K2, class B, class F>
  auto outer_join(const Table<K2, B>& other, const std::string& name, F f) const;
  // With the row of another table that each row refers to by a key it holds: a table in the state
  // `name`: vitrine/foreign_join.h.
  template <class K2, class B, class KeyOf, class F>
  auto join(const Table<K2, B>& other, KeyOf key, const std::string& name, F f) const;
  template <class K2, class B, class KeyOf, class F>
  auto left_join(const Table<K2, B>& other, KeyOf key, const std::string& name, F f) const;
  template <class K2, class B, class KeyOf, class F>
    requires(!detail::kName<KeyOf>)
  auto join(const Table<K2, B>&, KeyOf, F) const {
    static_assert(detail::kNever<F>, "vitrine: join(table, key, name, f): state is always named");
    return detail::AlreadyReported{};
  }
  template <class K2, class B, class KeyOf, class F>
    requires(!detail::kName<KeyOf>)
  auto left_join(const Table<K2, B>&, KeyOf, F) const {
    static_assert(detail::kNever<F>,
                  "vitrine: left_join(table, key, name, f): state is always named");
    return detail::AlreadyReported{};
  }
  template <class K2, class B, class F>
  auto join(const Table<K2, B>&, F) const {
    static_assert(detail::kNever<F>, "vitrine: join(table, name, f): state is always named");
    return detail::AlreadyReported{};
  }
  template <class K2, class B, class F>
  auto left_join(const Table<K2, B>&, F) const {
    static_assert(detail::kNever<F>, "vitrine: left_join(table, name, f): state is always named");
    return detail::AlreadyReported{};
  }
  // The rows under another key, for aggregates that take back a row's former part in them:
  // vitrine/tables.h.
  template <class F>
  auto group_by(F f) const;
  // The same table, whose rows go by themselves when they were not changed for this long: at least
  // that, at most a sixteenth more. What is made from the table it gives hears of it.
  Table ttl(Duration after, AlarmClock clock = AlarmClock::Wall) const;
  const std::string& state() const { return state_; }

 private:
  Stream<K, V> changes_;
  std::string state_;
};

template <class K, class V>
class Grouped {
 public:
  explicit Grouped(Stream<K, V> stream) : at_(stream.place()) {}

  // The running count per key.
  Table<K, std::uint64_t> count(const std::string& name) const {
    auto at = at_.template by_key<K, V>(name);
    NodeSpec spec{"count"};
    spec.keep(detail::state_of<K, std::uint64_t>(name));
    return {at.template add<K, std::uint64_t>(std::move(spec),
                                              [name](Wiring& w) {
                                                return make_node<nodes::Count<K, V>>(
                                                    w.stores().keyed<K, std::uint64_t>(name),
                                                    w.below<K, std::uint64_t>());
                                              }),
            name};
  }
  template <class Never = void>
  auto count() const {
    static_assert(detail::kNever<Never>,
                  "vitrine: count(name): state is always named, e.g. .count(\"orders-by-show\")");
    return detail::AlreadyReported{};
  }

  // f(A& aggregate, value) or f(A& aggregate, key, value) changes the key's aggregate, which begins
  // as init.
  template <class A, class F>
  auto aggregate(const std::string& name, A init, F f) const {
    static_assert(Serdeable<A>,
                  "vitrine: aggregate(name, init, f): the aggregate's type needs a Serde: add "
                  "`auto fields()`");
    static_assert(
        detail::kAggregator<F, A, K, V>,
        "vitrine: aggregate(name, init, f): f must be callable as void(Aggregate&, const Value&) "
        "or "
        "void(Aggregate&, const Key&, const Value&) (a std::string arrives as std::string_view)");
    if constexpr (Serdeable<A> && detail::kAggregator<F, A, K, V>) {
      auto at = at_.template by_key<K, V>(name);
      NodeSpec spec{"aggregate"};
      spec.keep(detail::state_of<K, A>(name));
      return Table<K, A>{
          at.template add<K, A>(std::move(spec),
                                [name, init, f](Wiring& w) {
                                  return make_node<nodes::Aggregate<K, V, A, F>>(
                                      w.stores().keyed<K, A>(name), init, f, w.below<K, A>());
                                }),
          name};
    } else {
      return detail::AlreadyReported{};
    }
  }
  template <class A, class F>
  auto aggregate(const A&, F) const {
    static_assert(detail::kNever<A>, "vitrine: aggregate(name, init, f): state is always named");
    return detail::AlreadyReported{};
  }

  // An aggregate of the values' own type: the first value as it is, then f(V& total, value) or
  // f(V& total, key, value) for each further one.
  template <class F>
  auto reduce(const std::string& name, F f) const;
  template <class F>
  auto reduce(F) const {
    static_assert(detail::kNever<F>, "vitrine: reduce(name, f): state is always named");
    return detail::AlreadyReported{};
  }

  // The k best values of each key: vitrine/top_k.h.
  template <class IdOf, class ScoreOf>
  auto top_k(const std::string& name, TopK top, IdOf id, ScoreOf score) const;
  template <class IdOf, class ScoreOf>
  auto top_k(TopK, IdOf, ScoreOf) const {
    static_assert(detail::kNever<IdOf>,
                  "vitrine: top_k(name, top, id, score): state is always named");
    return detail::AlreadyReported{};
  }

  // One aggregate per key and window. Goes on with .emit(…) only. All but tumbling windows are put
  // together from parts: merge(A& earlier, const A& later), for which init is neutral.
  template <class A, class F>
  auto window(Tumbling tumbling, const std::string& name, A init, F f) const {
    if constexpr (aggregates<A, F>()) {
      return detail::window_stage<K, V, A, F>(at_, name, tumbling, init, f);
    } else {
      return detail::AlreadyReported{};
    }
  }
  template <class A, class F, class M>
  auto window(Hopping hopping, const std::string& name, A init, F f, M merge) const {
    if constexpr (aggregates<A, F>() && merges<A, M>()) {
      return detail::window_stage<K, V, A, F, M>(at_, name, hopping, init, f, merge);
    } else {
      return detail::AlreadyReported{};
    }
  }
  template <class A, class F, class M>
  auto window(Session session, const std::string& name, A init, F f, M merge) const {
    if constexpr (aggregates<A, F>() && merges<A, M>()) {
      return detail::window_stage<K, V, A, F, M>(at_, name, session, init, f, merge);
    } else {
      return detail::AlreadyReported{};
    }
  }

  template <class A, class F, class M>
  auto window(Sliding sliding, const std::string& name, A init, F f, M merge) const {
    if constexpr (aggregates<A, F>() && merges<A, M>()) {
      return detail::window_stage<K, V, A, F, M>(at_, name, sliding, init, f, merge);
    } else {
      return detail::AlreadyReported{};
    }
  }

  template <class A, class F>
  auto window(Tumbling, const A&, F) const {
    static_assert(detail::kNever<A>,
                  "vitrine: window(tumbling, name, init, f): state is always named");
    return detail::AlreadyReported{};
  }
  template <class Shape, class A, class F>
    requires(!std::is_same_v<Shape, Tumbling>)
  auto window(Shape, const std::string&, const A&, F) const {
    static_assert(detail::kNever<A>,
                  "vitrine: window(window, name, init, f, merge): such windows are put together "
                  "from parts: say how by merge(Aggregate&, const Aggregate&)");
    return detail::AlreadyReported{};
  }
  template <class Shape, class A, class F, class M>
    requires(!std::is_same_v<Shape, Tumbling> && !detail::kName<A>)
  auto window(Shape, const A&, F, M) const {
    static_assert(detail::kNever<A>,
                  "vitrine: window(window, name, init, f, merge): state is always named");
    return detail::AlreadyReported{};
  }

 private:
  template <class A, class F>
  static constexpr bool aggregates() {
    static_assert(Serdeable<A>,
                  "vitrine: window(window, name, init, f): the aggregate's type needs a Serde: add "
                  "`auto fields()`");
    static_assert(
        detail::kAggregator<F, A, K, V>,
        "vitrine: window(window, name, init, f): f must be callable as void(Aggregate&, const "
        "Value&) or "
        "void(Aggregate&, const Key&, const Value&) (a std::string arrives as std::string_view)");
    return Serdeable<A> && detail::kAggregator<F, A, K, V>;
  }
  template <class A, class M>
  static constexpr bool merges() {
    static_assert(detail::kMerger<M, A>,
                  "vitrine: window(window, name, init, f, merge): merge must be callable as "
                  "void(Aggregate& earlier, const Aggregate& later)");
    return detail::kMerger<M, A>;
  }

  detail::Place at_;
};

}  // namespace vitrine
