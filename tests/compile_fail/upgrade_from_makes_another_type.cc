// expect first: vitrine: upgrade_from must be one function `static T upgrade_from(const Old&)`
#include <string>

#include "vitrine/app.h"

using namespace vitrine;

struct First {
  std::string show;
  auto fields() { return std::tie(show); }
};
struct Order {
  static constexpr int version = 2;
  static First upgrade_from(const First& old) { return old; }
  std::string show;
  std::int64_t cents = 0;
  auto fields() { return std::tie(show, cents); }
};

void wrong(App& app) { app.stream(Topic<std::string, Order>{"orders"}); }
