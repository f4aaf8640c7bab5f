#include <doctest/doctest.h>

#include "commerce/assistant/question.h"
#include "commerce/assistant/topology.h"
#include "commerce/model/topics.h"
#include "commerce/model/words.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace std::chrono_literals;

namespace {

struct TestShow {
  App app{"assistant-test"};
  std::unique_ptr<TestDriver> driver;
  std::uint64_t numbers = 0;

  TestShow() {
    assistant::add_assistant(app);
    driver = std::make_unique<TestDriver>(app);
  }
  void say(const std::string& author, const std::string& text,
           const std::string& role = "viewer") {
    ChatEvent event;
    ChatPosted& posted = *event.mutable_posted();
    posted.set_author(author);
    posted.set_text(text);
    posted.set_role(role);
    posted.set_number(++numbers);
    driver->pipe(topics::show_chat, "show_1", event, at(1000s + std::chrono::seconds(numbers)));
  }
  InsightEvent command(const InsightCommand& command) {
    driver->pipe(topics::insight_commands, "show_1", command, at(5000s));
    return told().back();
  }
  std::vector<InsightEvent> told() const { return driver->values(topics::show_insights); }
};

bool asks(std::string_view text) {
  return assistant::is_question(text, model::words_of(text));
}

InsightCommand answer(const std::string& question, const std::string& text) {
  InsightCommand command;
  command.mutable_answer()->set_question(question);
  command.mutable_answer()->set_text(text);
  return command;
}

}  // namespace

TEST_CASE("a question has a mark, or a word that asks in front") {
  for (const char* text : {"how big is it?", "what size is this", "Is this dishwasher safe",
                           "hi, do you ship to Ireland", "wie groß ist das", "Größe?? in cm"})
    CHECK_MESSAGE(asks(text), text);
  for (const char* text : {"I love it", "what?!", "wow", "this is how I do it", "nice how you did"})
    CHECK_MESSAGE(!asks(text), text);
}

TEST_CASE("words lose their endings and capitals, also beyond ASCII") {
  using V = std::vector<std::string>;
  CHECK(model::words_of("It's GRÖSSE 40!") == V{"its", "grösse", "40"});
  CHECK(assistant::content_of(model::words_of("do the boxes ship in sizes")) ==
        V{"box", "ship", "size"});
  CHECK(assistant::topic_of({"size"}) == "size");
  CHECK(assistant::topic_of({"umbrella"}).empty());
  CHECK(assistant::overlap({"a", "b", "c"}, {"b", "c"}) == doctest::Approx(1.0));
  CHECK(assistant::overlap({"a", "b"}, {}) == doctest::Approx(0.0));
}

TEST_CASE("those who ask the same are counted once a person, over a restart") {
  TestShow show;
  show.say("vwr_1", "How big is it?");
  show.say("vwr_2", "what size is this");
  show.say("vwr_2", "SIZE?? please tell");
  show.driver->restart();
  show.say("vwr_3", "which dimensions does it have?");
  show.say("vwr_4", "do you ship to Ireland?");
  show.say("hst_1", "how big it is? you will see", "host");
  const auto told = show.told();
  REQUIRE(told.size() == 4);  // vwr_2's second message adds nobody, the host asks nothing
  const QuestionGroup& size = told[2].question();
  CHECK(size.id() == "q_1");
  CHECK(size.people() == 3);
  CHECK(size.messages() == 4);
  CHECK(size.topic() == "size");
  CHECK(size.why() == "3 viewers asked for the size within 4 s");
  CHECK(std::vector<std::uint64_t>(size.evidence().begin(), size.evidence().end()) ==
        std::vector<std::uint64_t>{1, 2, 3, 4});
  CHECK(told[3].question().topic() == "delivery");
}

TEST_CASE("a flood of one question is told of some fifty times and evidence stays short") {
  TestShow show;
  for (int i = 0; i < 1'000; ++i) show.say("vwr_" + std::to_string(i), "price?? how much");
  const auto told = show.told();
  CHECK(told.size() < 80);
  CHECK(told.back().question().people() > 900);
  CHECK(told.back().question().evidence().size() == 5);
}

TEST_CASE("the longest unasked group leaves when there are too many") {
  TestShow show;
  show.say("vwr_1", "how big is it?");
  for (int i = 0; i < 64; ++i)
    show.say("vwr_1", "where is thing" + std::to_string(i) + " today?");
  show.say("vwr_2", "how big is it?");
  CHECK(show.told().back().question().id() == "q_66");
  CHECK(show.told().back().question().people() == 1);
}

TEST_CASE("a host answers or dismisses a question that is there") {
  TestShow show;
  show.say("vwr_1", "how big is it?");
  CHECK(show.command(answer("q_9", "12 cm")).refused().code() == "not-found");
  CHECK(show.command(answer("q_1", "")).refused().code() == "schema");
  const auto answered = show.command(answer("q_1", "12 cm; card 4111 1111 1111 1111"));
  CHECK(answered.answered().text() == "12 cm; card •••• card number removed");
  CHECK(answered.answered().source() == "host");
  InsightCommand dismiss;
  dismiss.mutable_dismiss()->set_question("q_1");
  CHECK(show.command(dismiss).dismissed().question() == "q_1");
  CHECK(show.command(dismiss).refused().code() == "not-found");
}
