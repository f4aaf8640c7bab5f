// expect: vitrine: deduplicate(name, within, id): id must be callable as Id(const Value&)
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
  app.stream(words).deduplicate("seen", 1h, [](const Order& o) { return o.show; }).to(words);
}
