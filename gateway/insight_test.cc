// What the models tell reaches the host, over HTTP and live, and what she does about it them.
#include <doctest/doctest.h>

#include "gateway/json_text.h"
#include "gateway/test_server.h"

namespace vitrine::gateway {
namespace {

void say(TestServer& server, const std::string& show, const std::string& token,
         const std::string& id, const std::string& text) {
  const std::string body = JsonObject{}.text("id", id).text("text", text).str();
  REQUIRE(server.call("POST", "/v1/store/shows/" + show + "/chat", body, token).status == 201);
}

std::string subscribed(net::WsClient& socket, const std::string& channel) {
  REQUIRE(socket.send(JsonObject{}.text("t", "sub").text("ch", channel).str()));
  return receive(socket, "snapshot", channel);
}

}  // namespace

TEST_CASE("a host hears what viewers ask, with the number of people and the reason, and answers") {
  TestServer server;
  const std::string show = server.live_show();
  const std::string channel = "show.insights:" + show;
  net::WsClient host = server.socket(server.host());
  CHECK(json_at(subscribed(host, channel), "/data/questions") == "[]");

  say(server, show, server.guest("Ada"), "m1", "How big is it?");
  say(server, show, server.guest("Ben"), "m2", "what size is this");
  const std::string told = receive(host, "evt", "2 viewers asked");
  CHECK(json_at(told, "/data/question/people") == "2");
  CHECK(json_at(told, "/data/question/evidence") == "[1,2]");
  const std::string question = json_at(told, "/data/question/id");

  const std::string path = "/v1/host/shows/" + show;
  const std::string answer_path = path + "/questions/" + question + "/answer";
  CHECK(server.call("POST", answer_path, R"({"text":""})", server.host()).status == 422);
  const auto answered =
      server.call("POST", answer_path, R"({"text":"12 cm"})", server.moderator());
  CHECK(answered.status == 200);
  CHECK(answered.at("/answered/source") == "host");
  CHECK(!receive(host, "evt", "12 cm").empty());

  server.stop();
  server.start();
  const auto now = server.call("GET", path + "/insights", {}, server.host());
  CHECK(now.at("/questions/0/group/people") == "2");
  CHECK(now.at("/questions/0/answered/text") == "12 cm");
  const std::string dismiss = path + "/questions/" + question + "/dismiss";
  CHECK(server.call("POST", dismiss, {}, server.host()).status == 200);
  CHECK(server.call("POST", dismiss, {}, server.host()).status == 404);
  CHECK(server.call("GET", path + "/insights", {}, server.host()).at("/questions") == "[]");
}

TEST_CASE("five viewers without sound are an alert with its evidence, and the mood is told") {
  TestServer server;
  const std::string show = server.live_show();
  net::WsClient host = server.socket(server.host());
  subscribed(host, "show.insights:" + show);
  for (int i = 0; i < 5; ++i)
    say(server, show, server.guest("V" + std::to_string(i)), "m" + std::to_string(i),
        "no sound, awful");
  const std::string alert = receive(host, "evt", "\"alert\"");
  CHECK(json_at(alert, "/data/alert/about") == "sound");
  CHECK(json_at(alert, "/data/alert/people") == "5");
  CHECK(!receive(host, "evt", "\"mood\"").empty());
  const auto now = server.call("GET", "/v1/host/shows/" + show + "/insights", {}, server.host());
  CHECK(now.at("/alerts/0/evidence") == "[1,2,3,4,5]");
  CHECK(now.at("/mood/why").starts_with("feels -0."));
}

TEST_CASE("what the models tell a host is not for viewers") {
  TestServer server;
  const std::string show = server.live_show();
  const std::string viewer = server.guest("Ada");
  CHECK(server.call("GET", "/v1/host/shows/" + show + "/insights", {}, viewer).status == 403);
  net::WsClient socket = server.socket(viewer);
  REQUIRE(socket.send(JsonObject{}.text("t", "sub").text("ch", "show.insights:" + show).str()));
  CHECK(receive(socket, "nack", "permission") != "");
}

TEST_CASE("the assistant answers viewers from its sources, once, and an answer can be taken back") {
  TestServer server;
  server.put_product("mug", 1999, 5);
  const std::string show = server.live_show();
  const std::string path = "/v1/host/shows/" + show;
  REQUIRE(server.call("PUT", path + "/pins/mug", "{}", server.host()).status == 200);
  const std::string faq =
      R"({"version":0,"entries":[{"id":"r","title":"returns policy","text":"Within 30 days.",)"
      R"("also":"return, refund"}]})";
  CHECK(server.call("PUT", "/v1/host/faq", faq, server.host()).at("/version") == "1");
  CHECK(server.call("PUT", "/v1/host/faq", faq, server.host()).status == 412);
  const auto mode = server.call("PUT", path + "/assistant", R"({"mode":"auto"})", server.host());
  CHECK(mode.at("/mode") == "auto");
  CHECK(server.call("PUT", path + "/assistant", R"({"mode":"loud"})", server.host()).status == 422);

  const std::string channel = "show.answers:" + show;
  net::WsClient viewer = server.socket(server.guest("Ada"));
  CHECK(json_at(subscribed(viewer, channel), "/data/answers") == "[]");
  say(server, show, server.guest("Ben"), "m1", "can I return it?");
  const std::string told = receive(viewer, "evt", "Within 30 days.");
  CHECK(json_at(told, "/data/answer/from") == "returns policy");
  CHECK(json_at(told, "/data/answer/by_assistant") == "true");
  CHECK(json_at(told, "/data/answer/number") == "1");
  say(server, show, server.guest("Cy"), "m2", "do you do refunds?");
  CHECK(json_at(receive(viewer, "evt", "again"), "/data/again/number") == "2");
  say(server, show, server.guest("Cy"), "m3", "how much is it?");
  const std::string price = receive(viewer, "evt", "costs");
  CHECK(json_at(price, "/data/answer/text") == "A mug costs £19.99.");
  CHECK(json_at(price, "/data/answer/from") == "catalogue: A mug");
  CHECK(json_at(price, "/data/answer/shop_position") != "0");

  server.stop();
  server.start();
  const std::string answers = "/v1/store/shows/" + show + "/answers";
  CHECK(server.call("GET", answers).at("/answers/0/text") == "Within 30 days.");
  CHECK(server.call("GET", answers).at("/answers/2") == "");
  CHECK(server.call("GET", "/v1/store/faq").at("/entries/0/title") == "returns policy");
  CHECK(server.call("GET", "/v1/store/faq").at("/actor") == "");
  const std::string question = json_at(told, "/data/answer/question");
  net::WsClient again = server.socket(server.guest("Ada"));
  subscribed(again, channel);
  const std::string retract = path + "/questions/" + question + "/retract";
  CHECK(server.call("POST", retract, {}, server.guest("Eve")).status == 403);
  CHECK(server.call("POST", retract, {}, server.moderator()).status == 200);
  const std::string taken = receive(again, "evt", "withdrawn");
  CHECK(json_at(taken, "/data/answer/question") == question);
  CHECK(json_at(taken, "/data/answer/text") == "");
  CHECK(server.call("POST", retract, {}, server.host()).status == 404);
  const auto insights = server.call("GET", path + "/insights", {}, server.host());
  CHECK(insights.at("/assistant/answered") == "1");
  CHECK(insights.at("/assistant/seconds_saved") == "10");  // of the price: 5, and 19 characters
}

}  // namespace vitrine::gateway
