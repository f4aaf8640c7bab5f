// expect: vitrine: to(topic): the topic's key and value types must be those of the stream
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

void wrong(App& app) { app.stream(words).to(orders); }
