// expect: vitrine: call(call, request): request must be callable as Request(const Value&)
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
  app.stream(words).call(place, [](std::string_view word) { return word; }).to(words);
}
