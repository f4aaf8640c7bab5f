// expect: vitrine: left_join(history, f): f must be callable as NewValue(const Value&, const
#include "vitrine/app.h"

using namespace vitrine;
inline const Topic<std::string, std::int64_t> prices{"prices"};
inline const Topic<std::string, std::string> clicks{"clicks"};
int main() {
  App app{"a"};
  app.stream(clicks)
      .left_join(app.history(prices, Duration{1}),
                 [](std::string_view click, std::int64_t) { return click; })
      .to(clicks);
}
