// expect: merge must be callable as void(Aggregate& earlier, const Aggregate& later)
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
      .window(Session{.gap = Duration{60}}, "revenue", std::int64_t{0},
              [](std::int64_t& sum, const Order& order) { sum += order.cents; },
              [](std::int64_t& sum, std::string_view more) { sum += more.size(); })
      .emit(on_close, drop_late)
      .to(Topic<Windowed<std::string>, std::int64_t>{"revenues"});
}
