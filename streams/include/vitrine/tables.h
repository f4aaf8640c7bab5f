#pragma once
// reduce, and tables under another key. Included by vitrine/app.h.
//
//   app.table(products)                                       // sku -> Product
//      .group_by([](const Product& p) { return p.shelf; })
//      .aggregate("shelf-value", Money{}, add, subtract)      // shelf -> Money, always right
//
// When a row changes, its former value is subtracted and the new one added, in its old and its new
// group; when it is removed, it is subtracted. A group whose last row has gone is told so (with
// what subtracting left) and then forgotten.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "streams/operators/table_nodes.h"
#include "vitrine/grouped.h"

namespace vitrine {

// The rows of a table by the key that f makes of each: what Table::group_by(f) gives.
// State: "<name>" one aggregate a group, "<name>.sizes" its number of rows, and "<name>.rows" a
// copy of each row of the table with its group.
template <class K, class V, class F>
class GroupedTable {
 public:
  using G = nodes::OwnedResultOf<K, V, F>;
  GroupedTable(detail::Place at, F f) : at_(at), f_(std::move(f)) {}

  // add(A&, value) and subtract(A&, value), each also as (A&, group key, value). What add put in,
  // subtract must take out.
  template <class A, class Add, class Subtract>
  auto aggregate(const std::string& name, A init, Add add, Subtract subtract) const {
    constexpr bool kFit =
        detail::kAggregator<Add, A, G, V> && detail::kAggregator<Subtract, A, G, V>;
    static_assert(Serdeable<A>,
                  "vitrine: aggregate(name, init, add, subtract): the aggregate's type needs a "
                  "Serde: add `auto fields()`");
    static_assert(kFit,
                  "vitrine: aggregate(name, init, add, subtract) of a table: add and subtract must "
                  "be callable as void(Aggregate&, const Value&) or void(Aggregate&, const Key&, "
                  "const Value&) (a std::string arrives as std::string_view)");
    if constexpr (Serdeable<A> && kFit) {
      return make(name, "aggregate", std::move(init), std::move(add), std::move(subtract));
    } else {
      return detail::AlreadyReported{};
    }
  }
  template <class A, class Add>
  auto aggregate(const std::string&, A, Add) const {
    static_assert(detail::kNever<A>,
                  "vitrine: aggregate(name, init, add, subtract) of a table: rows change, so say "
                  "also how to take a row's former value out: subtract");
    return detail::AlreadyReported{};
  }

  // How many rows each group has now.
  Table<G, std::uint64_t> count(const std::string& name) const {
    return make(
        name, "count", std::uint64_t{0}, [](std::uint64_t& n, const View<V>&) { ++n; },
        [](std::uint64_t& n, const View<V>&) { --n; });
  }

 private:
  template <class A, class Add, class Subtract>
  Table<G, A> make(const std::string& name, const char* kind, A init, Add add,
                   Subtract subtract) const {
    using Change = nodes::RowChange<V>;
    using Row = nodes::GroupedRow<G, V>;
    const std::string rows = name + ".rows", sizes = name + ".sizes";
    NodeSpec regroup{"group_by"};
    regroup.detail = "(changes the key)";
    regroup.keep(detail::state_of<K, Row>(rows));
    const auto changes = at_.template add<G, Change>(std::move(regroup), [rows, f = f_](Wiring& w) {
      return make_node<nodes::Regroup<K, V, G, F>>(w.stores().keyed<K, Row>(rows), f,
                                                   w.below<G, Change>());
    });
    const auto at =
        detail::Place{at_.graph, changes.place().node, true}.template by_key<G, Change>(name);
    NodeSpec spec{kind};
    spec.keep(detail::state_of<G, A>(name));
    spec.keep(detail::state_of<G, std::uint64_t>(sizes));
    return {at.template add<G, A>(
                std::move(spec),
                [name, sizes, init, add, subtract](Wiring& w) {
                  return make_node<nodes::AggregateRows<G, V, A, Add, Subtract>>(
                      w.stores().keyed<G, A>(name), w.stores().keyed<G, std::uint64_t>(sizes), init,
                      add, subtract, w.below<G, A>());
                }),
            name};
  }

  detail::Place at_;
  F f_;
};

template <class K, class V>
template <class F>
auto Table<K, V>::group_by(F f) const {
  static_assert(detail::kMapper<F, K, V>,
                "vitrine: group_by(f): f must be callable as NewKey(const Value&) or NewKey(const "
                "Key&, const Value&) of this table's types (a std::string arrives as "
                "std::string_view)");
  static_assert(detail::kSerdeableMapper<F, K, V>, "vitrine: the new key's type needs a Serde");
  if constexpr (detail::kMapper<F, K, V> && detail::kSerdeableMapper<F, K, V>) {
    return GroupedTable<K, V, F>{changes_.place(), std::move(f)};
  } else {
    return detail::AlreadyReported{};
  }
}

template <class K, class V>
Table<K, V> Table<K, V>::ttl(Duration after, AlarmClock clock) const {
  const detail::Place& at = changes_.place();
  NodeSpec spec{"ttl"};
  detail::bound_by_time(at.graph, spec, "the ttl of table \"" + state_ + "\"", after, clock);
  spec.keep(nodes::Expiry::spec(state_));
  spec.joins = {state_};
  detail::add_dead_letter_topic(at.graph, spec, nodes::Expiry::state_of(state_));
  return {
      at.template add<K, V>(
          std::move(spec),
          [state = state_, after, clock](Wiring& w) {
            return make_node<nodes::ExpireRows<K, V>>(state, nodes::Ttl{after, clock}, w);
          }),
      state_};
}

template <class K, class V>
template <class F>
auto Grouped<K, V>::reduce(const std::string& name, F f) const {
  static_assert(detail::kAggregator<F, V, K, V>,
                "vitrine: reduce(name, f): f must be callable as void(Value& total, const Value&) "
                "or void(Value& total, const Key&, const Value&) (a std::string arrives as "
                "std::string_view, the total as std::string&)");
  if constexpr (detail::kAggregator<F, V, K, V>) {
    NodeSpec spec{"reduce"};
    spec.keep(detail::state_of<K, V>(name));
    return Table<K, V>{at_.template by_key<K, V>(name).template add<K, V>(
                           std::move(spec),
                           [name, f](Wiring& w) {
                             return make_node<nodes::Reduce<K, V, F>>(
                                 w.stores().keyed<K, V>(name), f, w.below<K, V>());
                           }),
                       name};
  } else {
    return detail::AlreadyReported{};
  }
}

}  // namespace vitrine
