#pragma once
// What the inventory remembers: units by sku, and who holds some of them for how long.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "commerce/model/proto/shop.pb.h"

namespace vitrine::inventory {

// on_hand: units not yet sold, reserved ones included. 0 <= reserved <= on_hand, always.
struct Stock {
  std::int64_t on_hand = 0;
  std::int64_t reserved = 0;
  std::int64_t available() const { return on_hand - reserved; }
  auto fields() { return std::tie(on_hand, reserved); }
  friend bool operator==(const Stock&, const Stock&) = default;
};

// Held -> Ordered -> Sold, and from Held or Ordered -> Released. Nothing leaves Sold or Released.
enum class ReservationState { Held, Ordered, Sold, Released };

struct Reservation {
  std::string viewer;
  std::string show;
  std::vector<Line> lines;  // summed by sku, with the price held
  Money total;
  std::int64_t expires_at_ms = 0;  // counts while Held
  ReservationState state = ReservationState::Held;
  std::string order;  // once Ordered
  auto fields() { return std::tie(viewer, show, lines, total, expires_at_ms, state, order); }
};

class StockView {
 public:
  virtual ~StockView() = default;
  virtual std::optional<Stock> stock(std::string_view sku) const = 0;
};

class StockTable : public virtual StockView {
 public:
  virtual void put_stock(std::string_view sku, const Stock& stock) = 0;
};

}  // namespace vitrine::inventory
