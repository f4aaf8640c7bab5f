// expect: vitrine: reduce(name, f): state is always named
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
      .group_by_key()
      .reduce([](std::string& total, std::string_view word) { total = word; })
      .to(words);
}
