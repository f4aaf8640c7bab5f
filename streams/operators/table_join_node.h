#pragma once
// The join of two tables by the same key: a table again, in a state of its own.
//
// Both sides stand in this task, in their states. A change of either side works out the key's row
// anew from what they hold now, so that it does not matter which side changed or in which order; a
// row that neither side asks for any more is removed. Threads: the task's only. Cost of a change:
// two look-ups and a row.
#include <string>
#include <utility>

#include "streams/operators/join_kind.h"
#include "streams/store/typed_store.h"
#include "streams/topology/graph.h"

namespace vitrine::nodes {

// The rows that a join of tables makes, in its state: each follows the rows it is made of.
template <class K, class A, class B, class U, class F, JoinKind kKind>
class JoinedRows {
 public:
  JoinedRows(const std::string& state, F f, Wiring& wiring)
      : rows_(wiring.stores().keyed<K, U>(state)),
        f_(std::move(f)),
        below_(wiring.below<K, U>()) {}

  // Of a key whose sides hold this now; null: nothing.
  void follow(const View<K>& key, const A* left, const B* right, const Moment& moment) {
    if (asked_for(left, right)) {
      U& row = rows_.upsert(key);
      row = call_joiner<kKind>(f_, left, right);
      below_.push(key, row, moment);
    } else if (rows_.contains(key)) {
      rows_.erase(key);
      below_.removed(key, moment);
    }
  }
  void expect(const View<K>& key) { rows_.expect(key); }

 private:
  static bool asked_for(const A* left, const B* right) {
    if constexpr (kKind == JoinKind::Inner) return left != nullptr && right != nullptr;
    if constexpr (kKind == JoinKind::Left) return left != nullptr;
    return left != nullptr || right != nullptr;
  }

  Store<K, U>& rows_;
  F f_;
  Below<K, U> below_;
};

struct TableJoinStates {
  std::string joined, left, right;
};

template <class K, class A, class B, class U, class F, JoinKind kKind>
class TableJoin final : public Node {
 public:
  TableJoin(const TableJoinStates& names, F f, Wiring& wiring)
      : rows_(names.joined, std::move(f), wiring),
        left_(wiring.stores().keyed<K, A>(names.left)),
        right_(wiring.stores().keyed<K, B>(names.right)) {}

  void changed(const View<K>& key, const Moment& moment) {
    rows_.follow(key, left_.find(key), right_.find(key), moment);
  }
  void expect(const View<K>& key) {
    rows_.expect(key);
    left_.expect(key);
    right_.expect(key);
  }

 private:
  JoinedRows<K, A, B, U, F, kKind> rows_;
  Store<K, A>& left_;
  Store<K, B>& right_;
};

// Stands right below one of the tables.
template <class J, class K, class V>
class TablePort final : public Sink<K, V> {
 public:
  using Join = J;
  explicit TablePort(Join& join) : join_(join) {}
  void push(const View<K>& key, const View<V>&, const Moment& moment) override {
    join_.changed(key, moment);
  }
  void removed(const View<K>& key, const Moment& moment) override { join_.changed(key, moment); }
  bool expects() const override { return true; }
  void expect(const View<K>& key) override { join_.expect(key); }

 private:
  Join& join_;
};

}  // namespace vitrine::nodes
