// Alerts that act by themselves, over the API: what waits is shown and can be vetoed, what is done
// is done once, also when the server goes down in between.
#include <doctest/doctest.h>

#include "gateway/json_text.h"
#include "gateway/test_server.h"

namespace vitrine::gateway {
namespace {

// A live show with a product on the table, and six viewers who do not like it.
struct BadStage {
  TestServer server;
  std::string show, host, base;
  std::vector<std::string> viewers;
  int ids = 0;

  BadStage() {
    server.put_product("mug", 1999, 5);
    show = server.live_show();
    host = server.host();
    base = "/v1/host/shows/" + show;
    CHECK(server.call("PUT", base + "/pins/mug", "{}", host).status == 200);
    for (int i = 0; i < 6; ++i) viewers.push_back(server.guest("V" + std::to_string(i)));
  }
  void everybody(const std::string& text) {
    for (const std::string& viewer : viewers) {
      const std::string body =
          JsonObject{}.text("id", "m" + std::to_string(++ids)).text("text", text).str();
      const int status =
          server.call("POST", "/v1/store/shows/" + show + "/chat", body, viewer).status;
      CHECK((status == 201 || status == 202));
    }
  }
  Answer put(const std::string& kind, const std::string& body) {
    return server.call("PUT", base + "/autopilot/" + kind, body, host);
  }
  Answer post(const std::string& action, const std::string& token) {
    return server.call("POST", base + "/actions/" + action, {}, token);
  }
  std::string insight(const std::string& pointer) {
    return server.call("GET", base + "/insights", {}, host).at(pointer);
  }
  net::WsClient listen(const std::string& channel) {
    net::WsClient socket = server.socket(host);
    REQUIRE(socket.send(JsonObject{}.text("t", "sub").text("ch", channel + show).str()));
    receive(socket, "snapshot");
    return socket;
  }
  // That the newest action is in this state, or comes into it.
  bool comes_to(const std::string& state) {
    net::WsClient socket = server.socket(host);
    REQUIRE(
        socket.send(JsonObject{}.text("t", "sub").text("ch", "show.insights:" + show).str()));
    if (json_at(receive(socket, "snapshot"), "/data/actions/0/state") == state) return true;
    return !receive(socket, "evt", "\"state\":\"" + state + "\"").empty();
  }
  std::string pins() { return server.call("GET", "/v1/store/shows/" + show).at("/pins"); }
};

}  // namespace

TEST_CASE("what an alert will do is shown with its why, and a veto cancels it") {
  BadStage stage;
  CHECK(stage.insight("/autopilot/1/on") == "false");
  CHECK(stage.put("dislike", R"({"on":true,"veto_s":120})").at("/does") == "unpin");
  CHECK(stage.insight("/autopilot/1/veto_s") == "120");
  CHECK(stage.put("feature", R"({"on":true})").status == 404);
  CHECK(stage.put("dislike", R"({"on":true,"veto_s":4})").status == 422);
  net::WsClient host = stage.listen("show.insights:");
  stage.everybody("way too expensive");
  const std::string told = receive(host, "evt", "\"action\"");
  CHECK(json_at(told, "/data/action/state") == "pending");
  CHECK(json_at(told, "/data/action/sku") == "mug");
  CHECK(json_at(told, "/data/action/why").starts_with("Viewers do not like it (price): 5 people"));
  CHECK(stage.post("x_1/veto", stage.viewers[0]).status == 403);
  CHECK(stage.post("x_1/undo", stage.server.moderator()).status == 403);
  CHECK(stage.post("x_1/undo", stage.host).status == 404);
  CHECK(stage.post("x_1/veto", stage.server.moderator()).at("/state") == "vetoed");
  CHECK(stage.post("x_1/veto", stage.host).status == 404);
  CHECK(stage.insight("/actions/0/state") == "vetoed");
  CHECK(stage.pins() == R"(["mug"])");
}

TEST_CASE("what nobody has vetoed is done at its deadline, once, though the server was down") {
  BadStage stage;
  REQUIRE(stage.put("dislike", R"({"on":true,"veto_s":5})").status == 200);
  stage.everybody("way too expensive");
  REQUIRE(stage.comes_to("pending"));
  stage.server.stop();
  stage.server.start();
  CHECK(stage.comes_to("done"));
  CHECK(stage.pins() == "[]");
  CHECK(stage.insight("/actions/0/actor") == "automatic");
  stage.server.stop();
  stage.server.start();
  CHECK(stage.insight("/actions/0/state") == "done");

  net::WsClient viewer = stage.listen("show.timeline:");
  CHECK(stage.post("x_1/undo", stage.host).at("/state") == "undoing");
  const std::string pinned = receive(viewer, "evt", "\"pinned\"");
  CHECK(pinned.find("cause") == std::string::npos);  // why is not for viewers
  CHECK(stage.comes_to("undone"));
  CHECK(stage.pins() == R"(["mug"])");
}

TEST_CASE("a raid slows the chat down by itself, and one word takes it back") {
  BadStage stage;
  REQUIRE(stage.put("abuse", R"({"on":true,"veto_s":5})").status == 200);
  net::WsClient desk = stage.listen("show.moderation:");
  stage.everybody("this is a scam");
  const std::string slow = receive(desk, "evt", "\"slow_mode\"");
  CHECK(json_at(slow, "/data/slow_mode/seconds") == "30");
  CHECK(json_at(slow, "/data/slow_mode/actor") == "automatic");
  CHECK(json_at(slow, "/data/slow_mode/cause/why").starts_with("A raid or a wave of abuse"));
  REQUIRE(stage.comes_to("done"));
  CHECK(stage.post("x_1/undo", stage.host).status == 200);
  const std::string off = receive(desk, "evt", "\"slow_mode\"");
  CHECK(json_at(off, "/data/slow_mode/seconds") == "0");
}

}  // namespace vitrine::gateway
