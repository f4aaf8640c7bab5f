// The show, live: sockets, resuming, event streams.
#include <doctest/doctest.h>

#include "gateway/core.h"
#include "gateway/test_server.h"

using namespace vitrine;
using namespace vitrine::gateway;

namespace {

std::string chat_command_frame(const std::string& id, const std::string& show,
                               const std::string& text) {
  return R"({"t":"cmd","id":")" + id + R"(","op":"chat","ch":")" + show + R"(","data":{"text":")" +
         text + "\"}}";
}

std::string subscribe_frame(const std::string& channel, const std::string& cursor = {}) {
  return R"({"t":"sub","ch":")" + channel +
         (cursor.empty() ? "\"}" : "\",\"cursor\":\"" + cursor + "\"}");
}

}  // namespace

TEST_CASE("what one viewer says another one reads, numbered, and saying it again says it once") {
  TestServer server;
  const std::string show = server.live_show();
  auto ada = server.socket(server.guest("Ada"));
  auto bob = server.socket(server.guest("Bob"));
  REQUIRE(bob.send(subscribe_frame("show.chat:" + show)));
  CHECK_FALSE(receive(bob, "subbed").empty());
  REQUIRE(ada.send(chat_command_frame("m-1", show, "hello")));
  CHECK(json_at(receive(ada, "ack"), "/number") == "1");
  const std::string heard = receive(bob, "evt");
  CHECK(json_at(heard, "/data/posted/text") == "hello");
  CHECK(json_at(heard, "/data/posted/nickname") == "Ada");
  CHECK(json_at(heard, "/seq") == "1");
  REQUIRE(ada.send(chat_command_frame("m-1", show, "hello")));
  CHECK(json_at(receive(ada, "ack"), "/number") == "1");
  REQUIRE(ada.send(chat_command_frame("m-2", show, "again")));
  CHECK(json_at(receive(ada, "ack"), "/number") == "2");
  CHECK(json_at(receive(bob, "evt"), "/data/posted/number") == "2");
}

TEST_CASE(
    "a subscription made before anything happened resumes with nothing missed, also over a "
    "restart") {
  TestServer server;
  const std::string show = server.live_show();
  const std::string ada = server.guest();
  auto early = server.socket(ada);
  REQUIRE(early.send(subscribe_frame("show.chat:" + show)));
  const std::string cursor = json_at(receive(early, "subbed"), "/cursor");
  REQUIRE(early.close());
  const std::string path = "/v1/store/shows/" + show + "/chat";
  CHECK(server.call("POST", path, R"({"id":"m-1","text":"one"})", ada).status == 201);
  server.stop();
  server.start();
  CHECK(server.call("POST", path, R"({"id":"m-2","text":"two"})", ada).status == 201);
  CHECK(server.call("POST", path, R"({"id":"m-2","text":"two"})", ada).status == 200);
  auto again = server.socket(ada);
  REQUIRE(again.send(subscribe_frame("show.chat:" + show, cursor)));
  const std::string one = receive(again, "evt");
  CHECK(json_at(one, "/data/posted/text") == "one");
  CHECK(json_at(one, "/seq") == "1");
  const std::string two = receive(again, "evt");
  CHECK(json_at(two, "/data/posted/text") == "two");
  CHECK(json_at(two, "/seq") == "2");
}

TEST_CASE(
    "a page that opens late gets the newest messages of a long chat, and goes on from there") {
  TestServer server;
  const std::string show = server.live_show();
  const std::string path = "/v1/store/shows/" + show + "/chat";
  std::vector<std::string> guests;
  for (int i = 0; i < 20; ++i) guests.push_back(server.guest());
  const auto say = [&](int number) {
    const std::string body = R"({"id":"m-)" + std::to_string(number) + R"(","text":"hi"})";
    REQUIRE(server.call("POST", path, body, guests[number % guests.size()]).status == 201);
  };
  for (int number = 1; number <= 40; ++number) say(number);
  const auto page = server.call("GET", path + "?cursor=newest&limit=5", "", "");
  CHECK(page.status == 200);
  for (int i = 0; i < 5; ++i)
    CHECK(json_at(page.body, "/items/" + std::to_string(i) + "/posted/number") ==
          std::to_string(36 + i));
  CHECK(json_at(page.body, "/items/5") == "");
  auto socket = server.socket(guests[0]);
  REQUIRE(socket.send(subscribe_frame("show.chat:" + show, json_at(page.body, "/next_cursor"))));
  say(41);
  const std::string next = receive(socket, "evt");
  CHECK(json_at(next, "/data/posted/number") == "41");
  CHECK(json_at(next, "/seq") == "41");
}

TEST_CASE("state, pins and polls reach everybody, without telling who voted") {
  TestServer server;
  server.put_product("mug", 1999, 5);
  const std::string show = server.live_show();
  const std::string ada = server.guest();
  auto socket = server.socket(ada);
  REQUIRE(socket.send(subscribe_frame("show.timeline:" + show)));
  CHECK(json_at(receive(socket, "snapshot"), "/data/state") == "live");
  const std::string base = "/v1/host/shows/" + show;
  CHECK(server.call("PUT", base + "/pins/mug", R"({"media_time_ms":1234})", server.host()).status ==
        200);
  CHECK(json_at(receive(socket, "evt"), "/data/pinned/media_time_ms") == "1234");
  const auto poll = server.call("POST", base + "/polls",
                                R"({"question":"Which?","answers":["red","blue"]})", server.host());
  REQUIRE(poll.status == 201);
  const std::string votes = "/v1/store/shows/" + show + "/polls/" + poll.at("/id") + "/votes";
  CHECK(server.call("POST", votes, R"({"answer":1})", ada).status == 201);
  CHECK(server.call("POST", votes, R"({"answer":0})", ada).status == 200);
  const std::string counted = receive(socket, "evt", "vote_counted");
  CHECK(json_at(counted, "/data/vote_counted/poll/votes") == "[0,1]");
  CHECK(counted.find("vwr_") == std::string::npos);
  CHECK(
      server.call("POST", base + "/polls/" + poll.at("/id") + "/close", {}, server.host()).status ==
      200);
  const auto late = server.call("POST", votes, R"({"answer":1})", server.guest("Late"));
  CHECK(late.status == 409);
  CHECK(late.at("/code") == "poll-closed");
  CHECK(late.at("/closed_at") != "");
}

TEST_CASE("reactions are counted exactly and shown as totals") {
  TestServer server;
  const std::string show = server.live_show();
  auto socket = server.socket(server.guest());
  REQUIRE(socket.send(subscribe_frame("show.reactions:" + show)));
  for (int i = 0; i < 30; ++i) {
    REQUIRE(socket.send(R"({"t":"cmd","id":"r-)" + std::to_string(i) + R"(","op":"react","ch":")" +
                        show + R"(","data":{"kind":"like","count":2}})"));
  }
  std::string last;
  while (json_at(last, "/data/totals/like") != "60") {
    last = receive(socket, "evt");
    REQUIRE_FALSE(last.empty());
  }
  CHECK(server
            .call("POST", "/v1/store/shows/" + show + "/reactions", R"({"kind":"boo"})",
                  server.guest())
            .status == 422);
}

TEST_CASE("a heartbeat makes a viewer counted") {
  TestServer server;
  const std::string show = server.live_show();
  auto socket = server.socket(server.guest());
  auto host = server.socket(server.host());
  REQUIRE(socket.send(subscribe_frame("show.audience:" + show)));
  REQUIRE(host.send(subscribe_frame("show.kpis:" + show)));
  REQUIRE(socket.send(subscribe_frame("show.kpis:" + show)));
  CHECK(json_at(receive(socket, "nack"), "/problem/code") == "permission");
  REQUIRE(socket.send(R"({"t":"beat","show":")" + show + "\"}"));
  CHECK(json_at(receive(socket, "evt", "show.audience"), "/data/viewers_now") == "1");
  CHECK_FALSE(receive(host, "evt", "\"viewers_unique\":1").empty());
}

TEST_CASE("a used ticket, a foreign page and no ticket get no socket") {
  TestServer server;
  const std::string ticket = server.ticket(server.guest());
  const std::string offer = "vitrine.v1.json, ticket." + ticket;
  CHECK_FALSE(net::WsClient::connect(server.endpoint(), "/v1/socket", offer,
                                     {{"Origin", "https://evil.example"}}));
  CHECK(net::WsClient::connect(server.endpoint(), "/v1/socket", offer));
  CHECK_FALSE(net::WsClient::connect(server.endpoint(), "/v1/socket", offer));
  CHECK_FALSE(net::WsClient::connect(server.endpoint(), "/v1/socket", "vitrine.v1.json"));
}

TEST_CASE("an event stream tells the same frames and resumes by its last id") {
  TestServer server;
  const std::string show = server.live_show();
  const std::string ada = server.guest();
  const std::string path = "/v1/store/shows/" + show + "/chat";
  const auto read_until = [&](const std::string& last_id, std::string_view text) {
    auto socket = std::move(net::ClientSocket::connect(server.endpoint()).value());
    std::string request = "GET /v1/events?ch=show.chat:" + show +
                          " HTTP/1.1\r\nHost: test\r\nCookie: vt_ticket=" + server.ticket(ada) +
                          "\r\n";
    if (!last_id.empty()) request += "Last-Event-ID: " + last_id + "\r\n";
    REQUIRE(socket->write(request + "\r\n", 5'000));
    std::string input;
    while (input.find(text) == std::string::npos) REQUIRE(socket->read(input, 10'000));
    return input;
  };
  const std::string first = read_until("", "subbed");
  const auto at = first.find("id: ") + 4;
  const std::string id = first.substr(at, first.find('\n', at) - at);
  CHECK(server.call("POST", path, R"({"id":"m-1","text":"one"})", ada).status == 201);
  CHECK(server.call("POST", path, R"({"id":"m-2","text":"two"})", ada).status == 201);
  const std::string second = read_until(id, "\"two\"");
  CHECK(second.find("\"one\"") < second.find("\"two\""));
  CHECK(server.call("GET", "/v1/events?ch=show.chat:" + show).status == 401);
}

TEST_CASE("frames that make no sense are told so and the socket lives on") {
  TestServer server;
  auto socket = server.socket(server.guest());
  REQUIRE(socket.send("nonsense"));
  CHECK(json_at(receive(socket, "nack"), "/problem/code") == "malformed");
  REQUIRE(socket.send(R"({"t":"dance"})"));
  CHECK(json_at(receive(socket, "nack"), "/problem/code") == "schema");
  REQUIRE(socket.send(subscribe_frame("show.chat:show_none")));
  CHECK(json_at(receive(socket, "nack"), "/problem/code") == "not-found");
  REQUIRE(socket.send(R"({"t":"sync","id":"s"})"));
  CHECK(json_at(receive(socket, "sync"), "/id") == "s");
}

TEST_CASE("a removed message leaves the chat's pages, and everybody hears of it") {
  TestServer server;
  const std::string show = server.live_show();
  const std::string ada = server.guest();
  const std::string path = "/v1/store/shows/" + show + "/chat";
  CHECK(server.call("POST", path, R"({"id":"m-1","text":"rude"})", ada).status == 201);
  CHECK(server.call("POST", path, R"({"id":"m-2","text":"nice"})", ada).status == 201);
  auto socket = server.socket(ada);
  REQUIRE(socket.send(subscribe_frame("show.chat:" + show)));
  const std::string remove = "/v1/host/shows/" + show + "/chat/m-1/remove";
  CHECK(server.call("POST", remove, R"({"reason":"rude"})", ada).status == 403);
  CHECK(server.call("POST", remove, R"({"reason":"rude"})", server.moderator()).status == 200);
  CHECK_FALSE(receive(socket, "evt", "removed").empty());
  const auto page = server.call("GET", path);
  CHECK(page.at("/items/0/posted/text") == "nice");
  CHECK(page.at("/items/1") == "");
  CHECK(server.call("GET", path + "?cursor=" + page.at("/next_cursor")).at("/items") == "[]");
}
