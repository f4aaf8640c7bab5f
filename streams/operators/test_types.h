#pragma once
// Types that the operators' tests share.
#include <cstdint>
#include <string>
#include <tuple>

#include "vitrine/topic.h"

namespace vitrine::test {

struct Order {
  std::string show;
  std::int64_t cents = 0;
  auto fields() { return std::tie(show, cents); }
  friend bool operator==(const Order&, const Order&) = default;
};

struct Kpi {
  std::uint64_t orders = 0;
  std::int64_t revenue = 0;
  auto fields() { return std::tie(orders, revenue); }
  friend bool operator==(const Kpi&, const Kpi&) = default;
};

inline const Topic<std::string, std::string> words{"words"};
inline const Topic<std::string, Order> orders{"orders"};

}  // namespace vitrine::test
