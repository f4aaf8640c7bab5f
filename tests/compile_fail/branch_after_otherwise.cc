// expect: vitrine: branch(f, g, …, otherwise): `otherwise` stands last
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
  auto [rest, some] =
      app.stream(words).branch(otherwise, [](std::string_view w) { return w.empty(); });
  some.to(words);
  rest.to(words);
}
