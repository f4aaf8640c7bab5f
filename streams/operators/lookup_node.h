#pragma once
// The join of a stream with a table: by the record's own key, by any key where the table is known
// whole, or with what the table held at the record's time.
#include <memory>
#include <utility>

#include "streams/operators/history_node.h"
#include "streams/operators/join_kind.h"
#include "streams/store/typed_store.h"

namespace vitrine::nodes {

// Where a join finds a record's row: find() gives null when there is none. kAhead: of a record only
// its key is known ahead, and that is enough.
template <class K, class V, class Other>
struct ByOwnKey {
  using Row = Other;
  static constexpr bool kAhead = true;
  Store<K, Other>& table;
  const Other* find(const View<K>& key, const View<V>&, const Moment&) { return table.find(key); }
  void expect(const View<K>& key) { table.expect(key); }
};

template <class K, class V, class K2, class Other, class KeyOf>
struct ByKeyOf {
  using Row = Other;
  static constexpr bool kAhead = false;
  Store<K2, Other>& table;
  KeyOf key_of;
  const Other* find(const View<K>& key, const View<V>& value, const Moment&) {
    return table.find(call<K, V>(key_of, key, value));
  }
  void expect(const View<K>&) {}
};

template <class K, class V, class Other>
struct AsOf {
  using Row = Other;
  static constexpr bool kAhead = true;
  std::shared_ptr<Versions<K, Other>> versions;
  const Other* find(const View<K>& key, const View<V>&, const Moment& moment) {
    return versions->at(key, moment.timestamp);
  }
  void expect(const View<K>& key) { versions->expect(key); }
};

// An inner join passes records without a row over.
template <class K, class V, class Finder, class U, class F, JoinKind kKind>
class LookUpJoin final : public Sink<K, V> {
 public:
  LookUpJoin(Finder finder, F f, Below<K, U> below)
      : finder_(std::move(finder)), f_(std::move(f)), below_(std::move(below)) {}
  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    const auto* other = finder_.find(key, value, moment);
    if constexpr (kKind == JoinKind::Left) {
      auto&& made = f_(value, other);
      below_.push(key, made, moment);
    } else if (other != nullptr) {
      auto&& made = f_(value, *other);
      below_.push(key, made, moment);
    }
  }
  bool expects() const override { return Finder::kAhead; }
  void expect(const View<K>& key) override { finder_.expect(key); }

 private:
  Finder finder_;
  F f_;
  Below<K, U> below_;
};

}  // namespace vitrine::nodes
