#pragma once
// Broadcast<K, V>: a small table that every task knows whole, so that a record may ask for any key.
//
//   auto rates = app.broadcast(exchange_rates);                        // currency -> Rate
//   app.stream(orders).join(rates, [](const Order& o) { return o.currency; }, in_euro).to(…);
//
//   struct Screen {                                                    // and in a processor:
//     explicit Screen(Stores& stores, const Broadcast<std::string, Rule>& rules)
//         : rules(stores.lookup(rules)) {}
//     Lookup<std::string, Rule> rules;
//   };
//
// An empty value removes its key. The stream keeps its key and makes no hop: for tables of rules,
// models, prices, of up to some hundred thousand rows. A record sees what was broadcast before it
// in the order of processing.
//
// Several shards: a copy stands in each shard's own state, addressed by shard and not by virtual
// partition, and each shard reads all partitions of the topic (Topology::everywhere). Shards may
// see a change between different records of theirs; each step says how far it had read, so replay
// is the same.
#include <string>
#include <utility>

#include "streams/store/typed_store.h"
#include "vitrine/serde.h"

namespace vitrine {

template <class K, class V>
class Broadcast {
 public:
  explicit Broadcast(std::string state) : state_(std::move(state)) {}
  const std::string& state() const { return state_; }  // named like the topic

 private:
  std::string state_;
};

// A broadcast table as a processor reads it. Pointers are valid until the record is done.
template <class K, class V>
class Lookup {
 public:
  explicit Lookup(Store<K, V>& store) : store_(&store) {}
  const V* find(const View<K>& key) const { return store_->find(key); }
  bool contains(const View<K>& key) const { return store_->contains(key); }
  // All of it, in the order of the encoded keys. Costs a scan of the whole table.
  template <class Visit>
  void for_each(Visit&& visit) const {
    store_->for_each(std::forward<Visit>(visit));
  }

 private:
  Store<K, V>* store_;
};

}  // namespace vitrine
