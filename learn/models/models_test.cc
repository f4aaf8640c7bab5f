#include <doctest/doctest.h>

#include "learn/models/reply_features.h"
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

TEST_CASE("the candidates of a line are itself and the lines of people before it") {
  ReplyFeatures features{{.candidates_max = 3, .lines_max = 10}};
  features.add({1, "ann", "is the red one in size 40?"});
  CHECK(features.back() == std::vector<std::size_t>{0});
  features.add({1, "", "bob has joined", true});
  CHECK(features.back() == std::vector<std::size_t>{0});
  features.add({2, "bob", "ann: yes"});
  CHECK(features.back() == std::vector<std::size_t>{0, 2});
  features.add({2, "cat", "hello"});
  CHECK(features.back() == std::vector<std::size_t>{0, 1, 3});
  features.add({9, "ann", "thanks bob"});
  CHECK(features.back() == std::vector<std::size_t>{0, 1, 2});
  for (const auto& candidate : features.candidates())
    for (const auto input : candidate) CHECK(input < ReplyFeatures::kInputs);
}

TEST_CASE("a ranker learns from a few talks that a named person is answered") {
  Ranker ranker{{.inputs = ReplyFeatures::kInputs,
                 .dense = ReplyFeatures::kDense,
                 .hidden = 8,
                 .rate = 0.05}};
  const char* people[] = {"anna", "bert", "carl", "dora"};
  std::size_t right = 0;
  for (std::uint64_t talk = 0; talk < 60; ++talk) {
    ReplyFeatures features;
    for (const char* person : people) features.add({1, person, "does it come in blue"});
    const std::size_t asked = stable_mix(talk) % 4;
    features.add({1, "host", std::string(people[asked]) + ": yes it does"});
    const std::size_t truth[] = {4 - asked};  // candidate k is k lines back here
    if (talk >= 40) right += ranker.best(features.candidates()) == truth[0] ? 1 : 0;
    ranker.learn(features.candidates(), truth);
  }
  CHECK(right >= 19);
}

}  // namespace
}  // namespace vitrine::learn
