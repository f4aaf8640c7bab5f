// What a viewer looks at comes back as offers with their reason, to her page only.
#include <doctest/doctest.h>

#include "commerce/recommend/holdout.h"
#include "gateway/json_text.h"
#include "gateway/test_server.h"

namespace vitrine::gateway {
namespace {

// A guest of the group that sees offers, or of the other: token and id.
std::pair<std::string, std::string> guest_of(TestServer& server, bool held_out) {
  while (true) {
    const auto guest = server.call("POST", "/v1/auth/guest", R"({"nickname":"Ada"})");
    if (recommend::is_held_out(guest.at("/id")) == held_out)
      return {guest.at("/token"), guest.at("/id")};
  }
}

std::string offers_of(net::WsClient& socket, const std::string& show) {
  const std::string channel = "viewer.offers:" + show;
  REQUIRE(socket.send(JsonObject{}.text("t", "sub").text("ch", channel).str()));
  return receive(socket, "snapshot", channel);
}

}  // namespace

TEST_CASE("a viewer is offered products when she comes and as she looks, until they are sold out") {
  TestServer server;
  for (const char* sku : {"mug", "pot", "tea"}) server.put_product(sku, 100, 5);
  const std::string show = server.live_show();
  const std::string views = "/v1/store/shows/" + show + "/views";
  const auto [ada, id] = guest_of(server, false);
  net::WsClient line = server.socket(ada);
  CHECK(json_at(offers_of(line, show), "/data/items") == "[]");
  const std::string first = receive(line, "evt", "viewer.offers");
  CHECK(json_at(first, "/data/items/0/sku") == "mug");
  CHECK(json_at(first, "/data/items/0/why") ==
        "A product of the shop; nothing is known yet.");

  const auto looked = server.call("POST", views, R"({"sku":"mug"})", ada);
  CHECK(looked.status == 202);
  CHECK(!looked.at("/as_of").empty());
  const std::string then = receive(line, "evt", "viewer.offers");
  CHECK(json_at(then, "/data/items/0/sku") == "pot");

  server.put_product("pot", 100, 0);
  net::WsClient again = server.socket(ada);
  CHECK(json_at(offers_of(again, show), "/data/items/0/sku") == "tea");
  CHECK(server.call("POST", views, R"({"sku":"none"})", ada).status == 404);
  CHECK(server.call("POST", views, R"({"sku":"mug"})", server.host()).status == 403);
}

TEST_CASE("who is held out is offered nothing, and counted") {
  TestServer server;
  server.put_product("mug", 100, 5);
  const std::string show = server.live_show();
  net::WsClient host = server.socket(server.host());
  REQUIRE(host.send(JsonObject{}.text("t", "sub").text("ch", "show.insights:" + show).str()));
  const auto [ben, id] = guest_of(server, true);
  net::WsClient line = server.socket(ben);
  offers_of(line, show);
  const std::string told = receive(host, "evt", "\"offers\"");
  CHECK(json_at(told, "/data/offers/held_out/viewers") == "1");
  CHECK(json_at(told, "/data/offers/held_out/offered") == "1");
  CHECK(json_at(told, "/data/offers/shown/viewers") == "0");
  net::WsClient later = server.socket(ben);
  CHECK(json_at(offers_of(later, show), "/data/items") == "[]");
}

TEST_CASE("looks are limited a viewer, and a restarted gateway still knows what it offered") {
  TestServer server;
  server.put_product("mug", 100, 5);
  server.put_product("pot", 100, 5);
  const std::string show = server.live_show();
  const auto [ada, id] = guest_of(server, false);
  const std::string views = "/v1/store/shows/" + show + "/views";
  int taken = 0;
  Answer last;
  for (int i = 0; i < 40 && last.status != 429; ++i) {
    last = server.call("POST", views, R"({"sku":"mug"})", ada);
    taken += last.status == 202 ? 1 : 0;
  }
  CHECK(taken >= 20);
  CHECK(last.status == 429);
  CHECK(last.at("/code") == "rate-limited");
  {
    net::WsClient line = server.socket(ada);
    if (json_at(offers_of(line, show), "/data/items") == "[]") receive(line, "evt", "pot");
  }
  server.stop();
  server.start();
  net::WsClient again = server.socket(ada);
  CHECK(json_at(offers_of(again, show), "/data/items/0/sku") == "pot");
}

TEST_CASE("the host lets a product weigh more") {
  TestServer server;
  server.put_product("mug", 100, 5);
  server.put_product("pot", 100, 5);
  const std::string show = server.live_show();
  const std::string path = "/v1/host/shows/" + show + "/clearing/";
  const auto set = server.call("PUT", path + "pot", R"({"percent":100})", server.host());
  CHECK(set.status == 200);
  CHECK(set.at("/percent") == "100");
  CHECK(server.call("PUT", path + "pot", R"({"percent":500})", server.host()).status == 422);
  CHECK(server.call("PUT", path + "none", R"({"percent":50})", server.host()).status == 404);
  const std::string insights = "/v1/host/shows/" + show + "/insights";
  CHECK(server.call("GET", insights, {}, server.host()).at("/clearing/0/sku") == "pot");
  const auto [ada, id] = guest_of(server, false);
  net::WsClient line = server.socket(ada);
  offers_of(line, show);
  CHECK(json_at(receive(line, "evt", "viewer.offers"), "/data/items/0/sku") == "pot");
  server.call("PUT", path + "pot", R"({"percent":0})", server.host());
  CHECK(server.call("GET", insights, {}, server.host()).at("/clearing") == "[]");
}

}  // namespace vitrine::gateway
