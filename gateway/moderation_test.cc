// What is held reaches moderators with its reason, and nobody else until they release it.
#include <doctest/doctest.h>

#include "gateway/core.h"
#include "gateway/json_text.h"
#include "gateway/test_server.h"

namespace vitrine::gateway {
namespace {

struct Stage {
  TestServer server;
  std::string show = server.live_show(), host = server.host(), moderator = server.moderator();
  std::string ada = server.guest("Ada"), ben = server.guest("Ben");
  std::string base = "/v1/host/shows/" + show;

  Answer say(const std::string& token, const std::string& id, const std::string& text) {
    const std::string body = JsonObject{}.text("id", id).text("text", text).str();
    return server.call("POST", "/v1/store/shows/" + show + "/chat", body, token);
  }
  std::string id_of(const std::string& token) {
    std::string id;
    server.on_loop(
        [&](Core& core) { id = core.tokens.check(token, core.env.clock.now())->id; });
    return id;
  }
  std::string listen(net::WsClient& socket, const std::string& channel) {
    REQUIRE(socket.send(JsonObject{}.text("t", "sub").text("ch", channel + show).str()));
    return receive(socket, channel == "show.chat:" ? "subbed" : "snapshot", channel);
  }
};

}  // namespace

TEST_CASE("a held message is told to moderators with its why, and shown once it is released") {
  Stage stage;
  net::WsClient moderator = stage.server.socket(stage.moderator);
  net::WsClient ben = stage.server.socket(stage.ben);
  CHECK(json_at(stage.listen(moderator, "show.moderation:"), "/data/held") == "[]");
  stage.listen(ben, "show.chat:");

  const auto held = stage.say(stage.ada, "m1", "this is a scam");
  CHECK(held.status == 202);
  CHECK(held.at("/held") == "true");
  CHECK(stage.say(stage.ada, "m1", "this is a scam").at("/held") == "true");
  const std::string told = receive(moderator, "evt", "\"held\"");
  CHECK(json_at(told, "/data/held/message/nickname") == "Ada");
  CHECK(json_at(told, "/data/held/why").starts_with("It says \"scam\""));
  CHECK(stage.say(stage.ada, "m2", "a mug").at("/number") == "1");

  const std::string path = stage.base + "/held/" + json_at(told, "/data/held/held");
  CHECK(stage.server.call("POST", path + "/release", "{}", stage.ben).status == 403);
  const auto released = stage.server.call("POST", path + "/release", "{}", stage.moderator);
  CHECK(released.status == 200);
  CHECK(released.at("/number") == "2");
  CHECK(stage.server.call("POST", path + "/release", "{}", stage.moderator).status == 404);
  // Ben is told of the mug first: nothing of the held message came before its release.
  const std::string first = receive(ben, "evt", "");
  CHECK(json_at(first, "/data/posted/text") == "a mug");
  CHECK(json_at(receive(ben, "evt", ""), "/data/posted/text") == "this is a scam");
  CHECK(receive(moderator, "evt", "\"decided\"").find("\"released\":true") != std::string::npos);
}

TEST_CASE("what waits and who may not speak are the same after a restart") {
  Stage stage;
  CHECK(stage.say(stage.ada, "m1", "what a scam").status == 202);
  const std::string ada = stage.id_of(stage.ada);
  const auto muted = stage.server.call("POST", stage.base + "/people/" + ada + "/mute",
                                       R"({"minutes":5,"reason":"rude"})", stage.moderator);
  CHECK(muted.status == 200);
  CHECK(muted.at("/actions/0/reason") == "rude");
  stage.server.stop();
  stage.server.start();
  const auto now = stage.server.call("GET", stage.base + "/moderation", {}, stage.host);
  CHECK(now.at("/held/0/message/text") == "what a scam");
  CHECK(now.at("/actions/0/person") == ada);
  const auto refused = stage.say(stage.ada, "m2", "hello");
  CHECK(refused.status == 403);
  CHECK(refused.at("/code") == "banned");
  CHECK(refused.at("/retry_after") != "");
  const auto person = stage.server.call("GET", stage.base + "/people/" + ada, {}, stage.host);
  CHECK(person.at("/nickname") == "Ada");
  CHECK(person.at("/messages/0/state") == "held");
  CHECK(person.at("/muted_until_ms") == muted.at("/muted_until_ms"));
  const auto pardoned =
      stage.server.call("POST", stage.base + "/people/" + ada + "/pardon", "{}", stage.host);
  CHECK(pardoned.at("/muted_until_ms") == "0");
  CHECK(stage.say(stage.ada, "m3", "hello").status == 201);
}

TEST_CASE("who was muted by strikes may speak when one of the messages is released") {
  Stage stage;
  for (const char* id : {"m1", "m2", "m3"})
    CHECK(stage.say(stage.ada, id, std::string("what a scam ") + id).status == 202);
  const std::string person = stage.base + "/people/" + stage.id_of(stage.ada);
  CHECK(stage.server.call("GET", person, {}, stage.host).at("/muted_until_ms") != "0");
  CHECK(stage.say(stage.ada, "m4", "hello").status == 403);
  CHECK(stage.server.call("POST", stage.base + "/held/h_2/release", "{}", stage.moderator).status ==
        200);
  const auto now = stage.server.call("GET", person, {}, stage.host);
  CHECK(now.at("/muted_until_ms") == "0");
  CHECK(now.at("/strikes") == "2");
  CHECK(now.at("/actions/0/action") == "unmute");
  CHECK(stage.say(stage.ada, "m5", "hello").status == 201);
}

TEST_CASE("under a shadow ban a message is answered as any other and shown to its author only") {
  Stage stage;
  stage.server.call("POST", stage.base + "/people/" + stage.id_of(stage.ada) + "/shadow",
                    R"({"minutes":5})", stage.host);
  net::WsClient ben = stage.server.socket(stage.ben);
  stage.listen(ben, "show.chat:");
  const auto answer = stage.say(stage.ada, "m1", "hello all");
  CHECK(answer.status == 201);
  CHECK(answer.at("/number") == "1");
  CHECK(answer.at("/held") == "false");
  CHECK(stage.say(stage.ben, "m2", "hi").at("/number") == "1");
  CHECK(json_at(receive(ben, "evt", ""), "/data/posted/text") == "hi");
  const std::string path = "/v1/store/shows/" + stage.show + "/chat";
  CHECK(stage.server.call("GET", path, {}, stage.ada).at("/items/0/posted/text") == "hello all");
  CHECK(stage.server.call("GET", path, {}, stage.ben).at("/items/0/posted/text") == "hi");
  CHECK(stage.server.call("GET", path).at("/items/0/posted/text") == "hi");
}

TEST_CASE("slow mode and the moderators' channel are not for viewers") {
  Stage stage;
  const std::string path = stage.base + "/slow-mode";
  CHECK(stage.server.call("PUT", path, R"({"seconds":60})", stage.ada).status == 403);
  CHECK(stage.server.call("PUT", path, R"({"seconds":121})", stage.host).status == 422);
  CHECK(stage.server.call("PUT", path, R"({"seconds":60})", stage.host).at("/slow_mode_s") == "60");
  CHECK(stage.say(stage.ada, "m1", "one").status == 201);
  const auto slow = stage.say(stage.ada, "m2", "two");
  CHECK(slow.status == 429);
  CHECK(slow.header("Retry-After") != "");
  CHECK(stage.say(stage.host, "m3", "three").status == 201);
  CHECK(stage.say(stage.host, "m4", "four").status == 201);
  net::WsClient socket = stage.server.socket(stage.ada);
  REQUIRE(socket.send(
      JsonObject{}.text("t", "sub").text("ch", "show.moderation:" + stage.show).str()));
  CHECK(receive(socket, "nack", "permission") != "");
}

}  // namespace vitrine::gateway
