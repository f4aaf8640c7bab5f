#pragma once
// Serde<T>: how a T becomes bytes. Found by the type, never passed. topic.h states the contract.
//
// Stable for ever, because logs hold it:
//   string               the bytes themselves
//   int64, uint64        8 bytes, big-endian (Kafka's LongSerializer)
//   double, bool         8 bytes, IEEE 754 bits big-endian; one byte 0 or 1
//   Time, Duration       as int64 milliseconds; Id<Tag, Rep>: as Rep; enums: as int64
//   struct with fields() its fields in order: integers as varints, others as length and bytes
//   vector<T>            varint count, then the elements as fields
//   optional<T>          a byte 0 or 1, then the value as a field
// A struct's fields may not be reordered, removed or retyped, unless its `version` is raised and it
// says how to upgrade from the older one: version.h. `static constexpr std::string_view serde_name`
// in a struct makes its identity differ from other structs of the same shape.
#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/id.h"
#include "base/time.h"
#include "vitrine/version.h"

namespace vitrine {

template <class T>
struct Serde;  // specialise for types that cannot have fields()

template <class T>
concept Serdeable = requires(const T& value, const typename Serde<T>::View& view,
                             typename Serde<T>::View& out_view, Bytes& out, BytesView in) {
                      Serde<T>::encode(value, out);
                      Serde<T>::encode(view, out);
                      { Serde<T>::decode(in, out_view) } -> std::same_as<bool>;
                      { Serde<T>::own(view) } -> std::same_as<T>;
                      { Serde<T>::name } -> std::convertible_to<std::string_view>;
                    };

// What operators see of a T: std::string_view for std::string, T itself for structured things.
template <class T>
using View = typename Serde<T>::View;

template <Serdeable T>
Bytes encoded(const T& value) {
  Bytes out;
  Serde<T>::encode(value, out);
  return out;
}

template <Serdeable T>
std::optional<T> decoded(BytesView bytes) {
  View<T> view{};
  if (!Serde<T>::decode(bytes, view)) return std::nullopt;
  return Serde<T>::own(view);
}

template <>
struct Serde<std::string> {
  using View = std::string_view;
  static void encode(std::string_view value, Bytes& out) { out.append(value); }
  static bool decode(BytesView bytes, View& out) { return out = bytes, true; }
  static std::string own(const View& view) { return std::string(view); }
  static constexpr std::string_view name = "string";
};

namespace detail {

static_assert(std::endian::native == std::endian::little);

inline void put_big_endian(Bytes& out, std::uint64_t value) {
  value = __builtin_bswap64(value);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

inline bool get_big_endian(BytesView bytes, std::uint64_t& value) {
  if (bytes.size() != sizeof value) return false;
  std::memcpy(&value, bytes.data(), sizeof value);
  value = __builtin_bswap64(value);
  return true;
}

// Strings joined at compile time, for the names of composed serdes.
template <const std::string_view&... Parts>
struct Joined {
  static constexpr std::size_t size = (Parts.size() + ... + 0);
  static constexpr std::array<char, size + 1> chars = [] {
    std::array<char, size + 1> out{};
    std::size_t at = 0;
    auto append = [&](std::string_view part) {
      for (char c : part) out[at++] = c;
    };
    (append(Parts), ...);
    return out;
  }();
  static constexpr std::string_view value{chars.data(), size};
};

inline constexpr std::string_view kComma = ",", kOpen = "(", kClose = ")";
inline constexpr std::string_view kVector = "vector(", kOptional = "optional(", kStruct = "struct";

// A T that is its own view and travels as 8 bytes.
template <class T>
struct FixedSerde {
  using View = T;
  static T own(const View& view) { return view; }
};

}  // namespace detail

template <class T>
  requires(std::integral<T> && !std::same_as<T, bool> && sizeof(T) >= 4)
struct Serde<T> : detail::FixedSerde<T> {
  static void encode(T value, Bytes& out) {
    detail::put_big_endian(out, static_cast<std::uint64_t>(value));
  }
  static bool decode(BytesView bytes, T& out) {
    std::uint64_t wide = 0;
    if (!detail::get_big_endian(bytes, wide)) return false;
    out = static_cast<T>(wide);
    return static_cast<std::uint64_t>(out) == wide;
  }
  static constexpr std::string_view name = std::signed_integral<T> ? "int64" : "uint64";
};

template <>
struct Serde<double> : detail::FixedSerde<double> {
  static void encode(double value, Bytes& out) {
    detail::put_big_endian(out, std::bit_cast<std::uint64_t>(value));
  }
  static bool decode(BytesView bytes, double& out) {
    std::uint64_t bits = 0;
    if (!detail::get_big_endian(bytes, bits)) return false;
    return out = std::bit_cast<double>(bits), true;
  }
  static constexpr std::string_view name = "double";
};

template <>
struct Serde<bool> : detail::FixedSerde<bool> {
  static void encode(bool value, Bytes& out) { out.push_back(value ? '\1' : '\0'); }
  static bool decode(BytesView bytes, bool& out) {
    if (bytes.size() != 1 || static_cast<unsigned char>(bytes[0]) > 1) return false;
    return out = bytes[0] == '\1', true;
  }
  static constexpr std::string_view name = "bool";
};

template <class T>
  requires std::is_enum_v<T>
struct Serde<T> : detail::FixedSerde<T> {
  static void encode(T value, Bytes& out) {
    Serde<std::int64_t>::encode(static_cast<std::int64_t>(value), out);
  }
  static bool decode(BytesView bytes, T& out) {
    std::int64_t number = 0;
    if (!Serde<std::int64_t>::decode(bytes, number)) return false;
    return out = static_cast<T>(number), true;
  }
  static constexpr std::string_view name = "enum";
};

template <>
struct Serde<Duration> : detail::FixedSerde<Duration> {
  static void encode(Duration value, Bytes& out) {
    Serde<std::int64_t>::encode(value.count(), out);
  }
  static bool decode(BytesView bytes, Duration& out) {
    std::int64_t millis = 0;
    if (!Serde<std::int64_t>::decode(bytes, millis)) return false;
    return out = Duration{millis}, true;
  }
  static constexpr std::string_view name = "duration_ms";
};

template <>
struct Serde<Time> : detail::FixedSerde<Time> {
  static void encode(Time value, Bytes& out) { Serde<std::int64_t>::encode(millis_of(value), out); }
  static bool decode(BytesView bytes, Time& out) {
    std::int64_t millis = 0;
    if (!Serde<std::int64_t>::decode(bytes, millis)) return false;
    return out = time_of_millis(millis), true;
  }
  static constexpr std::string_view name = "time_ms";
};

template <class Tag, Serdeable Rep>
struct Serde<Id<Tag, Rep>> : detail::FixedSerde<Id<Tag, Rep>> {
  static void encode(const Id<Tag, Rep>& id, Bytes& out) { Serde<Rep>::encode(id.value(), out); }
  static bool decode(BytesView bytes, Id<Tag, Rep>& out) {
    typename Serde<Rep>::View view{};
    if (!Serde<Rep>::decode(bytes, view)) return false;
    return out = Id<Tag, Rep>{Serde<Rep>::own(view)}, true;
  }
  static constexpr std::string_view name = Serde<Rep>::name;
};

// How a T stands inside another value, where its end must be known.
template <Serdeable T>
struct Field {
  static void put(Bytes& out, const T& value) {
    if constexpr (std::integral<T> && std::signed_integral<T>) {
      put_signed(out, static_cast<std::int64_t>(value));
    } else if constexpr (std::integral<T>) {
      put_varint(out, static_cast<std::uint64_t>(value));
    } else if constexpr (std::same_as<T, std::string>) {
      put_bytes(out, value);
    } else {
      put_bytes(out, encoded(value));
    }
  }
  static bool get(ByteReader& in, T& value) {
    if constexpr (std::integral<T> && std::signed_integral<T>) {
      value = static_cast<T>(in.signed_varint());
    } else if constexpr (std::integral<T>) {
      value = static_cast<T>(in.varint());
    } else if constexpr (std::same_as<T, std::string>) {
      value = std::string(in.bytes());
    } else {
      View<T> view{};
      if (!Serde<T>::decode(in.bytes(), view)) return false;
      value = Serde<T>::own(view);
    }
    return in.ok();
  }
};

template <Serdeable T>
struct Serde<std::vector<T>> : detail::FixedSerde<std::vector<T>> {
  static void encode(const std::vector<T>& values, Bytes& out) {
    put_varint(out, values.size());
    for (const auto& value : values) Field<T>::put(out, value);
  }
  static bool decode(BytesView bytes, std::vector<T>& out) {
    ByteReader in(bytes);
    const std::uint64_t count = in.varint();
    if (!in.ok() || count > in.remaining()) return false;  // each field takes at least one byte
    out.clear();
    for (std::uint64_t i = 0; i < count; ++i) {
      T value{};
      if (!Field<T>::get(in, value)) return false;
      out.push_back(std::move(value));
    }
    return in.at_end();
  }
  static constexpr std::string_view name =
      detail::Joined<detail::kVector, Serde<T>::name, detail::kClose>::value;
};

template <Serdeable T>
struct Serde<std::optional<T>> : detail::FixedSerde<std::optional<T>> {
  static void encode(const std::optional<T>& value, Bytes& out) {
    put_u8(out, value ? 1 : 0);
    if (value) Field<T>::put(out, *value);
  }
  static bool decode(BytesView bytes, std::optional<T>& out) {
    ByteReader in(bytes);
    const std::uint8_t present = in.u8();
    out.reset();
    if (!in.ok() || present > 1) return false;
    if (present == 1 && !Field<T>::get(in, out.emplace())) return false;
    return in.at_end();
  }
  static constexpr std::string_view name =
      detail::Joined<detail::kOptional, Serde<T>::name, detail::kClose>::value;
};

template <class T>
concept HasFields = std::is_class_v<T> && std::default_initializable<T> && std::copyable<T> &&
                    requires(T& value) { std::tuple_size<decltype(value.fields())>::value; };

namespace detail {

template <class Tuple>
struct FieldNames;
template <>
struct FieldNames<std::tuple<>> {
  static constexpr std::string_view value = "";
};
template <class T>
struct FieldNames<std::tuple<T&>> {
  static constexpr std::string_view value = Serde<T>::name;
};
template <class T, class U, class... Rest>
struct FieldNames<std::tuple<T&, U&, Rest&...>> {
  static constexpr std::string_view value =
      Joined<Serde<T>::name, kComma, FieldNames<std::tuple<U&, Rest&...>>::value>::value;
};

template <class T>
consteval std::string_view base_name() {
  if constexpr (requires { std::string_view{T::serde_name}; }) {
    return T::serde_name;
  } else {
    using Fields = decltype(std::declval<T&>().fields());
    return Joined<kStruct, kOpen, FieldNames<Fields>::value, kClose>::value;
  }
}

// "order", and ":2" from the second version on.
template <class T, int version>
struct StructName {
  static constexpr std::string_view base = base_name<T>();
  static constexpr std::string_view value = Joined<base, VersionName<version>::value>::value;
};

}  // namespace detail

template <HasFields T>
struct Serde<T> : detail::FixedSerde<T> {
  static constexpr int version = detail::version_of<T>();
  static constexpr bool kUpgrades = detail::HasUpgrade<T>;
  static constexpr bool kRight = detail::upgrade_is_right<T>();
  static_assert(version >= 1 && version <= 127, "vitrine: a struct's version is 1 to 127");
  static_assert(kRight,
                "vitrine: upgrade_from must be one function `static T upgrade_from(const Old&)` of "
                "the struct T itself, where Old has `auto fields()` and a smaller version than T");

  static void encode(const T& value, Bytes& out) {
    detail::put_version(version, out);
    // fields() is written once, without const; encoding only reads through it.
    std::apply(
        [&](auto&... field) {
          (Field<std::remove_cvref_t<decltype(field)>>::put(out, field), ...);
        },
        const_cast<T&>(value).fields());
  }
  static bool decode(BytesView bytes, T& out) {
    const BytesView whole = bytes;
    const int written = detail::take_version(bytes);
    if (written != version) return upgrade(written, whole, out);
    ByteReader in(bytes);
    const bool all = std::apply(
        [&](auto&... field) {
          return (Field<std::remove_cvref_t<decltype(field)>>::get(in, field) && ...);
        },
        out.fields());
    return all && in.ok() && in.at_end();
  }
  static constexpr std::string_view name = detail::StructName<T, version>::value;

 private:
  static bool upgrade(int written, BytesView bytes, T& out) {
    if constexpr (kUpgrades && kRight) {
      detail::OlderOf<T> older{};
      if (written > version || !Serde<detail::OlderOf<T>>::decode(bytes, older)) return false;
      return out = T::upgrade_from(older), true;
    } else {
      return false;
    }
  }
};

}  // namespace vitrine
