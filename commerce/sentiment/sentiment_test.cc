#include <doctest/doctest.h>

#include "commerce/model/topics.h"
#include "commerce/model/words.h"
#include "commerce/sentiment/concern.h"
#include "commerce/sentiment/mood.h"
#include "commerce/sentiment/topology.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace std::chrono_literals;

namespace {

std::string concern(std::string_view text) {
  const auto heard = sentiment::concern_of(text, model::words_of(text));
  return std::string(sentiment::name_of(heard.concern)) + "/" + std::string(heard.about);
}

double score(std::string_view text) {
  const auto scored = sentiment::score_of(model::words_of(text));
  return scored ? scored->score : 0;
}

struct TestRoom {
  App app{"sentiment-test"};
  std::unique_ptr<TestDriver> driver;
  std::uint64_t numbers = 0;
  Time now = at(10'000s);

  TestRoom() {
    sentiment::add_sentiment(app, app.broadcast(topics::model_records));
    driver = std::make_unique<TestDriver>(app);
  }
  void say(const std::string& author, const std::string& text, Duration later = 1s) {
    now += later;
    ChatEvent event;
    ChatPosted& posted = *event.mutable_posted();
    posted.set_author(author);
    posted.set_text(text);
    posted.set_role("viewer");
    posted.set_number(++numbers);
    driver->advance_to(now);
    driver->pipe(topics::show_chat, "show_1", event, now);
  }
  void held(const std::string& author, const std::string& text, const std::string& rule) {
    now += 1s;
    ChatEvent event;
    event.mutable_held()->set_held("h_" + std::to_string(++numbers));
    event.mutable_held()->set_rule(rule);
    event.mutable_held()->mutable_message()->set_author(author);
    event.mutable_held()->mutable_message()->set_text(text);
    driver->advance_to(now);
    driver->pipe(topics::show_chat, "show_1", event, now);
  }
  void everybody(int people, const std::string& text, const std::string& prefix = "vwr_") {
    for (int i = 0; i < people; ++i) say(prefix + std::to_string(i), text);
  }
  std::vector<HostAlert> alerts() const {
    std::vector<HostAlert> out;
    for (const InsightEvent& event : driver->values(topics::show_insights))
      if (event.has_alert()) out.push_back(event.alert());
    return out;
  }
  MoodTick mood() const {
    MoodTick last;
    for (const InsightEvent& event : driver->values(topics::show_insights))
      if (event.has_mood()) last = event.mood();
    return last;
  }
};

}  // namespace

TEST_CASE("what a line complains of, and of what") {
  CHECK(concern("I can't hear you at all") == "technical/sound");
  CHECK(concern("no SOUND!!") == "technical/sound");
  CHECK(concern("the video is lagging again") == "technical/picture");
  CHECK(concern("this is boring, next product") == "presentation/pace");
  CHECK(concern("could you come closer please") == "presentation/view");
  CHECK(concern("way too expensive for that") == "dislike/price");
  CHECK(concern("SCAM!") == "stop/trust");
  CHECK(concern("how big is it?") == "feature/size");
  CHECK(concern("kein Ton hier") == "technical/sound");
  CHECK(concern("that sounds lovely") == "none/");
  CHECK(concern("I hear you fine") == "none/");
}

TEST_CASE("a line's score is its words', and a negation turns it") {
  CHECK(score("what a lovely gift") > 0.3);
  CHECK(score("this is awful") < -0.3);
  CHECK(score("not that good at all") < 0);
  CHECK(score("no sound, awful") < 0);
  CHECK(score("the red box") == doctest::Approx(0));
}

TEST_CASE("the fifth person within half a minute raises an alert with its evidence") {
  TestRoom room;
  room.everybody(4, "no sound");
  room.say("vwr_0", "still no sound");  // the same person is one
  CHECK(room.alerts().empty());
  room.driver->restart();
  room.say("vwr_9", "I cannot hear anything");
  REQUIRE(room.alerts().size() == 1);
  const HostAlert alert = room.alerts()[0];
  CHECK(alert.concern() == "technical");
  CHECK(alert.about() == "sound");
  CHECK(alert.people() == 5);
  CHECK(alert.evidence().size() == 5);
  CHECK(alert.said(4) == "I cannot hear anything");
  CHECK(alert.why() == "5 people within 5 s, usual are 0.0 in half a minute");
}

TEST_CASE("an alert grows, ends when it is quiet, and does not come again at once") {
  TestRoom room;
  room.everybody(12, "no sound");
  CHECK(room.alerts().back().people() >= 8);
  const std::string id = room.alerts().back().id();
  room.say("vwr_20", "hello", 40s);
  CHECK(room.alerts().back().over());
  CHECK(room.alerts().back().id() == id);
  const std::size_t before = room.alerts().size();
  room.everybody(6, "no sound");
  CHECK(room.alerts().size() == before);
  room.now += 90s;
  room.everybody(6, "no sound");
  CHECK(room.alerts().size() > before);
}

TEST_CASE("five complaints spread over minutes raise nothing") {
  TestRoom room;
  for (int i = 0; i < 20; ++i) room.say("vwr_" + std::to_string(i), "too quiet", 20s);
  CHECK(room.alerts().empty());
}

TEST_CASE("a room that always grumbles needs more people") {
  TestRoom room;
  // Four people within any half minute, for an hour; then five are nothing out of the ordinary.
  for (int i = 0; i < 450; ++i) room.say("vwr_" + std::to_string(i), "boring", 8s);
  const std::size_t before = room.alerts().size();
  for (int i = 0; i < 6; ++i) room.say("other_" + std::to_string(i), "boring", 5s);
  CHECK(room.alerts().size() == before);
  room.everybody(25, "so boring", "many_");
  CHECK(room.alerts().size() > before);
}

TEST_CASE("thirty new accounts cannot raise stop, five who have been here can") {
  TestRoom room;
  room.everybody(5, "hello");
  room.now += 120s;
  room.everybody(30, "scam", "new_");
  CHECK(room.alerts().empty());
  room.everybody(5, "this is a scam");
  REQUIRE(room.alerts().size() == 1);
  CHECK(room.alerts()[0].concern() == "stop");
}

TEST_CASE("messages of five people that are held within half a minute are a raid or abuse") {
  TestRoom room;
  for (int i = 0; i < 4; ++i) room.held("vwr_" + std::to_string(i), "scam", "words:en");
  room.held("vwr_0", "scam again", "words:en");  // the same person is one
  CHECK(room.alerts().empty());
  room.driver->restart();
  room.held("vwr_9", "scam", "raid");
  REQUIRE(room.alerts().size() == 1);
  const HostAlert alert = room.alerts()[0];
  CHECK(alert.id() == "a_h_2");
  CHECK(alert.concern() == "abuse");
  CHECK(alert.about() == "words");
  CHECK(alert.people() == 5);
  CHECK(alert.held(4) == "h_6");
  CHECK(alert.evidence().empty());
  CHECK(alert.said(4) == "scam");
  room.driver->advance_to(room.now + 31s);
  CHECK(room.alerts().back().over());
}

TEST_CASE("the room's mood moves with its lines, one vote a person") {
  TestRoom room;
  for (int i = 0; i < 10; ++i) room.say("vwr_1", "awful", 500ms);
  room.say("vwr_2", "lovely", 500ms);
  room.driver->advance_to(room.now + 2s);
  const MoodTick tick = room.mood();
  CHECK(tick.messages() == 2);
  CHECK(tick.positive() == 1);
  CHECK(tick.negative() == 1);
  CHECK(tick.terms().size() == 2);
  room.everybody(20, "lovely");
  room.driver->advance_to(room.now + 2s);
  CHECK(room.mood().score() > 0.3);
  CHECK(room.mood().why().starts_with("feels +0."));
}
