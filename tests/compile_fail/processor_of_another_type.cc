// expect: vitrine: process(factory): factory(Stores&) must return a processor
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
  struct Processor {
    void on_record(std::string_view, const Order&, Context<std::string, std::string>&) {}
  };
  app.stream(words).process([](Stores&) { return Processor{}; }).to(words);
}
