// expect: vitrine: join(table, name, f): both tables must have the same key type
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
      .join(app.table(Topic<std::int64_t, std::int64_t>{"by-number"}), "paid",
            [](const Order& order, std::int64_t) { return order; })
      .to(orders);
}
