// expect: vitrine: aggregate(name, init, add, subtract) of a table: add and subtract must
#include <string>

#include "vitrine/app.h"

using namespace vitrine;

struct Order {
  std::string show;
  std::int64_t cents = 0;
  auto fields() { return std::tie(show, cents); }
};
const Topic<std::string, std::string> words{"words"};
const Topic<std::string, Order> orders{"orders"};

void wrong(App& app) {
  app.table(orders)
      .group_by([](const Order& o) { return o.show; })
      .aggregate(
          "cents", std::int64_t{0}, [](std::int64_t& n, const Order& o) { n += o.cents; },
          [](std::int64_t& n, std::string_view) { --n; })
      .to(words);
}
