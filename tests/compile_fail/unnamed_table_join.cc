// expect: vitrine: left_join(table, name, f): state is always named
#include "vitrine/app.h"

using namespace vitrine;
struct Order {
  std::string show;
  std::int64_t cents = 0;
  auto fields() { return std::tie(show, cents); }
};
inline const Topic<std::string, Order> orders{"orders"};
inline const Topic<std::string, std::int64_t> payments{"payments"};
int main() {
  App app{"a"};
  app.table(orders)
      .left_join(app.table(payments), [](const Order& order, const std::int64_t*) { return order; })
      .to(orders);
}
