// The autopilot with the chat, the show and the alerts around it.
#include <doctest/doctest.h>

#include <algorithm>

#include "commerce/autopilot/carry_out.h"
#include "commerce/autopilot/topology.h"
#include "commerce/chat/topology.h"
#include "commerce/model/topics.h"
#include "commerce/sentiment/topology.h"
#include "commerce/shows/topology.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace std::chrono_literals;

namespace {

// Viewers, their alerts, the autopilot, and the chat and show that it acts on. Whoever carries out
// what is decided does it twice.
struct Whole {
  App app{"whole-test"};
  std::unique_ptr<TestDriver> driver;
  Time now = at(10'000s);
  bool restarts = false;
  int ids = 0;

  explicit Whole(bool restarts_in = false) : restarts(restarts_in) {
    chat::add_chat(app, {});
    shows::add_shows(app);
    autopilot::add_autopilot(
        app, sentiment::add_sentiment(app, app.broadcast(topics::model_records)));
    driver = std::make_unique<TestDriver>(app);
    ShowCommand create;
    create.mutable_create()->set_shop("shop_1");
    create.mutable_create()->set_title("Mugs");
    ask(create);
    ShowCommand live;
    live.mutable_change_state()->set_to(LIVE);
    ask(live);
    ShowCommand pin;
    pin.mutable_pin()->set_sku("mug");
    ask(pin);
  }
  void ask(const ShowCommand& command) {
    driver->pipe(topics::show_commands, "show_1", command, now);
  }
  void set(const std::string& kind) {
    InsightCommand command;
    command.mutable_autopilot()->set_kind(kind);
    command.mutable_autopilot()->set_on(true);
    driver->pipe(topics::insight_commands, "show_1", command, now);
  }
  void everybody(const std::string& text) {
    for (int i = 0; i < 6; ++i) {
      later(1s);
      ChatCommand command;
      PostMessage& post = *command.mutable_post();
      post.set_author("vwr_" + std::to_string(i));
      post.set_role("viewer");
      post.set_id("m" + std::to_string(++ids));
      post.set_text(text);
      driver->pipe(topics::chat_commands, "show_1", command, now);
    }
  }
  void later(Duration by) {
    if (restarts) driver->restart();
    now += by;
    driver->advance_to(now);
    carry_out();
  }
  void carry_out() {
    const AutoAction action = last();
    if (!autopilot::is_decided(action)) return;
    for (int i = 0; i < 2; ++i) {
      if (const auto command = autopilot::show_command_of("show_1", action)) ask(*command);
      if (const auto command = autopilot::chat_command_of(action))
        driver->pipe(topics::chat_commands, "show_1", *command, now);
    }
  }
  void undo(const std::string& action) {
    InsightCommand command;
    command.set_actor("hst_1");
    command.mutable_undo()->set_action(action);
    driver->pipe(topics::insight_commands, "show_1", command, now);
    carry_out();
  }
  // Of the slow mode and the pins, in order.
  std::string effects() const {
    std::string out;
    for (const ChatEvent& event : driver->values(topics::show_chat))
      if (event.has_slow_mode())
        out += event.slow_mode().actor() + " " + std::to_string(event.slow_mode().seconds()) + "; ";
    for (const ShowEvent& event : driver->values(topics::show_timeline)) {
      if (event.has_unpinned()) out += event.actor() + " unpins; ";
      if (event.has_pinned() && event.has_cause()) out += event.actor() + " pins; ";
    }
    return out;
  }
  AutoAction last() const {
    AutoAction out;
    for (const InsightEvent& event : driver->values(topics::show_insights))
      if (event.has_action()) out = event.action();
    return out;
  }
};

void a_bad_evening(Whole& whole) {
  whole.set("abuse");
  whole.set("dislike");
  whole.everybody("this is a scam");
  whole.later(20s);
  whole.later(1min);
  whole.undo("x_1");
  whole.everybody("way too expensive");
  whole.later(20s);
  whole.later(1min);
  whole.undo("x_2");
}

}  // namespace

TEST_CASE("a wave of held messages slows the chat, a dislike unpins, each once and undone once") {
  Whole whole;
  whole.set("abuse");
  whole.everybody("this is a scam");
  CHECK(whole.last().state() == "pending");
  whole.later(20s);
  CHECK(whole.effects() == "automatic 30; ");
  CHECK(whole.last().state() == "done");
  const auto chat = whole.driver->values(topics::show_chat);
  const auto slow = std::ranges::find_if(chat, [](const auto& e) { return e.has_slow_mode(); });
  CHECK(slow->slow_mode().cause().action() == "x_1");
  CHECK(slow->slow_mode().cause().why().starts_with("A raid or a wave of abuse (words): 5 people"));
  whole.undo("x_1");
  CHECK(whole.effects() == "automatic 30; hst_1 0; ");
  CHECK(whole.last().state() == "undone");
  whole.set("dislike");
  whole.everybody("way too expensive");
  whole.later(20s);
  whole.undo("x_2");
  CHECK(whole.effects() == "automatic 30; hst_1 0; automatic unpins; hst_1 pins; ");
  CHECK(whole.last().state() == "undone");
}

TEST_CASE("an undoing that is refused says why, and can be asked for again") {
  Whole whole;
  whole.set("dislike");
  whole.everybody("way too expensive");
  whole.later(20s);
  for (const char* sku : {"a", "b", "c"}) {
    ShowCommand pin;
    pin.mutable_pin()->set_sku(sku);
    whole.ask(pin);
  }
  whole.undo("x_1");
  CHECK(whole.last().state() == "done");
  CHECK(whole.last().ended_why() ==
        "It could not be undone: three products are pinned already.");
  ShowCommand unpin;
  unpin.mutable_unpin()->set_sku("a");
  whole.ask(unpin);
  whole.later(1s);
  whole.undo("x_1");
  CHECK(whole.last().state() == "undone");
}

TEST_CASE("a replay, and a run that is interrupted everywhere, tell the same bytes") {
  Whole first, again, restarted{true};
  for (Whole* whole : {&first, &again, &restarted}) a_bad_evening(*whole);
  CHECK(first.effects() == "automatic 30; hst_1 0; automatic unpins; hst_1 pins; ");
  for (const auto* topic : {"show.insights", "show.chat", "show.timeline"}) {
    CAPTURE(topic);
    const auto& expected = first.driver->records(topic);
    for (const Whole* other : {&again, &restarted}) {
      const auto& told = other->driver->records(topic);
      REQUIRE(told.size() == expected.size());
      for (std::size_t i = 0; i < told.size(); ++i) {
        CHECK(told[i].value == expected[i].value);
        CHECK(told[i].timestamp == expected[i].timestamp);
      }
    }
  }
}
