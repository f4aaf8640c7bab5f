#pragma once
// What the tests of windows share: order windows of every shape, with a fold that can throw.
#include <stdexcept>

#include "streams/operators/test_types.h"
#include "vitrine/test_driver.h"

namespace vitrine::test {

using WindowKey = Windowed<std::string>;
inline const Topic<WindowKey, Kpi> kpis{"kpis"};
inline const Topic<std::string, Order> late_orders{"late-orders"};

inline void add_order(Kpi& kpi, const Order& order) {
  if (order.cents < 0) throw std::runtime_error("negative");
  ++kpi.orders;
  kpi.revenue += order.cents;
}
inline void merge_kpis(Kpi& earlier, const Kpi& later) {
  earlier.orders += later.orders;
  earlier.revenue += later.revenue;
}

template <class Mode>
App order_windows(Tumbling window, Mode mode) {
  App app{"a"};
  app.stream(orders)
      .group_by_key()
      .window(window, "kpi", Kpi{}, add_order)
      .emit(mode, late_orders)
      .to(kpis);
  return app;
}
template <class Window, class Mode>
App order_windows(Window window, Mode mode) {
  App app{"a"};
  app.stream(orders)
      .group_by_key()
      .window(window, "kpi", Kpi{}, add_order, merge_kpis)
      .emit(mode, late_orders)
      .to(kpis);
  return app;
}

// The values of one window of key "s", in order.
inline std::vector<Kpi> values_of(const TestDriver& t, Window window) {
  std::vector<Kpi> out;
  for (const auto& record : t.read_all(kpis)) {
    if (record.key == WindowKey{"s", window}) out.push_back(record.value);
  }
  return out;
}

// Seeded numbers for model tests: the same on every machine.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed * 2 + 1) {}
  std::int64_t below(std::int64_t bound) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::int64_t>((state_ >> 33U) % static_cast<std::uint64_t>(bound));
  }

 private:
  std::uint64_t state_;
};

}  // namespace vitrine::test
