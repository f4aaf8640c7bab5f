#include <doctest/doctest.h>

#include "commerce/model/topics.h"
#include "commerce/shows/topology.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace std::chrono_literals;

namespace {

// The room as the platform runs it: commands into the topology, events out.
struct TestShow {
  App app{"shows-test"};
  std::unique_ptr<TestDriver> driver;
  Time now = at(1000s);
  TestShow() {
    shows::add_shows(app);
    driver = std::make_unique<TestDriver>(app);
  }
  std::vector<ShowEvent> send(const ShowCommand& command) {
    const std::size_t before = driver->values(topics::show_timeline).size();
    driver->pipe(topics::show_commands, "show_1", command, now, "cmd_1");
    auto all = driver->values(topics::show_timeline);
    return {all.begin() + static_cast<std::ptrdiff_t>(before), all.end()};
  }
  ShowEvent first(const ShowCommand& command) {
    auto events = send(command);
    REQUIRE_FALSE(events.empty());
    return events.front();
  }
};

ShowCommand create() {
  ShowCommand command;
  command.mutable_create()->set_title("Spring mugs");
  command.mutable_create()->set_shop("shop_1");
  return command;
}
ShowCommand to(ShowState state) {
  ShowCommand command;
  command.mutable_change_state()->set_to(state);
  return command;
}
ShowCommand pin(const std::string& sku) {
  ShowCommand command;
  command.mutable_pin()->set_sku(sku);
  return command;
}
ShowCommand unpin(const std::string& sku) {
  ShowCommand command;
  command.mutable_unpin()->set_sku(sku);
  return command;
}
ShowCommand open_poll(int answers) {
  ShowCommand command;
  command.mutable_open_poll()->set_question("Red or blue?");
  for (int i = 0; i < answers; ++i)
    command.mutable_open_poll()->add_answers("a" + std::to_string(i));
  return command;
}
ShowCommand close_poll(const std::string& poll) {
  ShowCommand command;
  command.mutable_close_poll()->set_poll(poll);
  return command;
}
ShowCommand vote(const std::string& poll, const std::string& actor, int answer) {
  ShowCommand command;
  command.set_actor(actor);
  command.mutable_vote()->set_poll(poll);
  command.mutable_vote()->set_answer(answer);
  return command;
}

}  // namespace

TEST_CASE("a show goes from draft to its end, and nowhere else") {
  TestShow show;
  CHECK(show.first(to(LIVE)).refused().code() == "not-found");
  CHECK(show.first(create()).created().show() == "show_1");
  CHECK(show.first(create()).refused().code() == "show-state");
  const auto refused = show.first(to(PAUSED)).refused();
  CHECK(refused.code() == "show-state");
  CHECK(std::vector<std::string>(refused.allowed().begin(), refused.allowed().end()) ==
        std::vector<std::string>{"scheduled", "live"});
  for (ShowState state : {SCHEDULED, DRAFT, SCHEDULED, LIVE, PAUSED, LIVE, ENDED}) {
    CHECK(show.first(to(state)).state_changed().after() == state);
  }
  CHECK(show.first(to(LIVE)).refused().allowed_size() == 0);
  CHECK(show.first(pin("mug")).refused().code() == "show-state");
}

TEST_CASE("three pins and no fourth") {
  TestShow show;
  show.send(create());
  for (const char* sku : {"mug", "cap", "pen", "mug"}) CHECK(show.first(pin(sku)).has_pinned());
  CHECK(show.first(pin("vase")).refused().code() == "pin-limit");
  CHECK(show.first(unpin("vase")).refused().code() == "not-found");
  CHECK(show.first(unpin("cap")).unpinned().pins_size() == 2);
  const auto pinned = show.first(pin("vase")).pinned();
  CHECK(std::vector<std::string>(pinned.pins().begin(), pinned.pins().end()) ==
        std::vector<std::string>{"mug", "pen", "vase"});
  CHECK(pinned.media_time_ms() == 1000'000);
  CHECK(show.first(pin("a b")).refused().code() == "schema");
}

TEST_CASE("one vote a person, and a late vote reads where the poll closed") {
  TestShow show;
  show.send(create());
  CHECK(show.first(open_poll(1)).refused().code() == "schema");
  CHECK(show.first(open_poll(5)).refused().code() == "schema");
  const auto poll = show.first(open_poll(2)).poll_opened().poll();
  CHECK(show.first(open_poll(2)).refused().code() == "show-state");
  CHECK(show.first(vote(poll.id(), "vwr_1", 1)).vote_counted().poll().votes(1) == 1);
  const auto again =
      show.first(vote(poll.id(), "vwr_1", 0)).answered_again().events(0).vote_counted();
  CHECK(again.answer() == 1);
  CHECK(again.poll().votes(0) == 0);
  CHECK(again.poll().votes(1) == 1);
  CHECK(show.first(vote(poll.id(), "vwr_2", 2)).refused().code() == "schema");
  CHECK(show.first(vote("poll_0", "vwr_2", 0)).refused().code() == "not-found");
  CHECK(show.first(vote(poll.id(), "", 0)).refused().code() == "permission");
  CHECK(show.first(vote(poll.id(), "vwr_2", 1)).vote_counted().poll().votes(1) == 2);
  const auto closed = show.first(close_poll(poll.id())).poll_closed().poll();
  CHECK(closed.closed_at() > 0);
  const auto late = show.first(vote(poll.id(), "vwr_3", 0)).refused();
  CHECK(late.code() == "poll-closed");
  CHECK(late.closed_at() == closed.closed_at());
  CHECK(show.first(close_poll(poll.id())).refused().code() == "poll-closed");
  CHECK(show.first(open_poll(4)).has_poll_opened());
}

TEST_CASE("the end of a show closes its poll") {
  TestShow show;
  show.send(create());
  show.send(to(LIVE));
  show.send(open_poll(2));
  const auto events = show.send(to(ENDED));
  REQUIRE(events.size() == 2);
  CHECK(events[0].has_poll_closed());
  CHECK(events[1].has_state_changed());
}

TEST_CASE(
    "the same key is answered again, another body is a conflict, and a restart forgets neither") {
  TestShow show;
  show.send(create());
  ShowCommand command = open_poll(2);
  command.set_idempotency_key("k");
  command.set_body_hash("h1");
  const auto first = show.first(command);
  show.driver->restart();
  CHECK(show.first(command).answered_again().events(0).SerializeAsString() ==
        first.SerializeAsString());
  command.set_body_hash("h2");
  CHECK(show.first(command).refused().code() == "idempotency-conflict");
  show.now += 25h;
  CHECK(show.first(command).refused().code() ==
        "show-state");  // the key is forgotten, the poll still open
}
