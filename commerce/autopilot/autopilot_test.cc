// Alerts that act unless somebody says no, by themselves.
#include <doctest/doctest.h>

#include "commerce/autopilot/carry_out.h"
#include "commerce/autopilot/decide.h"
#include "commerce/autopilot/topology.h"
#include "commerce/model/topics.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace std::chrono_literals;

namespace {

const Topic<std::string, InsightEvent> alarms{"alarms"};

struct Console {
  App app{"autopilot-test"};
  std::unique_ptr<TestDriver> driver;
  Time now = at(10'000s);

  Console() {
    autopilot::add_autopilot(app, app.stream(alarms));
    driver = std::make_unique<TestDriver>(app);
    driver->advance_to(now);
    go(LIVE);
    pins({"mug", "lamp"});
  }
  void tell(const InsightCommand& command) {
    driver->pipe(topics::insight_commands, "show_1", command, now);
  }
  void set(const std::string& kind, bool on, std::int64_t veto_s = 20) {
    InsightCommand command;
    command.set_actor("hst_1");
    command.mutable_autopilot()->set_kind(kind);
    command.mutable_autopilot()->set_on(on);
    command.mutable_autopilot()->set_veto_s(veto_s);
    tell(command);
  }
  void veto(const std::string& action) {
    InsightCommand command;
    command.set_actor("hst_1");
    command.mutable_veto()->set_action(action);
    tell(command);
  }
  void undo(const std::string& action) {
    InsightCommand command;
    command.set_actor("hst_1");
    command.mutable_undo()->set_action(action);
    tell(command);
  }
  void alert(const std::string& concern, const std::string& id, bool over = false) {
    InsightEvent event;
    HostAlert& alert = *event.mutable_alert();
    alert.set_id(id);
    alert.set_concern(concern);
    alert.set_about("price");
    alert.set_why("5 people within 5 s, usual are 0.0 in half a minute");
    alert.add_evidence(7);
    alert.add_said("too expensive");
    alert.set_over(over);
    driver->pipe(alarms, "show_1", event, now);
  }
  void show(const ShowEvent& event) {
    driver->pipe(topics::show_timeline, "show_1", event, now);
  }
  void go(ShowState state) {
    ShowEvent event;
    event.set_actor("hst_1");
    event.mutable_state_changed()->set_after(state);
    show(event);
  }
  void pins(const std::vector<std::string>& skus) {
    ShowEvent event;
    event.set_actor("hst_1");
    if (!skus.empty()) event.mutable_pinned()->set_sku(skus.back());
    event.mutable_pinned()->mutable_pins()->Add(skus.begin(), skus.end());
    show(event);
  }
  // What the shop's domain tells when a decided action has reached it.
  void unpinned(const AutoAction& action) {
    const auto command = autopilot::show_command_of("show_1", action);
    REQUIRE(command);
    ShowEvent event;
    event.set_actor(command->actor());
    *event.mutable_cause() = command->cause();
    event.mutable_unpinned()->set_sku(command->unpin().sku());
    event.mutable_unpinned()->add_pins("mug");
    show(event);
  }
  void later(Duration by) {
    now += by;
    driver->advance_to(now);
  }
  std::vector<InsightEvent> told() const { return driver->values(topics::show_insights); }
  std::vector<AutoAction> actions() const {
    std::vector<AutoAction> out;
    for (const InsightEvent& event : told())
      if (event.has_action()) out.push_back(event.action());
    return out;
  }
  std::string states() const {
    std::string out;
    for (const AutoAction& action : actions()) (out += out.empty() ? "" : " ") += action.state();
    return out;
  }
};

}  // namespace

TEST_CASE("an alert that may act waits for a veto, and acts at its deadline when nobody says no") {
  Console console;
  console.set("dislike", true);
  console.alert("dislike", "a_3");
  REQUIRE(console.actions().size() == 1);
  const AutoAction pending = console.actions()[0];
  CHECK(pending.id() == "x_1");
  CHECK(pending.does() == "unpin");
  CHECK(pending.sku() == "lamp");
  CHECK(pending.state() == "pending");
  CHECK(pending.actor() == "automatic");
  CHECK(pending.deadline_ms() == millis_of(console.now) + 20'000);
  CHECK(pending.why() == "Viewers do not like it (price): 5 people within 5 s, usual are 0.0 in "
                         "half a minute.");
  CHECK(pending.evidence(0) == 7);
  CHECK(pending.said(0) == "too expensive");
  console.later(19'999ms);
  CHECK(console.states() == "pending");
  console.later(1ms);
  CHECK(console.states() == "pending due");
  console.unpinned(console.actions().back());
  CHECK(console.states() == "pending due done");
  console.later(10min);
  CHECK(console.states() == "pending due done");
}

TEST_CASE("a veto before the deadline cancels, for good for this alert") {
  Console console;
  console.set("dislike", true);
  console.alert("dislike", "a_3");
  console.later(19s);
  console.veto("x_1");
  CHECK(console.states() == "pending vetoed");
  CHECK(console.actions().back().actor() == "hst_1");
  console.later(1min);
  console.alert("dislike", "a_3");  // it has grown
  CHECK(console.states() == "pending vetoed");
  console.veto("x_1");
  CHECK(console.told().back().refused().code() == "not-found");
  console.alert("dislike", "a_90");
  CHECK(console.actions().back().id() == "x_2");
}

TEST_CASE("alerts only tell where nobody has switched them on, and again once they are off") {
  Console console;
  for (const char* concern : {"dislike", "stop", "abuse", "feature"}) console.alert(concern, "a_1");
  console.later(5min);
  CHECK(console.actions().empty());
  console.set("feature", true);
  CHECK(console.told().back().refused().code() == "not-found");
  console.set("stop", true, 5);
  CHECK(console.told().back().autopilot().veto_s() == 5);
  console.alert("stop", "a_2");
  console.set("stop", false);
  CHECK(console.states() == "pending dropped");
  CHECK(console.actions().back().ended_why() == "It was switched off.");
  console.later(1min);
  console.alert("stop", "a_3");
  CHECK(console.states() == "pending dropped");
}

TEST_CASE("what has become moot is dropped: done by hand, over, or too late") {
  Console console;
  console.set("dislike", true);
  console.set("abuse", true);
  console.set("stop", true);
  console.alert("dislike", "a_1");
  console.pins({"mug"});
  CHECK(console.actions().back().ended_why() == "The product is not pinned any more.");
  console.alert("dislike", "a_2");
  console.alert("dislike", "a_2", true);
  CHECK(console.actions().back().ended_why() == "The alert is over.");
  SlowModeSet set;
  set.set_seconds(60);
  ChatEvent slow;
  *slow.mutable_slow_mode() = set;
  console.driver->pipe(topics::show_chat, "show_1", slow, console.now);
  const std::size_t before = console.actions().size();
  console.alert("abuse", "a_3");
  CHECK(console.actions().size() == before);  // it is slow already
  console.pins({});
  console.alert("dislike", "a_4");
  CHECK(console.actions().size() == before);  // there is nothing to take down
  console.alert("stop", "a_5");
  // The driver is never down when a time comes.
  auto pilots = console.driver->state<std::string, autopilot::Pilot>("autopilot-shows");
  const AutoAction late = console.actions().back();
  const auto told = autopilot::on_deadline(pilots.at("show_1"), late.id(),
                                           late.deadline_ms() + autopilot::kLateMs + 1);
  REQUIRE(told.size() == 1);
  CHECK(told[0].action().state() == "dropped");
  CHECK(told[0].action().ended_why() == "The server was down when its time came.");
}

TEST_CASE("an action is undone by one word, once, or by hand, or says why it cannot be") {
  Console console;
  console.set("dislike", true);
  console.alert("dislike", "a_1");
  console.undo("x_1");
  CHECK(console.told().back().refused().code() == "not-found");  // nothing was done yet
  console.later(20s);
  console.unpinned(console.actions().back());
  console.undo("x_1");
  const AutoAction undoing = console.actions().back();
  CHECK(undoing.state() == "undoing");
  const auto command = autopilot::show_command_of("show_1", undoing);
  REQUIRE(command);
  CHECK(command->pin().sku() == "lamp");
  CHECK(command->actor() == "hst_1");
  ShowEvent refused;
  *refused.mutable_cause() = command->cause();
  refused.mutable_refused()->set_detail("three products are pinned already");
  console.show(refused);
  CHECK(console.actions().back().state() == "done");
  CHECK(console.actions().back().ended_why() ==
        "It could not be undone: three products are pinned already.");
  console.undo("x_1");
  ShowEvent pinned;
  *pinned.mutable_cause() = command->cause();
  pinned.mutable_pinned()->set_sku("lamp");
  console.show(pinned);
  CHECK(console.actions().back().state() == "undone");
  console.undo("x_1");
  CHECK(console.told().back().refused().code() == "not-found");

  console.pins({"mug", "lamp"});
  console.alert("dislike", "a_2");
  console.later(20s);
  console.unpinned(console.actions().back());
  console.pins({"mug", "lamp"});
  CHECK(console.actions().back().state() == "undone");
  CHECK(console.actions().back().ended_why() == "By hand.");
}

TEST_CASE("stop pauses a live show, and whoever goes live again has taken that back") {
  Console console;
  console.set("stop", true, 5);
  console.go(PAUSED);
  console.alert("stop", "a_1");
  CHECK(console.actions().empty());  // it stands still already
  console.go(LIVE);
  console.alert("stop", "a_2");
  console.later(5s);
  const auto command = autopilot::show_command_of("show_1", console.actions().back());
  REQUIRE(command);
  CHECK(command->change_state().to() == PAUSED);
  CHECK(command->actor() == "automatic");
  ShowEvent paused;
  *paused.mutable_cause() = command->cause();
  paused.mutable_state_changed()->set_after(PAUSED);
  console.show(paused);
  CHECK(console.actions().back().state() == "done");
  console.undo("x_1");
  const auto back = autopilot::show_command_of("show_1", console.actions().back());
  CHECK(back->change_state().to() == LIVE);
  console.go(LIVE);
  CHECK(console.actions().back().state() == "undoing");  // until its own command has come
  ShowEvent refused;
  *refused.mutable_cause() = back->cause();
  refused.mutable_refused()->set_detail("a live show cannot become live");
  console.show(refused);
  CHECK(console.actions().back().state() == "undone");
  CHECK(console.actions().back().ended_why() == "By hand.");
}

TEST_CASE("what is remembered of a show has a bound") {
  Console console;
  console.set("dislike", true);
  for (int i = 0; i < 50; ++i) {
    console.alert("dislike", "a_" + std::to_string(i));
    console.veto("x_" + std::to_string(i + 1));
  }
  const auto pilots = console.driver->state<std::string, autopilot::Pilot>("autopilot-shows");
  CHECK(pilots.at("show_1").actions.size() == autopilot::kActionsKept);
  CHECK(pilots.at("show_1").numbers == 50);
}
