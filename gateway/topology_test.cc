// The live map: who may see it, that it is the running system's, and that a chat line is seen on
// its way.
#include "gateway/topology_feed.h"

#include <doctest/doctest.h>

#include <map>

#include "commerce/insight/topology.h"
#include "commerce/kpi/topology.h"
#include "commerce/model/json.h"
#include "gateway/core.h"
#include "gateway/test_server.h"

using namespace vitrine;
using namespace vitrine::gateway;

namespace {

// The count of every edge, by its id, over all apps.
std::map<std::string, std::uint64_t> along_edges(const Answer& answer) {
  std::map<std::string, std::uint64_t> out;
  for (int app = 0;; ++app) {
    const std::string map = "/map/apps/" + std::to_string(app);
    const std::string figures = "/figures/apps/" + std::to_string(app);
    if (answer.at(map).empty()) return out;
    CHECK(answer.at(map + "/name") == answer.at(figures + "/app"));
    for (int edge = 0;; ++edge) {
      const std::string id = answer.at(map + "/edges/" + std::to_string(edge) + "/id");
      const std::string count = answer.at(figures + "/edges/" + std::to_string(edge));
      CHECK(id.empty() == count.empty());
      if (id.empty()) break;
      out[id] = std::stoull(count);
    }
  }
}

std::uint64_t committed(const Answer& answer, const std::string& topic) {
  std::uint64_t sum = 0;
  for (int app = 0;; ++app) {
    const std::string base = "/apps/" + std::to_string(app) + "/topics/";
    if (answer.at("/map" + base + "0").empty()) return sum;
    for (int i = 0; !answer.at("/map" + base + std::to_string(i)).empty(); ++i) {
      if (answer.at("/map" + base + std::to_string(i) + "/name") == topic)
        sum += std::stoull(answer.at("/figures" + base + std::to_string(i)));
    }
  }
}

const char* const kSubscribe = R"({"t":"sub","ch":"ops.topology"})";

}  // namespace

TEST_CASE("a chat line is counted on every edge it takes, and nowhere else") {
  TestServer server;
  const std::string show = server.live_show();
  const std::string viewer = server.guest();
  const auto ask = [&] { return server.call("GET", "/v1/ops/topology", {}, server.host()); };
  const std::vector<std::string> way = {
      "topic:chat.commands > audience/process chat",
      "audience/process chat > topic:show.chat",
      "topic:show.chat > audience/process kpi-chat",
      "audience/process kpi-chat > topic:kpi.facts",
      "topic:kpi.facts > audience/process kpi",
  };
  auto before = along_edges(ask());
  for (const auto& edge : way) CHECK(before.contains(edge));
  const std::uint64_t said_before = committed(ask(), "show.chat");

  const std::string path = "/v1/store/shows/" + show + "/chat";
  REQUIRE(server.call("POST", path, R"({"id":"m-1","text":"hello"})", viewer).status == 201);
  auto after = along_edges(ask());
  while (after[way.back()] == before[way.back()]) after = along_edges(ask());
  for (std::size_t i = 0; i + 1 < way.size(); ++i) {
    CAPTURE(way[i]);
    CHECK(after[way[i]] == before[way[i]] + 1);
  }
  const std::string orders = "shop/process shop > topic:payment.requests";
  REQUIRE(after.contains(orders));
  CHECK(after[orders] == before[orders]);
  CHECK(committed(ask(), "show.chat") == said_before + 1);
}

TEST_CASE("the map is the one that `vitrine topology --json` prints") {
  TestServer server;
  const App shop = shop_app();
  const App audience = audience_app();
  const App insight = insight_app();
  const std::array<vitrine::TopologyMap, 3> maps{shop.map(), audience.map(), insight.map()};
  const auto answer = server.call("GET", "/v1/ops/topology", {}, server.host());
  REQUIRE(answer.status == 200);
  CHECK(answer.at("/map") == model::to_json(message_of(maps)));
}

TEST_CASE("the channel of the map is for the host only") {
  TestServer server;
  for (const auto& token : {server.guest(), server.moderator()}) {
    auto socket = server.socket(token);
    REQUIRE(socket.send(kSubscribe));
    const std::string no = receive(socket, "nack");
    CHECK(json_at(no, "/problem/code") == "permission");
  }
}

TEST_CASE("figures come while somebody listens, also when nothing happens, and then no more") {
  TestServer server;
  const auto answer = server.call("GET", "/v1/ops/topology", {}, server.host());
  auto socket = server.socket(server.host());
  REQUIRE(socket.send(kSubscribe));
  const std::string first = receive(socket, "snapshot");
  CHECK(json_at(first, "/data/map") == answer.at("/figures/map"));
  std::string last_at = json_at(first, "/data/at_ms");
  for (int i = 0; i < 3; ++i) {
    const std::string next = receive(socket, "evt");
    REQUIRE_FALSE(next.empty());
    CHECK(json_at(next, "/ch") == "ops.topology");
    CHECK(json_at(next, "/data/apps/1/app") == "audience");
    CHECK(std::stoll(json_at(next, "/data/at_ms")) > std::stoll(last_at));
    last_at = json_at(next, "/data/at_ms");
  }
  REQUIRE(socket.send(R"({"t":"unsub","ch":"ops.topology"})"));
  bool listening = true;
  while (listening)
    server.on_loop([&](Core& core) { listening = core.hub.has_members(TopologyFeed::kChannel); });
}
