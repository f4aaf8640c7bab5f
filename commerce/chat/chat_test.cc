#include <doctest/doctest.h>

#include "commerce/chat/topology.h"
#include "commerce/model/topics.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace std::chrono_literals;

namespace {

struct TestChat {
  App app{"chat-test"};
  std::unique_ptr<TestDriver> driver;
  Time now = at(1000s);
  explicit TestChat(const chat::ChatOptions& options = {}) {
    chat::add_chat(app, options);
    driver = std::make_unique<TestDriver>(app);
  }
  ChatEvent say(const std::string& author, const std::string& id, const std::string& text,
                const std::string& role = "viewer") {
    ChatCommand command;
    command.mutable_post()->set_author(author);
    command.mutable_post()->set_id(id);
    command.mutable_post()->set_text(text);
    command.mutable_post()->set_role(role);
    driver->pipe(topics::chat_commands, "show_1", command, now, "cmd");
    return driver->values(topics::show_chat).back();
  }
};

}  // namespace

TEST_CASE("messages are numbered densely and a resent one keeps its first number") {
  TestChat chat;
  CHECK(chat.say("vwr_1", "m1", "hello").posted().number() == 1);
  CHECK(chat.say("vwr_2", "m1", "hi").posted().number() ==
        2);  // another author's id is another message
  CHECK(chat.say("vwr_1", "m2", "   ").refused().code() == "schema");
  CHECK(chat.say("vwr_1", "m2", "how much?").posted().number() == 3);
  chat.driver->restart();
  CHECK(chat.say("vwr_1", "m1", "hello").repeated_post().number() == 1);
  CHECK(chat.say("vwr_1", "m1", "another text").repeated_post().number() == 1);
  CHECK(chat.say("vwr_1", "m3", "ok").posted().number() == 4);
}

TEST_CASE("texts keep their limits and lose card numbers") {
  TestChat chat;
  CHECK(chat.say("vwr_1", "m1", "").refused().code() == "schema");
  CHECK(chat.say("vwr_1", "m1", std::string(501, 'x')).refused().code() == "schema");
  CHECK(chat.say("vwr_1", "", "x").refused().code() == "schema");
  CHECK(chat.say("", "m1", "x").refused().code() == "permission");
  CHECK(chat.say("vwr_1", "m1", "take 4111 1111 1111 1111 please").posted().text() ==
        "take •••• card number removed please");
}

TEST_CASE("an eleventh message within ten seconds is a flood, not from the host") {
  TestChat chat;
  for (int i = 0; i < 10; ++i)
    CHECK(chat.say("vwr_1", "m" + std::to_string(i), "buy").has_posted());
  CHECK(chat.say("vwr_1", "m10", "buy").refused().code() == "flood");
  CHECK(chat.say("vwr_1", "m3", "buy").has_repeated_post());
  CHECK(chat.say("vwr_2", "m10", "buy").has_posted());
  for (int i = 0; i < 20; ++i)
    CHECK(chat.say("hst_1", "h" + std::to_string(i), "hi", "host").has_posted());
  chat.now += 10s;
  CHECK(chat.say("vwr_1", "m10", "buy").has_posted());
}

TEST_CASE("a removal is told to everybody") {
  TestChat chat;
  ChatCommand command;
  command.mutable_remove()->set_message("m1");
  command.mutable_remove()->set_actor("mod_1");
  command.mutable_remove()->set_reason("rude");
  chat.driver->pipe(topics::chat_commands, "show_1", command, chat.now);
  CHECK(chat.driver->values(topics::show_chat).back().removed().message() == "m1");
}

TEST_CASE("memory is bounded: the oldest ids and authors are forgotten") {
  TestChat chat({.remembered = 3});
  for (int i = 1; i <= 10; ++i) chat.say("vwr_" + std::to_string(i), "m", "x");
  CHECK(chat.driver->state<ScopedRow, std::uint64_t>("chat-ids").size() == 3);
  CHECK(chat.driver->state<ScopedRow, chat::Author>("chat-authors").size() == 3);
  CHECK(chat.say("vwr_8", "m", "x").has_repeated_post());
  CHECK(chat.say("vwr_1", "m", "x").posted().number() == 11);
}
