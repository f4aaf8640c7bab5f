#include "gateway/test_server.h"

#include <simdjson.h>

#include <future>

#include "commerce/insight/topology.h"
#include "commerce/kpi/topology.h"
#include "gateway/core.h"
#include "gateway/json_text.h"

namespace vitrine::gateway {

std::string json_at(const std::string& json, std::string_view pointer) {
  simdjson::dom::parser parser;
  simdjson::dom::element root, found;
  if (parser.parse(json).get(root) != simdjson::SUCCESS) return "";
  if (root.at_pointer(pointer).get(found) != simdjson::SUCCESS) return "";
  std::string_view text;
  if (found.get(text) == simdjson::SUCCESS) return std::string(text);
  return simdjson::minify(found);
}

std::string Answer::at(std::string_view pointer) const { return json_at(body, pointer); }

std::string Answer::header(std::string_view name) const {
  net::HttpResponse response;
  response.headers = headers;
  return std::string(response.header(name));
}

TestServer::TestServer(Adjust adjust, shop::ShopOptions shop_options, Env& env)
    : adjust_(std::move(adjust)), shop_options_(shop_options), env_(env) {
  start();
}

TestServer::~TestServer() { stop(); }

void TestServer::start() {
  shop_app_ = std::make_unique<App>(shop_app(shop_options_));
  audience_app_ = std::make_unique<App>(audience_app());
  EngineOptions options;
  options.folder = folder() + "/log/shop";
  options.journal.segment_bytes = 4U << 20U;
  auto shop = Engine::open(env_, *shop_app_, options);
  VT_CHECK_MSG(shop.has_value(), shop ? "" : shop.error().message);
  shop_ = std::move(*shop);
  options.folder = folder() + "/log/audience";
  options.upstreams = {shop_.get()};
  auto audience = Engine::open(env_, *audience_app_, options);
  VT_CHECK_MSG(audience.has_value(), audience ? "" : audience.error().message);
  audience_ = std::move(*audience);
  insight_app_ = std::make_unique<App>(insight_app());
  options.folder = folder() + "/log/insight";
  options.upstreams = {shop_.get(), audience_.get()};
  auto insight = Engine::open(env_, *insight_app_, options);
  VT_CHECK_MSG(insight.has_value(), insight ? "" : insight.error().message);
  insight_ = std::move(*insight);
  VT_CHECK(shop_->start() && audience_->start() && insight_->start());
  loop_ = std::move(net::Loop::create().value());
  Options gateway_options;
  gateway_options.data_folder = folder() + "/keys";
  gateway_options.requests = {100'000, 100'000};
  gateway_options.guests = {100'000, 100'000};
  if (adjust_) adjust_(gateway_options);
  auto gateway = Gateway::open(env_, *loop_, {*shop_, *audience_, *insight_},
                               std::move(gateway_options));
  VT_CHECK_MSG(gateway.has_value(), gateway ? "" : gateway.error().message);
  gateway_ = std::move(*gateway);
  port_ = gateway_->port();
  thread_ = std::thread([this] { loop_->run(); });
}

void TestServer::stop() {
  if (!gateway_) return;
  loop_->stop();
  thread_.join();
  stop_engines();
  gateway_.reset();
  loop_.reset();
  insight_.reset();
  audience_.reset();
  shop_.reset();
}

void TestServer::stop_engines() {
  insight_->stop();
  audience_->stop();
  shop_->stop();
}

void TestServer::on_loop(std::function<void(Core&)> act) {
  std::promise<void> done;
  loop_->post([&] {
    act(gateway_->core());
    done.set_value();
  });
  done.get_future().wait();
}

Answer TestServer::call(std::string_view method, std::string_view path, std::string_view body,
                        std::string_view token, std::string_view key,
                        std::vector<net::Header> more) {
  net::HttpClient client(endpoint());
  std::vector<net::Header> headers = std::move(more);
  const bool typed = std::any_of(headers.begin(), headers.end(),
                                 [](const auto& h) { return h.name == "Content-Type"; });
  if (!body.empty() && !typed) headers.push_back({"Content-Type", "application/json"});
  if (!token.empty()) headers.push_back({"Authorization", "Bearer " + std::string(token)});
  if (!key.empty()) headers.push_back({"Idempotency-Key", std::string(key)});
  auto response = client.request(method, path, headers, body);
  if (!response) return {0, response.error().message, {}};
  return {response->status, std::move(response->body), std::move(response->headers)};
}

namespace {

// A test that goes on without a token would fail somewhere else.
std::string token_of(const Answer& answer) {
  VT_CHECK_MSG(answer.status == 201, std::to_string(answer.status) + " " + answer.body);
  return answer.at("/token");
}

}  // namespace

std::string TestServer::guest(std::string_view nickname) {
  return token_of(call("POST", "/v1/auth/guest", JsonObject{}.text("nickname", nickname).str()));
}

std::string TestServer::host() {
  if (!host_token_.empty()) return host_token_;
  std::string code;
  on_loop([&](Core&) { code = gateway_->issue_host_code().value(); });
  return host_token_ =
             token_of(call("POST", "/v1/auth/host", JsonObject{}.text("code", code).str()));
}

std::string TestServer::moderator() {
  if (!moderator_token_.empty()) return moderator_token_;
  const auto link = call("POST", "/v1/host/moderators", R"({"nickname":"Mo"})", host());
  const std::string body = JsonObject{}.text("code", link.at("/code")).str();
  return moderator_token_ = token_of(call("POST", "/v1/auth/moderator", body));
}

std::string TestServer::ticket(std::string_view token) {
  return call("POST", "/v1/auth/ticket", {}, token).at("/ticket");
}

net::WsClient TestServer::socket(std::string_view token) {
  auto client =
      net::WsClient::connect(endpoint(), "/v1/socket", "vitrine.v1.json, ticket." + ticket(token));
  VT_CHECK_MSG(client.has_value(), client ? "" : client.error().message);
  VT_CHECK(!receive(*client, "hello").empty());
  return std::move(*client);
}

void TestServer::put_product(std::string_view sku, std::int64_t price, std::int64_t on_hand) {
  const std::string path = "/v1/host/products/" + std::string(sku);
  const std::string money = JsonObject{}.number("amount", price).text("currency", "GBP").str();
  const std::string product =
      JsonObject{}.text("title", "A " + std::string(sku)).raw("price", money).str();
  const auto put = call("PUT", path, product, host());
  VT_CHECK_MSG(put.status == 200, std::to_string(put.status) + " " + put.body);
  const std::string stock = JsonObject{}.number("on_hand", on_hand).str();
  VT_CHECK(call("PUT", path + "/stock", stock, host(), "stock-" + std::to_string(++keys_)).status ==
           200);
}

std::string TestServer::live_show() {
  const auto show =
      call("POST", "/v1/host/shows", R"({"title":"Mugs tonight","host_name":"Hana"})", host());
  const std::string id = show.at("/id");
  const auto live = call("POST", "/v1/host/shows/" + id + "/state", R"({"to":"live"})", host());
  VT_CHECK_MSG(live.status == 200, std::to_string(live.status) + " " + live.body);
  return id;
}

std::string receive(net::WsClient& socket, std::string_view type, std::string_view containing,
                    int timeout_ms) {
  while (true) {
    auto frame = socket.receive(timeout_ms);
    if (!frame) return "";
    if (json_at(*frame, "/t") == type && frame->find(containing) != std::string::npos)
      return *frame;
  }
}

}  // namespace vitrine::gateway
