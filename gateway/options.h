#pragma once
// What a gateway can be told.
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "gateway/rate.h"
#include "net/server.h"

namespace vitrine::gateway {

struct Options {
  std::string shop = "shop_demo";
  std::string data_folder;                   // keys and codes
  std::string web_folder;                    // the built pages; empty = none
  std::string video_folder;                  // segments.json and its segments; empty = none
  std::vector<std::string> allowed_origins;  // besides the server's own host
  net::ServerOptions server;
  Rate requests{50, 200};        // per identity, or per address without one
  Rate guests{20, 200};          // new guests per address
  Rate views{2, 20};             // products a viewer opens
  Rate arrivals{1.0 / 60, 1};    // of a viewer at a show, as the recommender is told
  Duration outcome_wait{5'000};  // a command's answer
  Duration order_wait{4'000};    // a payment's outcome; then 202
  Duration guest_life{std::chrono::hours{24 * 30}};
  Duration host_life{std::chrono::hours{24 * 30}};
  Duration code_life{std::chrono::hours{24 * 7}};
  bool demo = false;          // allows /demo/*
  std::string counters_file;  // demo: what the driver counted
  std::int64_t restarts = 0;  // demo
};

}  // namespace vitrine::gateway
