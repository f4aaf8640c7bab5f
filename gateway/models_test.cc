// A model's version changes while the server runs: the next line is scored by the new one.
#include <doctest/doctest.h>

#include "commerce/model/proto/models.pb.h"
#include "commerce/model/serde.h"
#include "commerce/models/letters.h"
#include "commerce/sentiment/valences.h"
#include "gateway/json_text.h"
#include "gateway/test_server.h"

namespace vitrine::gateway {
namespace {

Answer tell_sentiment(TestServer& server, const ModelCommand& command) {
  return server.call("POST", "/v1/host/models/sentiment",
                     "{\"command\":\"" + models::letters_of(encoded(command)) + "\"}",
                     server.host());
}

void speak(TestServer& server, const std::string& show, const std::string& id) {
  const std::string body = JsonObject{}.text("id", id).text("text", "lovely").str();
  REQUIRE(server.call("POST", "/v1/store/shows/" + show + "/chat", body, server.guest(id)).status ==
          201);
}

}  // namespace

TEST_CASE("a host's tool switches a model off while the show runs, and on again") {
  TestServer server;
  const std::string show = server.live_show();
  net::WsClient host = server.socket(server.host());
  const std::string channel = "show.insights:" + show;
  REQUIRE(host.send(JsonObject{}.text("t", "sub").text("ch", channel).str()));
  receive(host, "snapshot", channel);
  speak(server, show, "m1");
  CHECK(json_at(receive(host, "evt", "\"mood\""), "/data/mood/version") == "1");

  ModelCommand add, off, back;
  *add.mutable_add() = sentiment::model_kind().builtin;
  add.mutable_add()->set_version(2);
  add.mutable_add()->set_engine("off");
  CHECK(tell_sentiment(server, add).at("/added/version") == "2");
  off.mutable_promote()->set_version(2);
  CHECK(tell_sentiment(server, off).at("/switched/to") == "2");
  CHECK(tell_sentiment(server, off).at("/code") == "model-state");
  speak(server, show, "m2");  // nobody has an opinion of it
  back.mutable_roll_back();
  CHECK(tell_sentiment(server, back).at("/switched/to") == "1");
  server.stop();
  server.start();
  net::WsClient again = server.socket(server.host());
  REQUIRE(again.send(JsonObject{}.text("t", "sub").text("ch", channel).str()));
  receive(again, "snapshot", channel);
  speak(server, show, "m3");
  const std::string now = receive(again, "evt", "\"mood\"");
  CHECK(json_at(now, "/data/mood/version") == "1");
  CHECK(json_at(now, "/data/mood/messages") == "2");
}

}  // namespace vitrine::gateway
