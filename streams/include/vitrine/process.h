#pragma once
// Full control: a processor has named state, persistent keyed timers, and says itself what it
// emits.
//
//   struct CartReminder {
//     explicit CartReminder(Stores& stores) : last_seen{stores.keyed<Time>("cart-last-seen")} {}
//     void on_record(std::string_view user, const CartEvent&, Context<std::string, Reminder>&);
//     void on_timer(std::string_view user, Time due, Context<std::string, Reminder>&);
//     Keyed<Time> last_seen;
//   };
//   app.stream(carts).process([](Stores& s) { return CartReminder{s}; }).to(reminders);
//
// A processor may throw: what the record changed and emitted is undone and the record goes to
// "<topic>.dlq"; a timer's to "<timers>.dlq". All it remembers must be in its stores: members
// are forgotten by a restart and not undone.
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "streams/operators/expiry.h"
#include "streams/operators/timer_table.h"
#include "streams/store/typed_store.h"
#include "streams/topology/graph.h"
#include "vitrine/broadcast.h"
#include "vitrine/topic.h"
#include "vitrine/ttl.h"
#include "vitrine/upgrades.h"

namespace vitrine {

namespace detail {
template <class K, class V>
struct KeyedTypes {
  using Key = K;
  using Value = V;
};
template <class V>
struct KeyedTypes<V, void> {
  using Key = std::string;
  using Value = V;
};

// The encoded key: a string's bytes are itself.
template <class K>
auto key_bytes(const View<K>& key) {
  if constexpr (std::is_same_v<K, std::string>) {
    return BytesView(key);
  } else {
    Bytes out;
    Serde<K>::encode(key, out);
    return out;
  }
}
}  // namespace detail

class Stores;

// A processor's state: Keyed<V> by string, Keyed<K, V> by K. A handle; copy it freely. Pointers and
// references it returns are valid until the record (or timer) is done.
//
// With stores.keyed<V>("name").ttl(30min) a row goes by itself when it was not changed for that
// long: at least that, at most a sixteenth more; by wall_time, or by stream_time. The times stand
// in the state "<name>.ttl". Only changes through the handle that ttl() gave count.
template <class A, class B = void>
class Keyed {
 public:
  using K = typename detail::KeyedTypes<A, B>::Key;
  using V = typename detail::KeyedTypes<A, B>::Value;
  explicit Keyed(Store<K, V>& store, Stores* stores = nullptr) : store_(&store), stores_(stores) {}

  // For the processor's constructor.
  Keyed ttl(Duration after, AlarmClock clock = AlarmClock::Wall) const;

  const V* find(const View<K>& key) const { return store_->find(key); }
  bool contains(const View<K>& key) const { return store_->contains(key); }
  // The value to change; `init` when the key has none.
  V& upsert(const View<K>& key, const V& init = V{}) {
    if (expiry_ != nullptr) expiry_->touch(detail::key_bytes<K>(key));
    return store_->upsert(key, init);
  }
  void put(const View<K>& key, V value) {
    if (expiry_ != nullptr) expiry_->touch(detail::key_bytes<K>(key));
    store_->put(key, std::move(value));
  }
  void erase(const View<K>& key) {
    if (expiry_ != nullptr) expiry_->forget(detail::key_bytes<K>(key));
    store_->erase(key);
  }
  // All of it, in the order of the encoded keys. Reads the whole store: for rebuilding, not for
  // records.
  template <class Visit>
  void for_each(Visit&& visit) const {
    store_->for_each(std::forward<Visit>(visit));
  }

 private:
  Store<K, V>* store_;
  Stores* stores_;
  nodes::Expiry* expiry_ = nullptr;
};

// Hands a processor its state, by name.
class Stores {
 public:
  // Without wiring: to learn what is declared.
  explicit Stores(StoreSet& set, Wiring* wiring = nullptr) : set_(set), wiring_(wiring) {}
  template <class V>
  Keyed<V> keyed(std::string_view name) {
    return Keyed<V>{make<std::string, V>(name), this};
  }
  template <class K, class V>
  Keyed<K, V> keyed(std::string_view name) {
    return Keyed<K, V>{make<K, V>(name), this};
  }

  // A broadcast table, to be read.
  template <class K, class V>
  Lookup<K, V> lookup(const Broadcast<K, V>& table) {
    read_.push_back(table.state());
    return Lookup<K, V>{set_.keyed<K, V>(table.state())};
  }

  // For the library.
  const std::vector<std::string>& read() const { return read_; }
  const std::vector<StateSpec>& declared() const { return declared_; }
  bool uses_stream_time() const { return uses_stream_time_; }
  // Null while things are only declared. Throws when the processor is made already, or `after` is
  // no time.
  nodes::Expiry* expire(const std::string& state, nodes::Ttl ttl, nodes::Expiry::Remove remove);
  void made() { made_ = true, wiring_ = nullptr; }  // the processor's constructor has run
  void at(const Moment& moment) {
    for (const auto& expiry : expiries_) expiry->at(moment);
  }

 private:
  template <class K, class V>
  Store<K, V>& make(std::string_view name) {
    declare({name, Serde<K>::name, Serde<V>::name, upgrades_of<V>()});
    return set_.keyed<K, V>(name);
  }
  void declare(StateSpec state);
  StoreSet& set_;
  Wiring* wiring_;
  bool made_ = false;
  bool uses_stream_time_ = false;
  std::vector<StateSpec> declared_;
  std::vector<std::string> read_;  // states of others
  std::vector<std::unique_ptr<nodes::Expiry>> expiries_;
};

template <class A, class B>
Keyed<A, B> Keyed<A, B>::ttl(Duration after, AlarmClock clock) const {
  Keyed out = *this;
  const auto remove = [store = store_](BytesView bytes, const Moment*) {
    View<K> key{};
    VT_CHECK(Serde<K>::decode(bytes, key));
    store->erase(key);
    return Bytes{};
  };
  out.expiry_ = stores_->expire(store_->name(), {after, clock}, remove);
  return out;
}

// One timer per (key, tag); setting it again moves it. They survive restarts and fire in order of
// (due, key, tag).
template <class K>
class Timers {
 public:
  explicit Timers(nodes::TimerTable& table) : table_(&table) {}
  // When the wall clock, as the log recorded it, has reached `due`.
  void at(Time due, const View<K>& key, std::string_view tag = {}) {
    table_->set(AlarmClock::Wall, due, bytes_of(key), tag);
  }
  // When stream time has reached `due`. The processor says `static constexpr bool uses_stream_time
  // = true;`.
  void at_stream_time(Time due, const View<K>& key, std::string_view tag = {}) {
    if (!table_->has_stream_time()) {
      throw std::logic_error(
          "at_stream_time needs `static constexpr bool uses_stream_time = true;`");
    }
    table_->set(AlarmClock::Event, due, bytes_of(key), tag);
  }
  void cancel(const View<K>& key, std::string_view tag = {}) { table_->cancel(bytes_of(key), tag); }

 private:
  static Bytes bytes_of(const View<K>& key) {
    Bytes out;
    Serde<K>::encode(key, out);
    return out;
  }
  nodes::TimerTable* table_;
};

namespace detail {
// What the node lends its processor's contexts.
struct ContextSupport {
  const std::vector<TopicInfo>* topics = nullptr;
  std::vector<std::uint64_t*> written = {};                // by topic: Wiring::written
  nodes::TimerTable* timers = nullptr;                     // null without on_timer
  Bytes key, value;                                        // scratch
  std::size_t topic_index(const std::string& name) const;  // throws std::logic_error
  nodes::TimerTable& timer_table() const;                  // throws std::logic_error
};
}  // namespace detail

// What a processor sees of the moment, and its way out. K and V are what it sends down the stream,
// InKey its input key.
template <class K, class V, class InKey = K>
class Context {
 public:
  using OutKey = K;
  using OutValue = V;
  Context(detail::ContextSupport& support, const Moment& moment, const Below<K, V>& below)
      : support_(support), moment_(moment), below_(below) {}

  // Down the stream, with this record's timestamp and correlation.
  void emit(const View<K>& key, const View<V>& value) { below_.push(key, value, moment_); }
  void forward(const View<K>& key, const View<V>& value) { emit(key, value); }

  // To another topic, declared by process(factory, topic…) or app.output(topic). The correlation is
  // this record's.
  template <class TopicKey, class TopicValue>
  void emit(const Topic<TopicKey, TopicValue>& topic,
            const std::type_identity_t<View<TopicKey>>& key,
            const std::type_identity_t<View<TopicValue>>& value) {
    emit_as(moment_.correlation, topic, key, value);
  }
  // The same, answering another command than this record's; empty: none.
  template <class TopicKey, class TopicValue>
  void emit_as(BytesView correlation, const Topic<TopicKey, TopicValue>& topic,
               const std::type_identity_t<View<TopicKey>>& key,
               const std::type_identity_t<View<TopicValue>>& value) {
    support_.key.clear();
    support_.value.clear();
    Serde<TopicKey>::encode(key, support_.key);
    Serde<TopicValue>::encode(value, support_.value);
    const std::size_t to = support_.topic_index(topic.name());
    ++*support_.written[to];
    moment_.out->emit(to, {support_.key, support_.value, moment_.timestamp, correlation});
  }

  // Of the input record. In on_timer: the clock that fired it, empty, and 0; ids born there derive
  // from key, due and tag.
  Time timestamp() const { return moment_.timestamp; }
  BytesView correlation() const { return moment_.correlation; }
  Position position() const { return moment_.position; }
  std::uint32_t partition() const { return moment_.partition; }
  Time wall() const { return moment_.wall; }  // the last recorded wall tick
  Timers<InKey> timers() { return Timers<InKey>{support_.timer_table()}; }

 private:
  detail::ContextSupport& support_;
  const Moment& moment_;
  const Below<K, V>& below_;
};

}  // namespace vitrine
