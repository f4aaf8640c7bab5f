#pragma once
// Versions of a struct: how values written by an older program become today's.
//
//   struct Order {
//     static constexpr std::string_view serde_name = "order";
//     static constexpr int version = 2;
//     struct V1 {                                       // as it was
//       std::string sku;
//       std::int64_t cents = 0;
//       auto fields() { return std::tie(sku, cents); }
//     };
//     static Order upgrade_from(const V1& old) { return {old.sku, old.cents, "EUR"}; }
//
//     std::string sku;
//     std::int64_t cents = 0;
//     std::string currency;
//     auto fields() { return std::tie(sku, cents, currency); }
//   };
//
// Bytes of version 1 are as they always were; those of version n > 1 begin with two bytes, 0x80 + n
// and 0: a number written too long, as no field begins. So old and new values may stand side by
// side, in state, in the journal and in topics, also inside vectors, optionals and other structs. A
// value is upgraded when it is read, through as many versions as needed, and written new when it is
// next changed. upgrade_from may not throw, and must give the same for the same bytes.
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "base/bytes.h"

namespace vitrine {

// A type's former name, and the one under which its values are read now.
struct NameUpgrade {
  std::string from, to;
};

namespace detail {

template <class T>
consteval int version_of() {
  // A member of each value that happens to be called version is none of ours.
  if constexpr (requires {
                  { &T::version } -> std::convertible_to<const int*>;
                }) {
    return T::version;
  } else {
    return 1;
  }
}

template <class T>
concept HasUpgrade = requires { &T::upgrade_from; };

template <class F>
struct Upgrade;  // of a pointer to `static To upgrade_from(const From&)`
template <class T, class Old>
struct Upgrade<T (*)(Old)> {
  using From = std::remove_cvref_t<Old>;
  using To = T;
};

// Without upgrade_from: nothing older is read.
template <class T>
consteval bool upgrade_is_right() {
  if constexpr (HasUpgrade<T>) {
    using Step = Upgrade<decltype(&T::upgrade_from)>;
    if constexpr (requires { typename Step::From; }) {
      using From = typename Step::From;
      if constexpr (requires(From& old) { std::tuple_size<decltype(old.fields())>::value; }) {
        return std::same_as<typename Step::To, T> && version_of<From>() < version_of<T>();
      } else {
        return false;
      }
    } else {
      return false;
    }
  } else {
    return true;
  }
}

template <class T>
using OlderOf = typename Upgrade<decltype(&T::upgrade_from)>::From;

inline void put_version(int version, Bytes& out) {
  if (version == 1) return;
  out.push_back(static_cast<char>(0x80 + version));
  out.push_back('\0');
}

// Takes the mark away; 1 when there is none.
inline int take_version(BytesView& bytes) {
  if (bytes.size() < 2 || bytes[1] != '\0') return 1;
  const auto mark = static_cast<unsigned char>(bytes[0]);
  if (mark <= 0x81) return 1;
  bytes.remove_prefix(2);
  return mark - 0x80;
}

// ":2"; nothing for version 1.
template <int version>
struct VersionName {
  static constexpr char digit(int place) {
    return static_cast<char>('0' + version / place % 10);
  }
  static constexpr char chars[] = {':', digit(100), digit(10), digit(1)};
  static constexpr char short_chars[] = {':', digit(10), digit(1)};
  static constexpr char one_digit[] = {':', digit(1)};
  static constexpr std::string_view value = version >= 100  ? std::string_view(chars, 4)
                                            : version >= 10 ? std::string_view(short_chars, 3)
                                            : version > 1   ? std::string_view(one_digit, 2)
                                                            : std::string_view();
};

}  // namespace detail
}  // namespace vitrine
