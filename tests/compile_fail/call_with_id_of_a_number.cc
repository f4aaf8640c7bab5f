// expect: vitrine: call(call, request, id): id must be callable as std::string(const Value&)
#include <string>

#include "vitrine/app.h"

using namespace vitrine;

struct Order {
  std::string show;
  std::int64_t cents = 0;
  auto fields() { return std::tie(show, cents); }
};
struct Plain {
  int x = 0;
};
const Topic<std::string, std::string> words{"words"};
const Topic<std::string, Order> orders{"orders"};

const Call<Order, std::string> place{"place"};

void wrong(App& app) {
  app.stream(orders)
      .call(
          place, [](const Order& o) { return o; }, [](const Order& o) { return o.cents; })
      .to(words);
}
