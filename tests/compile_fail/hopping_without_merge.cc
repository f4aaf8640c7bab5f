// expect: such windows are put together from parts: say how by merge(Aggregate&,
#include <string>

#include "vitrine/app.h"

using namespace vitrine;

struct Order {
  std::string show;
  std::int64_t cents = 0;
  auto fields() { return std::tie(show, cents); }
};
const Topic<std::string, Order> orders{"orders"};

void wrong(App& app) {
  app.stream(orders)
      .group_by_key()
      .window(Hopping{.size = Duration{60}, .advance = Duration{10}}, "revenue", std::int64_t{0},
              [](std::int64_t& sum, const Order& order) { sum += order.cents; })
      .emit(on_close, drop_late)
      .to(Topic<Windowed<std::string>, std::int64_t>{"revenues"});
}
