#pragma once
// What a viewer put aside. Prices are looked up when they matter, not kept here.
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace vitrine::cart {

struct CartLine {
  std::string sku;
  std::int32_t quantity = 0;  // 1 … 999
  auto fields() { return std::tie(sku, quantity); }
  friend bool operator==(const CartLine&, const CartLine&) = default;
};

struct Cart {
  std::vector<CartLine> lines;  // in order of first adding, at most model::kLinesMax
  std::uint64_t version = 0;    // +1 for each change
  auto fields() { return std::tie(lines, version); }
  friend bool operator==(const Cart&, const Cart&) = default;
};

}  // namespace vitrine::cart
