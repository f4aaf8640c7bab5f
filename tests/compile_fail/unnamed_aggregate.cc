// expect: vitrine: aggregate(name, init, f): state is always named
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
      .group_by_key()
      .aggregate(std::int64_t{0}, [](std::int64_t& n, std::string_view) { ++n; })
      .to(words);
}
