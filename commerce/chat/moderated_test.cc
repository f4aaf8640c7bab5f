// The chat with its moderators: what is held is not shown, and what they decide holds at once.
#include <doctest/doctest.h>

#include "commerce/chat/topology.h"
#include "commerce/model/topics.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace std::chrono_literals;

namespace {

struct Moderated {
  App app{"chat-test"};
  std::unique_ptr<TestDriver> driver;
  Time now = at(1000s);
  int ids = 0;
  Moderated() {
    chat::add_chat(app, {});
    driver = std::make_unique<TestDriver>(app);
  }
  // What the command brought about.
  std::vector<ChatEvent> tell(const ChatCommand& command) {
    const auto before = driver->values(topics::show_chat).size();
    driver->pipe(topics::chat_commands, "show_1", command, now, "cmd");
    const auto all = driver->values(topics::show_chat);
    return {all.begin() + static_cast<std::ptrdiff_t>(before), all.end()};
  }
  std::vector<ChatEvent> say(const std::string& author, const std::string& text,
                             const std::string& id = {}, const std::string& role = "viewer") {
    ChatCommand command;
    command.mutable_post()->set_author(author);
    command.mutable_post()->set_id(id.empty() ? "m" + std::to_string(++ids) : id);
    command.mutable_post()->set_text(text);
    command.mutable_post()->set_role(role);
    return tell(command);
  }
  std::vector<ChatEvent> decide(const std::string& held, bool release) {
    ChatCommand command;
    command.mutable_decide()->set_held(held);
    command.mutable_decide()->set_release(release);
    command.mutable_decide()->set_actor("mod_1");
    command.mutable_decide()->set_reason("seen");
    return tell(command);
  }
  std::vector<ChatEvent> act(const std::string& person, const std::string& action, int minutes) {
    ChatCommand command;
    command.mutable_act()->set_person(person);
    command.mutable_act()->set_action(action);
    command.mutable_act()->set_minutes(minutes);
    command.mutable_act()->set_actor("mod_1");
    command.mutable_act()->set_reason("rude");
    return tell(command);
  }
};

}  // namespace

TEST_CASE("a held message has no number, and appears with the next one when it is released") {
  Moderated chat;
  CHECK(chat.say("vwr_1", "hello").front().posted().number() == 1);
  const auto held = chat.say("vwr_2", "this is a scam", "x1");
  REQUIRE(held.size() == 1);
  CHECK(held.front().held().held() == "h_1");
  CHECK(held.front().held().rule() == "words:shop");
  CHECK(held.front().held().why().starts_with("It says \"scam\""));
  CHECK(chat.say("vwr_1", "nice").front().posted().number() == 2);
  chat.driver->restart();
  const auto again = chat.say("vwr_2", "this is a scam", "x1");
  CHECK(again.front().repeated_post().held());
  const auto released = chat.decide("h_1", true);
  REQUIRE(released.size() == 2);
  CHECK(released[0].decided().released());
  CHECK(released[0].decided().number() == 3);
  CHECK(released[0].decided().actor() == "mod_1");
  CHECK(released[1].posted().number() == 3);
  CHECK(released[1].posted().text() == "this is a scam");
  CHECK(chat.say("vwr_2", "this is a scam", "x1").front().repeated_post().number() == 3);
  CHECK(chat.decide("h_1", true).front().refused().code() == "not-found");
  CHECK(chat.say("vwr_1", "ok").front().posted().number() == 4);
}

TEST_CASE("a rejected message never appears, and its author is told held for ever") {
  Moderated chat;
  chat.say("vwr_2", "this is a scam", "x1");
  const auto rejected = chat.decide("h_1", false);
  REQUIRE(rejected.size() == 1);
  CHECK_FALSE(rejected.front().decided().released());
  CHECK(rejected.front().decided().strikes() == 2);
  CHECK(chat.say("vwr_2", "this is a scam", "x1").front().repeated_post().held());
}

TEST_CASE("a masked message is shown with its word covered, and moderators are told why") {
  Moderated chat;
  const auto masked = chat.say("vwr_1", "damn nice mug");
  REQUIRE(masked.size() == 2);
  CHECK(masked[0].posted().text() == "**** nice mug");
  CHECK(masked[1].masked().number() == 1);
  CHECK(chat.say("vwr_1", "kill yourself").front().refused().rule() == "words:shop");
  CHECK(chat.say("hst_1", "damn nice mug", "", "host").front().posted().text() == "damn nice mug");
}

TEST_CASE("a muted or banned person is refused from the next message until the time is over") {
  Moderated chat;
  for (const char* action : {"mute", "ban"}) {
    const auto acted = chat.act("vwr_1", action, 5);
    CHECK(acted.front().acted().until_ms() == millis_of(chat.now) + 300'000);
    CHECK(acted.front().acted().reason() == "rude");
    chat.driver->restart();
    const ChatEvent refused = chat.say("vwr_1", "hello").front();
    CHECK(refused.refused().code() == "banned");
    CHECK(refused.refused().retry_after_s() == 300);
    CHECK(chat.say("vwr_2", "hello").front().has_posted());
    chat.now += 300s;
    CHECK(chat.say("vwr_1", "hello").front().has_posted());
  }
  chat.act("vwr_1", "ban", 5);
  chat.act("vwr_1", "pardon", 0);
  CHECK(chat.say("vwr_1", "hello").front().has_posted());
  CHECK(chat.act("vwr_1", "ban", 50'000).front().refused().code() == "schema");
}

TEST_CASE("under a shadow ban a message is told to nobody else and takes no number") {
  Moderated chat;
  chat.act("vwr_1", "shadow", 5);
  const auto shadowed = chat.say("vwr_1", "this is a scam", "x1");
  REQUIRE(shadowed.size() == 1);
  CHECK(shadowed.front().shadowed().message().number() == 1);
  CHECK(chat.say("vwr_1", "this is a scam", "x1").front().repeated_post().number() == 1);
  CHECK(chat.say("vwr_2", "hello").front().posted().number() == 1);
}

TEST_CASE("slow mode lets a viewer speak once in its seconds, hosts and moderators always") {
  Moderated chat;
  ChatCommand slow;
  slow.mutable_slow_mode()->set_seconds(10);
  CHECK(chat.tell(slow).front().slow_mode().seconds() == 10);
  CHECK(chat.say("vwr_1", "one").front().has_posted());
  chat.now += 4s;
  const ChatEvent refused = chat.say("vwr_1", "two").front();
  CHECK(refused.refused().code() == "flood");
  CHECK(refused.refused().retry_after_s() == 6);
  for (const char* role : {"host", "moderator"}) {
    CHECK(chat.say("h", "one", "", role).front().has_posted());
    CHECK(chat.say("h", "two", "", role).front().has_posted());
  }
  chat.now += 6s;
  CHECK(chat.say("vwr_1", "two").front().has_posted());
  slow.mutable_slow_mode()->set_seconds(0);
  chat.tell(slow);
  CHECK(chat.say("vwr_1", "three").front().has_posted());
}

TEST_CASE("slow mode of an automatic action is set once, however often the command comes") {
  Moderated chat;
  ChatCommand slow;
  slow.mutable_slow_mode()->set_seconds(30);
  slow.mutable_slow_mode()->set_actor("automatic");
  slow.mutable_slow_mode()->mutable_cause()->set_action("x_9");
  const auto set = chat.tell(slow);
  REQUIRE(set.size() == 1);
  CHECK(set.front().slow_mode().cause().action() == "x_9");
  ChatCommand off;
  off.mutable_slow_mode()->set_seconds(0);
  CHECK(chat.tell(off).size() == 1);
  chat.driver->restart();
  CHECK(chat.tell(slow).empty());
  CHECK(chat.say("vwr_1", "one").front().has_posted());
  CHECK(chat.say("vwr_1", "two").front().has_posted());  // it stays off
  slow.mutable_slow_mode()->mutable_cause()->set_undo(true);
  CHECK(chat.tell(slow).size() == 1);
  slow.mutable_slow_mode()->mutable_cause()->set_action("x_10");
  slow.mutable_slow_mode()->mutable_cause()->set_undo(false);
  CHECK(chat.tell(slow).size() == 1);
}

TEST_CASE("the third held message of a person mutes for some minutes by itself") {
  Moderated chat;
  chat.say("vwr_1", "scam one");
  chat.say("vwr_1", "scam two");
  const auto third = chat.say("vwr_1", "scam three");
  REQUIRE(third.size() == 2);
  CHECK(third[0].held().strikes() == 3);
  CHECK(third[1].acted().action() == "mute");
  CHECK(third[1].acted().rule() == "strikes");
  CHECK(chat.say("vwr_1", "hello").front().refused().code() == "banned");
  chat.now += 300s;
  CHECK(chat.say("vwr_1", "hello").front().has_posted());
}

TEST_CASE("who was muted for a message that is released may speak again, also restarted") {
  Moderated chat;
  for (const char* text : {"scam one", "scam two", "scam three"}) chat.say("vwr_1", text);
  chat.driver->restart();
  CHECK(chat.say("vwr_1", "hello").front().refused().code() == "banned");
  const auto released = chat.decide("h_3", true);
  REQUIRE(released.size() == 3);
  CHECK(released[1].acted().action() == "unmute");
  CHECK(released[1].acted().actor() == "mod_1");
  CHECK(released[2].posted().text() == "scam three");
  CHECK(chat.say("vwr_1", "thank you").front().has_posted());

  for (const char* text : {"scam one", "scam two", "scam three"}) chat.say("vwr_2", text);
  chat.act("vwr_2", "mute", 5);
  CHECK(chat.decide("h_6", true).size() == 2);
  CHECK(chat.say("vwr_2", "hello").front().refused().code() == "banned");
}

TEST_CASE("a raid is held from its fifth person on") {
  Moderated chat;
  const std::string text = "everybody come to my channel right now";
  for (int i = 1; i <= 4; ++i)
    CHECK(chat.say("vwr_" + std::to_string(i), text).front().has_posted());
  CHECK(chat.say("vwr_5", text).front().held().rule() == "raid");
  CHECK(chat.say("vwr_6", text).front().held().rule() == "raid");
  chat.now += 30s;
  CHECK(chat.say("vwr_7", text).front().has_posted());
}

TEST_CASE("the queue is bounded: the oldest held message is decided by the queue") {
  Moderated chat;
  for (int i = 0; i < 200; ++i)
    CHECK(chat.say("vwr_" + std::to_string(i), "scam").size() == 1);
  const auto more = chat.say("vwr_x", "scam");
  REQUIRE(more.size() == 2);
  CHECK(more[1].decided().held() == "h_1");
  CHECK(more[1].decided().actor() == "queue");
  CHECK(chat.driver->state<ScopedRow, ChatHeld>("moderation-held").size() == 200);
}

TEST_CASE("after twenty decisions the model holds what moderators would reject, also restarted") {
  Moderated chat;
  const auto remove = [&](const std::string& text) {
    ChatCommand command;
    command.mutable_remove()->set_message("m");
    command.mutable_remove()->set_actor("mod_1");
    command.mutable_remove()->set_text(text);
    chat.tell(command);
  };
  for (int i = 0; i < 12; ++i) {
    remove("cheaper watches at replicabay " + std::to_string(i));
    const auto held = chat.say("vwr_" + std::to_string(i), "this mug is no scam, lovely");
    chat.decide(held.front().held().held(), true);
    if (i < 9) CHECK(chat.say("vwr_y", "watches from replicabay").front().has_posted());
    chat.now += 11s;
  }
  chat.driver->restart();
  const ChatEvent held = chat.say("vwr_z", "get cheaper watches from replicabay").front();
  CHECK(held.held().rule() == "model");
  CHECK(held.held().version() == 24);
  CHECK(chat.say("vwr_z", "lovely mug").front().has_posted());
}
