// expect: vitrine: reduce(name, f): f must be callable as void(Value& total, const Value&)
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
      .reduce("longest", [](std::string_view& total, const Order&) { total = {}; })
      .to(words);
}
