#pragma once
// Where bytes become typed and typed becomes bytes: sources, sinks, and hops to another key.
#include <stdexcept>
#include <string>

#include "streams/topology/graph.h"

namespace vitrine::nodes {

// Says which topic's bytes did not fit which type, and dead-letters the record by throwing.
[[noreturn]] void throw_undecodable(const std::string& topic, const char* part,
                                    std::string_view serde, const std::string& why = {});

// A Serde may know why bytes are none of its values.
template <class V>
std::string why_not(BytesView bytes) {
  if constexpr (requires { Serde<V>::why_not(bytes); }) {
    return Serde<V>::why_not(bytes);
  } else {
    return {};
  }
}

template <class K, class V>
void decode_into(const std::string& topic, const RecordView& record, View<K>& key, View<V>& value) {
  if (!Serde<K>::decode(record.key, key)) throw_undecodable(topic, "key", Serde<K>::name);
  if (!Serde<V>::decode(record.value, value))
    throw_undecodable(topic, "value", Serde<V>::name, why_not<V>(record.value));
}

// Where one View after the other is decoded: the Serde's own Place, where it has one.
template <class T>
class DecodePlace {
 public:
  bool decode(BytesView bytes) {
    value_ = View<T>{};
    return Serde<T>::decode(bytes, value_);
  }
  const View<T>& value() const { return value_; }

 private:
  View<T> value_{};
};
template <class T>
struct PlaceOf {
  using type = DecodePlace<T>;
};
template <class T>
  requires requires { typename Serde<T>::Place; }
struct PlaceOf<T> {
  using type = typename Serde<T>::Place;
};

template <class K, class V>
class Source final : public Node, public BytesSink {
 public:
  Source(std::string topic, Below<K, V> below)
      : topic_(std::move(topic)), below_(std::move(below)) {}
  BytesSink* bytes_sink() override { return this; }
  void feed(const RecordView& record, const Moment& moment) override {
    Decoded* const shared = moment.decoded;
    if (shared != nullptr && shared->types == &kTypes) {
      below_.push(*static_cast<const View<K>*>(shared->key),
                  *static_cast<const View<V>*>(shared->value), moment);
      return;
    }
    if (!key_.decode(record.key)) throw_undecodable(topic_, "key", Serde<K>::name);
    if (!value_.decode(record.value))
      throw_undecodable(topic_, "value", Serde<V>::name, why_not<V>(record.value));
    if (shared != nullptr) *shared = {&kTypes, &key_.value(), &value_.value()};
    below_.push(key_.value(), value_.value(), moment);
  }
  bool expects() const override { return below_.expects(); }
  void expect(const RecordView& record) override {
    View<K> key{};
    if (Serde<K>::decode(record.key, key)) below_.expect(key);
  }

 private:
  static constexpr char kTypes = 0;  // its address
  std::string topic_;
  Below<K, V> below_;
  typename PlaceOf<K>::type key_;
  typename PlaceOf<V>::type value_;
};

// Encodes into scratch that lives as long as the node: no allocation a record.
template <class K, class V>
class Encoder {
 public:
  void emit(std::size_t topic, const View<K>& key, const View<V>& value, const Moment& moment) {
    key_.clear();
    value_.clear();
    Serde<K>::encode(key, key_);
    Serde<V>::encode(value, value_);
    moment.out->emit(topic, {key_, value_, moment.timestamp, moment.correlation});
  }
  // A row that was removed: an empty value.
  void emit_removal(std::size_t topic, const View<K>& key, const Moment& moment) {
    key_.clear();
    Serde<K>::encode(key, key_);
    moment.out->emit(topic, {key_, {}, moment.timestamp, moment.correlation});
  }

 private:
  Bytes key_, value_;
};

// kRows: what comes are the changes of a table, removals too.
template <class K, class V, bool kRows>
class ToTopic final : public Sink<K, V> {
 public:
  explicit ToTopic(std::size_t topic) : topic_(topic) {}
  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    encoder_.emit(topic_, key, value, moment);
  }
  void removed(const View<K>& key, const Moment& moment) override {
    if constexpr (kRows) encoder_.emit_removal(topic_, key, moment);
  }

 private:
  std::size_t topic_;
  Encoder<K, V> encoder_;
};

// A hop to the task that owns the new key: a call when one task owns all (Plan::Local), else
// through its internal topic.
template <class K, class V>
class Hop final : public Sink<K, V>, public BytesSink {
 public:
  Hop(std::string name, std::size_t topic, Plan plan, Below<K, V> below)
      : name_(std::move(name)), topic_(topic), plan_(plan), below_(std::move(below)) {}
  BytesSink* bytes_sink() override { return this; }
  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    if (plan_ == Plan::Local) {
      below_.push(key, value, moment);
    } else {
      encoder_.emit(topic_, key, value, moment);
    }
  }
  void feed(const RecordView& record, const Moment& moment) override {
    View<K> key{};
    View<V> value{};
    decode_into<K, V>(name_, record, key, value);
    below_.push(key, value, moment);
  }

 private:
  std::string name_;
  std::size_t topic_;
  Plan plan_;
  Below<K, V> below_;
  Encoder<K, V> encoder_;
};

}  // namespace vitrine::nodes
