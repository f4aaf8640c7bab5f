#pragma once
// How a pure room says no. The business saying no is a value, an event like any other: a Refused
// with a code of the closed list of problems in docs/api.md.
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

#include "commerce/model/proto/shop.pb.h"

namespace vitrine::model {

// The bounds every room keeps, whatever the caller has checked already.
inline constexpr std::int64_t kAmountMax = 1'000'000'000'000;  // minor units
inline constexpr std::int64_t kOnHandMax = 1'000'000'000;
inline constexpr std::int32_t kQuantityMax = 999;
inline constexpr int kLinesMax = 100;  // of a cart, a reservation, an order

template <class T>
using Decided = tl::expected<T, Refused>;

inline tl::unexpected<Refused> refuse(std::string_view code, std::string detail) {
  Refused refused;
  refused.set_code(std::string(code));
  refused.set_detail(std::move(detail));
  return tl::unexpected<Refused>(std::move(refused));
}

}  // namespace vitrine::model
