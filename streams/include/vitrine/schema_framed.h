#pragma once
// Values as the serializers of schema registries frame them: a byte 0, the schema's id in four
// bytes (big-endian), then the value's own bytes.
//
//   struct OrderSchema {
//     static inline std::uint32_t id = 0;  // as the registry gave it; set before the App runs
//   };
//   const Topic<std::string, SchemaFramed<Order, OrderSchema>> orders{"orders"};
//
// Functions see the value itself, `const Order&`; who writes such a topic makes one of its values:
//
//   .map([](const Order& order) { return SchemaFramed<Order, OrderSchema>{order}; }).to(orders);
//
// The id belongs to the topic and comes from whoever configures the program; no registry is asked.
// The value's bytes are those of its own Serde: for Avro, Protocol Buffers or JSON as registries
// know them give V a Serde that reads those. A record with another id, or without a frame, is a
// dead letter that says which.
#include <cstdint>
#include <string>
#include <utility>

#include "vitrine/serde.h"

namespace vitrine {

template <Serdeable V, class Schema>
struct SchemaFramed {
  V value{};
  friend bool operator==(const SchemaFramed&, const SchemaFramed&) = default;
};

namespace detail {

inline constexpr std::size_t kFrameBytes = 5;
inline constexpr std::string_view kFramed = "schema-framed(";

inline void put_frame(Bytes& out, std::uint32_t id) {
  out.push_back('\0');
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(id >> shift));
}

// Empty: the frame is there, with this id.
inline std::string wrong_frame(BytesView bytes, std::uint32_t id) {
  if (bytes.size() < kFrameBytes)
    return "it has " + std::to_string(bytes.size()) + " bytes, and a schema frame takes 5";
  const auto byte = [&](std::size_t at) {
    return std::uint32_t{static_cast<unsigned char>(bytes[at])};
  };
  if (byte(0) != 0) {
    return "it begins with the byte " + std::to_string(byte(0)) +
           ", and a schema frame with 0; was it written without one?";
  }
  const std::uint32_t found = byte(1) << 24U | byte(2) << 16U | byte(3) << 8U | byte(4);
  if (found == id) return {};
  return "its schema id is " + std::to_string(found) + ", and the topic's is " + std::to_string(id);
}

}  // namespace detail

template <Serdeable V, class Schema>
struct Serde<SchemaFramed<V, Schema>> {
  using Framed = SchemaFramed<V, Schema>;
  using View = typename Serde<V>::View;
  static void encode(const View& value, Bytes& out) {
    detail::put_frame(out, Schema::id);
    Serde<V>::encode(value, out);
  }
  static void encode(const Framed& framed, Bytes& out) {
    detail::put_frame(out, Schema::id);
    Serde<V>::encode(framed.value, out);
  }
  static bool decode(BytesView bytes, View& out) {
    return detail::wrong_frame(bytes, Schema::id).empty() &&
           Serde<V>::decode(bytes.substr(detail::kFrameBytes), out);
  }
  static Framed own(const View& view) { return {Serde<V>::own(view)}; }
  // Why bytes are no such value, for dead letters; empty: the frame is not to blame.
  static std::string why_not(BytesView bytes) { return detail::wrong_frame(bytes, Schema::id); }
  static constexpr std::string_view name =
      detail::Joined<detail::kFramed, Serde<V>::name, detail::kClose>::value;
};

}  // namespace vitrine
