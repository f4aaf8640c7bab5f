// expect: left_join(table, f): f must be callable as NewValue(const Value&, const TableValue*)
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

void wrong(App& app) {
  app.stream(words)
      .left_join(app.table(orders), [](std::string_view word, const Order&) { return word; })
      .to(words);
}
