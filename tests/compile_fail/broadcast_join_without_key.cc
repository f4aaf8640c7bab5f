// expect: vitrine: left_join(broadcast, key, f): say which key of the table a record asks for
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

void wrong(App& app) {
  app.stream(words)
      .left_join(app.broadcast(orders), [](std::string_view w, const Order*) { return w; })
      .to(words);
}
