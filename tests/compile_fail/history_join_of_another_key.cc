// expect: vitrine: join(history, f): stream and history must have the same key type
#include "vitrine/app.h"

using namespace vitrine;
inline const Topic<std::string, std::int64_t> prices{"prices"};
inline const Topic<std::string, std::string> clicks{"clicks"};
int main() {
  App app{"a"};
  const auto history = app.history(Topic<std::int64_t, std::int64_t>{"by-number"}, Duration{1});
  app.stream(clicks)
      .join(history, [](std::string_view click, std::int64_t) { return click; })
      .to(clicks);
}
