#pragma once
// deduplicate: the first record of each (key, id) within a time goes on.
#include <string>
#include <utility>

#include "streams/operators/expiry.h"
#include "streams/operators/stateless_nodes.h"
#include "streams/store/typed_store.h"
#include "streams/topology/alarms.h"
#include "streams/topology/graph.h"

namespace vitrine::nodes {

struct DedupOptions {
  std::string name;
  Duration within{};
  AlarmClock clock = AlarmClock::Wall;
};

// Which (key, id) were seen, and when first. Memory: about 150 bytes an id, for the alarm that
// forgets it.
class SeenIds final : public AlarmOwner {
 public:
  SeenIds(DedupOptions options, Wiring& wiring);
  // False when it was seen less than `within` ago.
  bool first_time(BytesView key, BytesView id, const Moment& moment);

  void fire(AlarmClock clock, const Alarm& alarm, const Moment& moment) override;
  Bytes discard(AlarmClock clock, const Alarm& alarm) override;
  void restored() override;

 private:
  const DedupOptions options_;
  Store<std::string, Time>& seen_;  // by key and id
  const StreamTime& time_;
  Alarms alarms_;
  Bytes row_;  // scratch
};

template <class K, class V, class F>
class Deduplicate final : public Sink<K, V> {
 public:
  Deduplicate(DedupOptions options, F id, Wiring& wiring)
      : seen_(std::move(options), wiring), id_(std::move(id)), below_(wiring.below<K, V>()) {}
  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    using Id = OwnedResultOf<K, V, F>;
    key_bytes_.clear();
    id_bytes_.clear();
    Serde<K>::encode(key, key_bytes_);
    Serde<Id>::encode(call<K, V>(id_, key, value), id_bytes_);
    if (seen_.first_time(key_bytes_, id_bytes_, moment)) below_.push(key, value, moment);
  }

 private:
  SeenIds seen_;
  F id_;
  Below<K, V> below_;
  Bytes key_bytes_, id_bytes_;
};

}  // namespace vitrine::nodes
