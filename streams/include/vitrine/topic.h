#pragma once
// A topic is a name that carries its types. Serdes are found by the type, never passed.
//
//   inline const Topic<std::string, std::string> user_activity{"user-activity"};
//
// Serde<T> says how T becomes bytes. It must provide
//   using View = …;                          // what operators see; borrows where that is cheaper
//   static void encode(const T&, Bytes& out);  // appends; also of a View
//   static bool decode(BytesView, View&);      // false: not a T; may borrow from the bytes
//   static T own(const View&);                 // an owned copy
//   static constexpr std::string_view name;    // identity for upgrades, e.g. "string"
// It may say how Views are decoded one after the other into memory that is used again:
//   class Place { bool decode(BytesView); const View& value() const; };  // until the next decode()
// Given here: std::string, std::int64_t, std::uint64_t, double, structs with `auto fields()`
// returning std::tie of members, and any Protocol Buffers message (commerce/model/serde.h keeps
// protobuf out of streams).
#include <cstdint>
#include <string>

#include "streams/log/topic_keep.h"
#include "vitrine/serde.h"

namespace vitrine {

enum class Durability {
  Durable,
  Ephemeral
};  // ephemeral records may be lost on a crash and may not feed named state

struct TopicOptions {
  std::uint32_t partitions = 8;  // a power of two
  Durability durability = Durability::Durable;
  TopicKeep keep{};  // {.retention = 10min}, {.compact = true}; unless said, for ever
};

template <class K, class V>
class Topic {
 public:
  static_assert(Serdeable<K>,
                "vitrine: Topic<K, V>: the key type K needs a Serde<K>: add `auto fields()` or "
                "specialise vitrine::Serde");
  static_assert(Serdeable<V>,
                "vitrine: Topic<K, V>: the value type V needs a Serde<V>: add `auto fields()` or "
                "specialise vitrine::Serde");
  using Key = K;
  using Value = V;

  explicit Topic(std::string name, TopicOptions options = {})
      : name_(std::move(name)), options_(options) {}
  const std::string& name() const { return name_; }
  const TopicOptions& options() const { return options_; }

 private:
  std::string name_;
  TopicOptions options_;
};

}  // namespace vitrine
