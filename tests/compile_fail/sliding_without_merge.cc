// expect: such windows are put together from parts: say how by merge
#include "vitrine/app.h"

using namespace vitrine;
inline const Topic<std::string, std::int64_t> numbers{"numbers"};
int main() {
  App app{"a"};
  app.stream(numbers)
      .group_by_key()
      .window(Sliding{.size = Duration{1}}, "sums", std::int64_t{0},
              [](std::int64_t& sum, std::int64_t number) { sum += number; })
      .emit(each_update);
}
