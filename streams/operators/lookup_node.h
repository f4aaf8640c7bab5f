#pragma once
// The join with a table: by the record's own key, or by any key where the table is known whole.
#include <type_traits>
#include <utility>

#include "streams/operators/stateless_nodes.h"
#include "streams/store/typed_store.h"
#include "streams/topology/node.h"

namespace vitrine::nodes {

template <class K, class V>
struct OwnKey {
  const View<K>& operator()(const View<K>& key, const View<V>&) const { return key; }
};

// f(value, const Other*) with null when there is none; an inner join takes const Other& and skips.
template <class K, class V, class K2, class Other, class U, class KeyOf, class F, bool kLeft>
class LookUpJoin final : public Sink<K, V> {
 public:
  LookUpJoin(Store<K2, Other>& table, KeyOf key, F f, Below<K, U> below)
      : table_(table), key_(std::move(key)), f_(std::move(f)), below_(std::move(below)) {}
  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    auto&& asked = call<K, V>(key_, key, value);
    const Other* other = table_.find(asked);
    if constexpr (kLeft) {
      auto&& made = f_(value, other);
      below_.push(key, made, moment);
    } else if (other != nullptr) {
      auto&& made = f_(value, *other);
      below_.push(key, made, moment);
    }
  }

  // Of a record only its key is known ahead.
  bool expects() const override { return kByOwnKey; }
  void expect(const View<K>& key) override {
    if constexpr (kByOwnKey) table_.expect(key);
  }

 private:
  static constexpr bool kByOwnKey = std::is_same_v<KeyOf, OwnKey<K, V>>;

  Store<K2, Other>& table_;
  KeyOf key_;
  F f_;
  Below<K, U> below_;
};

}  // namespace vitrine::nodes
