// expect: vitrine: merge(stream, …): all streams must have this stream's key and value types
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

void wrong(App& app) { app.stream(words).merge(app.stream(orders)).to(words); }
