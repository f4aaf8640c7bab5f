// The route table against the running server: who may, and every documented "no" of every
// operation.
#include <doctest/doctest.h>

#include <map>
#include <set>

#include "commerce/model/serde.h"
#include "commerce/model/proto/models.pb.h"
#include "commerce/models/letters.h"
#include "commerce/sentiment/valences.h"
#include "gateway/core.h"
#include "gateway/full_disk.h"
#include "gateway/route.h"
#include "gateway/test_server.h"

using namespace vitrine;
using namespace vitrine::gateway;

namespace {

constexpr const char* kCard = "4111 1111 1111 1111";

// A body that is right, by the operation's path; CARD stands for a text.
const std::map<std::string, std::string> kBodies = {
    {"/v1/auth/guest", R"({"nickname":"CARD"})"},
    {"/v1/auth/host", R"({"code":"CARD"})"},
    {"/v1/auth/moderator", R"({"code":"CARD"})"},
    {"/v1/store/shows/{show}/chat", R"({"id":"m-new","text":"CARD"})"},
    {"/v1/store/shows/{show}/reactions", R"({"kind":"like"})"},
    {"/v1/store/shows/{show}/views", R"({"sku":"mug"})"},
    {"/v1/host/shows/{show}/clearing/{sku}", R"({"percent":50})"},
    {"/v1/store/shows/{show}/polls/{poll}/votes", R"({"answer":0})"},
    {"/v1/store/cart/lines/{sku}", R"({"quantity":1})"},
    {"/v1/store/reservations", R"({"lines":[{"sku":"mug","quantity":1}]})"},
    {"/v1/store/orders", R"({"reservation":"RESERVATION","payment_token":"CARD"})"},
    {"/v1/host/shows", R"({"title":"CARD"})"},
    {"/v1/host/shows/{show}/state", R"({"to":"paused"})"},
    {"/v1/host/shows/{show}/pins/{sku}", "{}"},
    {"/v1/host/shows/{show}/polls", R"({"question":"CARD","answers":["a","b"]})"},
    {"/v1/host/products/{sku}", R"({"title":"CARD","price":{"amount":1999,"currency":"GBP"}})"},
    {"/v1/host/products/{sku}/stock", R"({"on_hand":5})"},
    {"/v1/host/products/{sku}/price", R"({"price":{"amount":1999,"currency":"GBP"}})"},
    {"/v1/host/moderators", R"({"nickname":"CARD"})"},
    {"/v1/host/shows/{show}/chat/{message}/remove", R"({"reason":"CARD"})"},
    {"/v1/host/shows/{show}/questions/{question}/answer", R"({"text":"CARD"})"},
    {"/v1/host/shows/{show}/assistant", R"({"mode":"auto"})"},
    {"/v1/host/shows/{show}/autopilot/{kind}", R"({"on":true,"veto_s":20})"},
    {"/v1/host/faq", R"({"version":0,"entries":[{"id":"e","title":"CARD","text":"Yes."}]})"},
    {"/v1/host/shows/{show}/held/{held}/release", R"({"reason":"CARD"})"},
    {"/v1/host/shows/{show}/held/{held}/reject", R"({"reason":"CARD"})"},
    {"/v1/host/shows/{show}/people/{viewer}/mute", R"({"minutes":1,"reason":"CARD"})"},
    {"/v1/host/shows/{show}/people/{viewer}/ban", R"({"minutes":1,"reason":"CARD"})"},
    {"/v1/host/shows/{show}/people/{viewer}/shadow", R"({"minutes":1,"reason":"CARD"})"},
    {"/v1/host/shows/{show}/people/{viewer}/pardon", R"({"reason":"CARD"})"},
    {"/v1/host/shows/{show}/slow-mode", R"({"seconds":0})"},
    {"/v1/host/models/{model}", R"({"command":"CARD"})"},
};

std::string model_body(const ModelCommand& command) {
  return "{\"command\":\"" + models::letters_of(encoded(command)) + "\"}";
}
// There is nothing to go back to.
ModelCommand way_back() {
  ModelCommand command;
  command.mutable_roll_back();
  return command;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

struct Asked {
  std::string method, path, body, token, key;
  std::vector<net::Header> headers = {};
};

// A server with something of everything, and right calls to every operation.
struct Stage {
  explicit Stage(TestServer& server_in) : server(server_in) {
    server.put_product("mug", 1999, 5);
    show = server.live_show();
    viewer = server.guest();
    host = server.host();
    moderator = server.moderator();
    poll = server
               .call("POST", "/v1/host/shows/" + show + "/polls",
                     R"({"question":"Which?","answers":["a","b"]})", host)
               .at("/id");
    reservation = reserve(viewer);
    question = ask();
  }

  // A question of a viewer, known to the models.
  std::string ask() {
    net::WsClient line = server.socket(host);
    REQUIRE(line.send(R"({"t":"sub","ch":"show.insights:)" + show + "\"}"));
    server.call("POST", "/v1/store/shows/" + show + "/chat",
                R"({"id":"m-question","text":"How big is it?"})", viewer);
    return json_at(receive(line, "evt", "How big"), "/data/question/id");
  }

  std::string reserve(const std::string& token) {
    return server
        .call("POST", "/v1/store/reservations", kBodies.at("/v1/store/reservations"), token,
              fresh_key())
        .at("/id");
  }
  std::string fresh_key() { return "key-" + std::to_string(++keys); }

  std::string path_of(const Route& route) const {
    std::string path = route.path;
    for (const auto& [name, value] : std::map<std::string, std::string>{{"{show}", show},
                                                                        {"{sku}", "mug"},
                                                                        {"{poll}", poll},
                                                                        {"{id}", reservation},
                                                                        {"{message}", "m-1"},
                                                                        {"{held}", "h_1"},
                                                                        {"{lead}", "l_none"},
                                                                        {"{viewer}", "vwr_none"},
                                                                        {"{model}", "sentiment"},
                                                                        {"{kind}", "dislike"},
                                                                        {"{action}", "x_1"},
                                                                        {"{question}", question}}) {
      path = replaced(path, name, value);
    }
    return path;
  }

  Asked right_call(const Route& route) {
    Asked asked{route.method, path_of(route), {}, {}, {}};
    const auto body = kBodies.find(route.path);
    if (route.body != nullptr)
      asked.body =
          replaced(replaced(body->second, "CARD", "tok_approve"), "RESERVATION", reservation);
    if (route.path == "/v1/host/models/{model}") asked.body = model_body(way_back());
    if (route.who == Who::Host) asked.token = host;
    if (route.who == Who::HostOrModerator) asked.token = moderator;
    if (route.who == Who::Viewer || route.who == Who::AnyToken) asked.token = viewer;
    if (route.needs_key) asked.key = fresh_key();
    return asked;
  }

  Answer call(const Asked& asked) {
    return server.call(asked.method, asked.path, asked.body, asked.token, asked.key, asked.headers);
  }

  TestServer& server;
  std::string show, viewer, host, moderator, poll, reservation, question;
  int keys = 0;
};

bool is_upgrade(const Route& route) {
  return route.path == "/v1/socket" || route.path == "/v1/events";
}

// The problems that follow from the table are provoked for every operation in the same way.
std::optional<Answer> provoke_common(Stage& stage, const Route& route, ProblemType type) {
  Asked asked = stage.right_call(route);
  switch (type) {
    case ProblemType::Malformed:
      if (route.body != nullptr) {
        asked.body = "{";
      } else if (route.path == "/v1/socket") {
        asked.headers = {{"Sec-WebSocket-Protocol", "ticket." + stage.server.ticket(stage.viewer)}};
      } else if (route.path == "/v1/events") {
        asked.headers = {{"Cookie", "vt_ticket=" + stage.server.ticket(stage.viewer)}};
      } else {
        asked.path += "?limit=many";
      }
      return stage.call(asked);
    case ProblemType::Schema:
      asked.body = R"({"surprise":1})";
      return stage.call(asked);
    case ProblemType::MediaType:
      asked.headers = {{"Content-Type", "text/plain"}};
      return stage.call(asked);
    case ProblemType::TooLarge:
      asked.body = "\"" + std::string(300'000, 'x') + "\"";
      return stage.call(asked);
    case ProblemType::CardNumber:
      asked.body = replaced(replaced(kBodies.at(route.path), "CARD", kCard), "RESERVATION",
                            stage.reservation);
      return stage.call(asked);
    case ProblemType::NotAcceptable:
      asked.headers = {{"Accept", "text/html"}};
      return stage.call(asked);
    case ProblemType::Unauthenticated:
      asked.token = "";
      return stage.call(asked);
    case ProblemType::Permission:
      if (is_upgrade(route)) {
        asked.headers = {{"Origin", "https://evil.example"}};
      } else {
        asked.token = route.who == Who::Viewer ? stage.host : stage.viewer;
      }
      return stage.call(asked);
    case ProblemType::IdempotencyKeyMissing:
      asked.key = "";
      return stage.call(asked);
    case ProblemType::IdempotencyConflict: {
      stage.call(asked);
      Asked other = asked;
      other.body = asked.body.empty() ? "{}" : asked.body + " ";
      return stage.call(other);
    }
    case ProblemType::InProgress: {
      std::string scoped;
      stage.server.on_loop([&](Core& core) {
        const auto caller = core.tokens.check(asked.token, core.env.clock.now());
        scoped = caller->id + "|" + asked.method + "|" + asked.path + "|" + asked.key;
        core.keys_in_flight.insert(scoped);
      });
      const auto answer = stage.call(asked);
      stage.server.on_loop([&](Core& core) { core.keys_in_flight.erase(scoped); });
      return answer;
    }
    case ProblemType::RateLimited: {
      stage.server.on_loop([](Core& core) { core.request_rate = RateLimiter({0.001, 0}); });
      const auto answer = stage.call(asked);
      stage.server.on_loop(
          [](Core& core) { core.request_rate = RateLimiter(core.options.requests); });
      return answer;
    }
    default:
      return std::nullopt;
  }
}

Answer not_found(Stage& stage, const Route& route) {
  Asked asked = stage.right_call(route);
  if (route.path == "/v1/events") {
    asked.path += "?ch=show.chat:show_none";
    asked.headers = {{"Cookie", "vt_ticket=" + stage.server.ticket(stage.viewer)}};
  } else if (route.path == "/v1/store/reservations") {
    asked.body = R"({"lines":[{"sku":"none","quantity":1}]})";
  } else if (route.path == "/v1/store/orders") {
    asked.body = R"({"reservation":"rsv_none","payment_token":"tok_approve"})";
  } else {
    for (const auto& id : {stage.show, stage.reservation})
      asked.path = replaced(asked.path, id, "none");
    if (route.path.find("{show}") == std::string::npos)
      asked.path = replaced(replaced(asked.path, "/mug", "/none"), "/sentiment", "/none");
  }
  return stage.call(asked);
}

// What only some operations say, each brought about by the story that leads to it.
Answer provoke_own(Stage& stage, const Route& route, ProblemType type) {
  Asked asked = stage.right_call(route);
  const std::string base = "/v1/host/shows/" + stage.show;
  switch (type) {
    case ProblemType::NotFound:
      return not_found(stage, route);
    case ProblemType::ShowState:
      if (route.path.ends_with("/state")) {
        asked.body = R"({"to":"draft"})";
      } else {
        const std::string over = stage.server.live_show();
        stage.server.call("POST", "/v1/host/shows/" + over + "/state", R"({"to":"ended"})",
                          stage.host);
        asked.path = replaced(asked.path, stage.show, over);
      }
      return stage.call(asked);
    case ProblemType::ModelState:
      return stage.call(asked);
    case ProblemType::Unproven: {
      ModelCommand command;
      ModelRecord& record = *command.mutable_add();
      record = sentiment::model_kind().builtin;
      record.set_version(2);
      stage.call({asked.method, asked.path, model_body(command), asked.token, {}});
      command.mutable_promote()->set_version(2);
      asked.body = model_body(command);
      return stage.call(asked);
    }
    case ProblemType::PinLimit:
      for (const char* sku : {"p1", "p2", "p3"}) {
        stage.server.put_product(sku, 100, 1);
        stage.server.call("PUT", base + "/pins/" + sku, "{}", stage.host);
      }
      return stage.call(asked);
    case ProblemType::StockUnavailable:
      asked.body = route.method == "PUT" ? R"({"on_hand":0})"
                                         : R"({"lines":[{"sku":"mug","quantity":999}]})";
      return stage.call(asked);
    case ProblemType::PriceChanged:
      asked.body =
          R"({"lines":[{"sku":"mug","quantity":1,"unit_price":{"amount":1,"currency":"GBP"}}]})";
      return stage.call(asked);
    case ProblemType::ReservationExpired: {
      const std::string given_back = stage.reserve(stage.viewer);
      stage.server.call("DELETE", "/v1/store/reservations/" + given_back, {}, stage.viewer,
                        stage.fresh_key());
      asked.path = replaced(asked.path, stage.reservation, given_back);
      asked.body = replaced(asked.body, stage.reservation, given_back);
      return stage.call(asked);
    }
    case ProblemType::PaymentDeclined:
      asked.body = "{\"reservation\":\"" + stage.reserve(stage.viewer) +
                   "\",\"payment_token\":\"tok_decline\"}";
      return stage.call(asked);
    case ProblemType::PollClosed: {
      const std::string show = stage.server.live_show();
      const auto poll =
          stage.server.call("POST", "/v1/host/shows/" + show + "/polls",
                            R"({"question":"Which?","answers":["a","b"]})", stage.host);
      stage.server.call("POST", "/v1/host/shows/" + show + "/polls/" + poll.at("/id") + "/close",
                        {}, stage.host);
      asked.path = replaced(replaced(asked.path, stage.show, show), stage.poll, poll.at("/id"));
      return stage.call(asked);
    }
    case ProblemType::Precondition:
      asked.body = R"({"version":99,"entries":[]})";
      return stage.call(asked);
    case ProblemType::Flood: {
      const std::string talker = stage.server.guest();
      for (int i = 0; i < 10; ++i) {
        stage.server.call("POST", asked.path,
                          R"({"id":"f-)" + std::to_string(i) + R"(","text":"x"})", talker);
      }
      asked.token = talker;
      return stage.call(asked);
    }
    case ProblemType::Banned: {
      const std::string rude = stage.server.guest();
      std::string id;
      stage.server.on_loop([&](Core& core) {
        id = core.tokens.check(rude, core.env.clock.now())->id;
      });
      stage.server.call("POST", base + "/people/" + id + "/ban", R"({"minutes":1})", stage.host);
      asked.token = rude;
      return stage.call(asked);
    }
    default:
      return {};
  }
}

void check_problem(const Route& route, ProblemType type, const Answer& answer) {
  const auto& facts = facts_of(type);
  CAPTURE(route.method);
  CAPTURE(route.path);
  CAPTURE(facts.code);
  CAPTURE(answer.body);
  CHECK(answer.status == facts.status);
  CHECK(answer.at("/code") == facts.code);
  CHECK(answer.header("Content-Type") == "application/problem+json");
  if (type == ProblemType::Unauthenticated) CHECK_FALSE(answer.header("WWW-Authenticate").empty());
  if (facts.status == 429) CHECK_FALSE(answer.header("Retry-After").empty());
}

}  // namespace

TEST_CASE("nobody gets in without a token, or with the wrong role") {
  TestServer server;
  Stage stage(server);
  for (const auto& route : routes()) {
    if (route.who == Who::Anyone) continue;
    Asked asked = stage.right_call(route);
    CAPTURE(route.method);
    CAPTURE(route.path);
    for (const std::string token : {"", "nonsense", "a.b.c"}) {
      asked.token = token;
      CHECK(stage.call(asked).status == 401);
    }
    for (const auto& [role, token] :
         {std::pair{Role::Viewer, stage.viewer}, std::pair{Role::Moderator, stage.moderator},
          std::pair{Role::Host, stage.host}}) {
      asked.token = token;
      if (!may(route.who, role)) CHECK(stage.call(asked).status == 403);
    }
  }
}

TEST_CASE("every operation says every documented no") {
  TestServer server;
  Stage stage(server);
  for (const auto& route : routes()) {
    for (const ProblemType type : documented_problems(route)) {
      if (type == ProblemType::Overloaded || type == ProblemType::StorageFull) continue;  // below
      if (route.path == "/metrics" && type == ProblemType::Permission)
        continue;  // needs another machine
      auto answer = provoke_common(stage, route, type);
      check_problem(route, type, answer ? *answer : provoke_own(stage, route, type));
    }
  }
}

TEST_CASE("when the engines are stopped every writing operation says overloaded") {
  TestServer server;
  Stage stage(server);
  server.stop_engines();
  for (const auto& route : routes()) {
    if (route.writes)
      check_problem(route, ProblemType::Overloaded, stage.call(stage.right_call(route)));
  }
}

TEST_CASE(
    "when the disk is full every writing operation says so, reading goes on, and it ends with the "
    "cause") {
  FullDisk disk(real_env().disk);
  Env env{real_env().clock, disk, real_env().random};
  TestServer server({}, {}, env);
  Stage stage(server);
  disk.set_full(true);
  for (const auto& route : routes()) {
    const auto problems = documented_problems(route);
    if (std::find(problems.begin(), problems.end(), ProblemType::StorageFull) == problems.end())
      continue;
    Asked asked = stage.right_call(route);
    if (route.path == "/v1/auth/host" || route.path == "/v1/auth/moderator") {
      server.on_loop([&](Core& core) {
        disk.set_full(false);
        const Role role = route.path.ends_with("host") ? Role::Host : Role::Moderator;
        const Time until = core.env.clock.now() + Duration{60'000};
        asked.body = "{\"code\":\"" + core.codes.issue(role, "", until).value() + "\"}";
        disk.set_full(true);
      });
    }
    check_problem(route, ProblemType::StorageFull, stage.call(asked));
  }
  CHECK(server.call("GET", "/v1/store/products/mug").status == 200);
  disk.set_full(false);
  Answer answer;
  while (answer.status != 201) {  // the engine tries the disk again by itself
    answer = server.call("POST", "/v1/store/reservations", kBodies.at("/v1/store/reservations"),
                         stage.viewer, stage.fresh_key());
    REQUIRE((answer.status == 201 || answer.status == 507));
  }
}

TEST_CASE("absent paths and wrong methods are told apart") {
  TestServer server;
  CHECK(server.call("GET", "/v1/nothing").status == 404);
  const auto wrong = server.call("DELETE", "/v1/store/cart");
  CHECK(wrong.status == 405);
  CHECK(wrong.header("Allow") == "GET");
}

TEST_CASE("the document names every operation, and every reference in it leads somewhere") {
  TestServer server;
  const auto document = server.call("GET", "/openapi.json");
  REQUIRE(document.status == 200);
  CHECK(document.at("/openapi") == "3.1.0");
  for (const auto& route : routes()) {
    std::string pointer = "/paths/";
    for (const char c : route.path) pointer += c == '/' ? std::string("~1") : std::string(1, c);
    std::string method = route.method;
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    CAPTURE(pointer);
    CHECK_FALSE(document.at(pointer + "/" + method + "/responses").empty());
  }
  constexpr std::string_view kRef = "\"$ref\":\"#";
  for (auto at = document.body.find(kRef); at != std::string::npos;
       at = document.body.find(kRef, at + 1)) {
    const auto from = at + kRef.size();
    CHECK_FALSE(
        document.at(document.body.substr(from, document.body.find('"', from) - from)).empty());
  }
}

TEST_CASE("somebody else's things are absent") {
  TestServer server;
  Stage stage(server);
  const std::string eve = server.guest("Eve");
  const std::string path = "/v1/store/reservations/" + stage.reservation;
  CHECK(server.call("GET", path, {}, stage.viewer).status == 200);
  CHECK(server.call("GET", path, {}, eve).status == 404);
  CHECK(server.call("DELETE", path, {}, eve, "k-1").status == 404);
  const std::string body =
      "{\"reservation\":\"" + stage.reservation + "\",\"payment_token\":\"tok_approve\"}";
  CHECK(server.call("POST", "/v1/store/orders", body, eve, "k-2").status == 404);
}
