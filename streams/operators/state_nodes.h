#pragma once
// count, aggregate and table: nodes with one value a key.
#include <string>
#include <utility>

#include "streams/operators/bytes_nodes.h"
#include "streams/operators/stateless_nodes.h"
#include "streams/store/typed_store.h"
#include "streams/topology/graph.h"

namespace vitrine::nodes {

template <class K, class V>
class Count final : public Sink<K, V> {
 public:
  Count(Store<K, std::uint64_t>& store, Below<K, std::uint64_t> below)
      : store_(store), below_(std::move(below)) {}
  void push(const View<K>& key, const View<V>&, const Moment& moment) override {
    below_.push(key, ++store_.upsert(key), moment);
  }
  bool expects() const override { return true; }
  void expect(const View<K>& key) override { store_.expect(key); }

 private:
  Store<K, std::uint64_t>& store_;
  Below<K, std::uint64_t> below_;
};

// f(aggregate&, value) or f(aggregate&, key, value).
template <class A, class K, class V, class F>
void apply(F& f, A& aggregate, const View<K>& key, const View<V>& value) {
  if constexpr (std::is_invocable_v<F&, A&, const View<V>&>) {
    f(aggregate, value);
  } else {
    f(aggregate, key, value);
  }
}

template <class K, class V, class A, class F>
class Aggregate final : public Sink<K, V> {
 public:
  Aggregate(Store<K, A>& store, A init, F f, Below<K, A> below)
      : store_(store), init_(std::move(init)), f_(std::move(f)), below_(std::move(below)) {}
  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    A& aggregate = store_.upsert(key, init_);
    apply<A, K, V>(f_, aggregate, key, value);
    below_.push(key, aggregate, moment);
  }
  bool expects() const override { return true; }
  void expect(const View<K>& key) override { store_.expect(key); }

 private:
  Store<K, A>& store_;
  A init_;
  F f_;
  Below<K, A> below_;
};

// A topic read as a table: the last value of each key. An empty value removes the key.
template <class K, class V>
class TableSource final : public Node, public BytesSink {
 public:
  TableSource(std::string topic, Store<K, V>& store, Below<K, V> below)
      : topic_(std::move(topic)), store_(store), below_(std::move(below)) {}
  BytesSink* bytes_sink() override { return this; }
  void feed(const RecordView& record, const Moment& moment) override {
    View<K> key{};
    if (record.value.empty()) {
      if (!Serde<K>::decode(record.key, key)) throw_undecodable(topic_, "key", Serde<K>::name);
      if (!store_.contains(key)) return;
      store_.erase(key);
      below_.removed(key, moment);
      return;
    }
    View<V> value{};
    decode_into<K, V>(topic_, record, key, value);
    store_.put(key, Serde<V>::own(value));
    below_.push(key, value, moment);
  }
  bool expects() const override { return true; }
  void expect(const RecordView& record) override {
    View<K> key{};
    if (Serde<K>::decode(record.key, key)) store_.expect(key);
  }

 private:
  std::string topic_;
  Store<K, V>& store_;
  Below<K, V> below_;
};

}  // namespace vitrine::nodes
