#pragma once
// A whole server for one test: all engines on a temporary log, the gateway on a free port, its
// loop on a thread.
//
// Threads: the test's own; the gateway lives on the loop's thread and is touched by on_loop() only.
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "commerce/shop/topology.h"
#include "gateway/gateway.h"
#include "gateway/temp_folder.h"
#include "net/http_client.h"
#include "vitrine/app.h"

namespace vitrine::gateway {

struct Answer {
  int status = 0;
  std::string body;
  std::vector<net::Header> headers;
  std::string header(std::string_view name) const;
  // The member at a JSON pointer: a text as it is, anything else as JSON; "" when absent.
  std::string at(std::string_view pointer) const;
};
std::string json_at(const std::string& json, std::string_view pointer);

class TestServer {
 public:
  using Adjust = std::function<void(Options&)>;
  explicit TestServer(Adjust adjust = {}, shop::ShopOptions shop_options = {},
                      Env& env = real_env());
  ~TestServer();
  void stop();
  void start();         // again, on the same log
  void stop_engines();  // the gateway goes on
  void on_loop(std::function<void(Core&)> act);

  std::uint16_t port() const { return port_; }
  net::Endpoint endpoint() const {
    net::Endpoint endpoint;
    endpoint.port = port_;
    return endpoint;
  }
  const std::string& folder() const { return folder_.path(); }

  Answer call(std::string_view method, std::string_view path, std::string_view body = {},
              std::string_view token = {}, std::string_view key = {},
              std::vector<net::Header> more = {});
  std::string guest(std::string_view nickname = "Ada");  // a token
  std::string host();                                    // a token
  std::string moderator();                               // a token
  std::string ticket(std::string_view token);
  net::WsClient socket(std::string_view token);  // after its hello

  // The usual stage: a live show and a product.
  void put_product(std::string_view sku, std::int64_t price, std::int64_t on_hand);
  std::string live_show();

 private:
  Adjust adjust_;
  shop::ShopOptions shop_options_;
  Env& env_;
  TempFolder folder_;
  std::unique_ptr<App> shop_app_, audience_app_, insight_app_;
  std::unique_ptr<Engine> shop_, audience_, insight_;
  std::unique_ptr<net::Loop> loop_;
  std::unique_ptr<Gateway> gateway_;
  std::thread thread_;
  std::uint16_t port_ = 0;
  std::string host_token_, moderator_token_;
  int keys_ = 0;
};

// Receives until a frame with this "t" (and, when given, this text in it) comes; "" when none came
// in time.
std::string receive(net::WsClient& socket, std::string_view type, std::string_view containing = {},
                    int timeout_ms = 10'000);

}  // namespace vitrine::gateway
