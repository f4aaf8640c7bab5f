// expect: vitrine: top_k(name, top, id, score): score must be callable as Number(const Value&)
#include <string>

#include "vitrine/app.h"

using namespace vitrine;
using namespace vitrine::literals;

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
  app.stream(orders).group_by_key().top_k("top", {.k = 3}, &Order::show, &Order::show).to(orders);
}
