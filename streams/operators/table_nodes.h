#pragma once
// reduce, and the rows of a table counted under another key.
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "streams/operators/state_nodes.h"
#include "streams/operators/stateless_nodes.h"
#include "streams/store/typed_store.h"

namespace vitrine::nodes {

template <class K, class V, class F>
class Reduce final : public Sink<K, V> {
 public:
  Reduce(Store<K, V>& store, F f, Below<K, V> below)
      : store_(store), f_(std::move(f)), below_(std::move(below)) {}
  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    if (!store_.contains(key)) {
      store_.put(key, Serde<V>::own(value));
      return below_.push(key, value, moment);
    }
    V& total = store_.upsert(key);
    apply<V, K, V>(f_, total, key, value);
    below_.push(key, total, moment);
  }
  bool expects() const override { return true; }
  void expect(const View<K>& key) override { store_.expect(key); }

 private:
  Store<K, V>& store_;
  F f_;
  Below<K, V> below_;
};

// What became of a row, as its group is told.
template <class V>
struct RowChange {
  std::optional<V> before, after;
  auto fields() { return std::tie(before, after); }
};

// A row with the group it was counted in.
template <class G, class V>
struct GroupedRow {
  G group{};
  V value{};
  auto fields() { return std::tie(group, value); }
};

// Tells groups about their rows. It keeps a copy of each row with its group: so what is taken back
// is exactly what was put in, also when f or the rows were there before this node was.
template <class K, class V, class G, class F>
class Regroup final : public Sink<K, V> {
 public:
  using Row = GroupedRow<G, V>;
  Regroup(Store<K, Row>& rows, F f, Below<G, RowChange<V>> below)
      : rows_(rows), f_(std::move(f)), below_(std::move(below)) {}

  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    Row row{own_group(call<K, V>(f_, key, value)), Serde<V>::own(value)};
    RowChange<V> change{std::nullopt, row.value};
    if (const Row* known = rows_.find(key)) {
      if (encoded(known->group) == encoded(row.group)) {
        change.before = known->value;  // one group: it hears of it once
      } else {
        below_.push(known->group, {known->value, std::nullopt}, moment);
      }
    }
    below_.push(row.group, change, moment);
    rows_.put(key, std::move(row));
  }

  void removed(const View<K>& key, const Moment& moment) override {
    const Row* known = rows_.find(key);
    if (known == nullptr) return;
    below_.push(known->group, {known->value, std::nullopt}, moment);
    rows_.erase(key);
  }

 private:
  static G own_group(const View<G>& group) { return Serde<G>::own(group); }
  Store<K, Row>& rows_;
  F f_;
  Below<G, RowChange<V>> below_;
};

// One aggregate a group. A group without rows is told once more, then forgotten.
template <class G, class V, class A, class Add, class Subtract>
class AggregateRows final : public Sink<G, RowChange<V>> {
 public:
  AggregateRows(Store<G, A>& store, Store<G, std::uint64_t>& sizes, A init, Add add,
                Subtract subtract, Below<G, A> below)
      : store_(store),
        sizes_(sizes),
        init_(std::move(init)),
        add_(std::move(add)),
        subtract_(std::move(subtract)),
        below_(std::move(below)) {}

  void push(const View<G>& group, const View<RowChange<V>>& change, const Moment& moment) override {
    A& aggregate = store_.upsert(group, init_);
    std::uint64_t& rows = sizes_.upsert(group);
    if (change.before) {
      apply<A, G, V>(subtract_, aggregate, group, *change.before);
      --rows;
    }
    if (change.after) {
      apply<A, G, V>(add_, aggregate, group, *change.after);
      ++rows;
    }
    below_.push(group, aggregate, moment);
    if (rows > 0) return;
    store_.erase(group);
    sizes_.erase(group);
    below_.removed(group, moment);
  }

 private:
  Store<G, A>& store_;
  Store<G, std::uint64_t>& sizes_;
  A init_;
  Add add_;
  Subtract subtract_;
  Below<G, A> below_;
};

}  // namespace vitrine::nodes
