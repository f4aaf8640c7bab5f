#include <doctest/doctest.h>

#include "learn/models/text_classifier.h"

namespace vitrine::learn {
namespace {

struct Line {
  const char* text;
  int truth;
};
constexpr Line kLines[] = {{"win a FREE prize now, call 0900 555", 1},
                           {"are you home for dinner?", 0},
                           {"free entry!!! text WIN to 80800", 1},
                           {"see you at the station", 0},
                           {"claim your prize today", 1},
                           {"i will call you when i am home", 0}};

TextClassifierOptions small(int classes = 2) {
  TextClassifierOptions options;
  options.classes = classes;
  options.features.bits = options.ftrl.bits = 12;
  return options;
}

TEST_CASE("a few labels teach which messages are wanted, also when spelt otherwise") {
  TextClassifier model{small()};
  for (int pass = 0; pass < 10; ++pass)
    for (const Line& line : kLines) model.learn(line.text, line.truth);
  CHECK(model.predict("fr33 PRIZE, claim now") == 1);
  CHECK(model.predict("call me from the station") == 0);
  CHECK(model.predict("") == model.predict(" "));
}

TEST_CASE("three classes are told apart, and features of the caller's own can decide") {
  TextClassifier model{small(3)};
  const std::uint32_t own[] = {feature_of(100, 1, 12)};
  for (int pass = 0; pass < 20; ++pass) {
    model.learn("love it", 2);
    model.learn("hate it", 0);
    model.learn("it is here", 1);
    model.learn("what is this", 2, own);
  }
  CHECK(model.predict("love") == 2);
  CHECK(model.predict("hate") == 0);
  CHECK(model.predict("here") == 1);
  CHECK(model.predict("qqq", own) == 2);
}

TEST_CASE("a restored text classifier goes on to the bit, and one of another shape is refused") {
  TextClassifier whole{small()}, resumed{small()}, wider{small(3)};
  for (const Line& line : kLines) whole.learn(line.text, line.truth);
  REQUIRE(resumed.restore(whole.snapshot()));
  for (const Line& line : kLines) {
    CHECK(whole.margins(line.text)[0] == resumed.margins(line.text)[0]);
    whole.learn(line.text, line.truth);
    resumed.learn(line.text, line.truth);
  }
  CHECK(whole.snapshot() == resumed.snapshot());
  CHECK(wider.restore(whole.snapshot()).error().code == Code::Conflict);
  auto larger = small();
  larger.features.bits = larger.ftrl.bits = 13;
  CHECK(TextClassifier{larger}.restore(whole.snapshot()).error().code == Code::Conflict);
}

}  // namespace
}  // namespace vitrine::learn
