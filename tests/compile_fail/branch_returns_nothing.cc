// expect: vitrine: branch(f, g, …, otherwise): each of them must be callable as bool(const Value&)
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
  auto [some, rest] = app.stream(words).branch([](std::string_view) {}, otherwise);
  some.to(words);
  rest.to(words);
}
