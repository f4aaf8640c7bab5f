// expect: vitrine: left_join(table, key, name, f): f must be callable
#include "vitrine/app.h"

using namespace vitrine;
struct Order {
  std::string show;
  std::int64_t cents = 0;
  auto fields() { return std::tie(show, cents); }
};
inline const Topic<std::string, Order> orders{"orders"};
inline const Topic<std::string, std::int64_t> shows{"shows"};
int main() {
  App app{"a"};
  app.table(orders)
      .left_join(
          app.table(shows), [](const Order& order) { return order.show; }, "with-show",
          [](const Order& order, std::int64_t) { return order; })
      .to(orders);
}
