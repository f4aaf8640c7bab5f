// expect: vitrine: left_join(stream, within, name, f): f must be callable as NewValue(const
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
      .left_join(app.stream(orders), within(Duration{1}, Duration{1}), "met",
                 [](std::string_view word, const Order&) { return word; })
      .to(words);
}
