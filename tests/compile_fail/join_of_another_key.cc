// expect: vitrine: left_join(table, f): stream and table must have the same key type
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
  auto table = app.table(Topic<std::int64_t, Order>{"by-number"});
  app.stream(words)
      .left_join(table, [](std::string_view word, const Order*) { return word; })
      .to(words);
}
