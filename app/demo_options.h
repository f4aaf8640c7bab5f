#pragma once
// What `vitrine demo` is asked to do.
#include <cstdint>
#include <string>

#include "base/result.h"

namespace vitrine {

struct DemoOptions {
  std::string bind = "127.0.0.1";
  std::uint16_t port = 8080;  // 0 picks a free one
  std::string log =
      "./var/demo";  // the server's data folder; the demo's own things stand in <log>/demo
  std::string kafka;  // kafka://HOST:PORT: the log is there, <log> holds the gateway's copy
  std::string roles = "gateway,topologies";  // on Kafka: of the demo's server
  std::string data = "./data";
  std::string web;  // the built pages; empty = the server's default
  int viewers = 100;
  double speed = 1.0;
  std::uint64_t seed = 1;
  std::int64_t for_ms = 0;  // 0 = until Ctrl-C
  bool driver = true;
  bool help = false;
};

Result<DemoOptions> parse_demo_options(int argc, char** argv);
std::string demo_help();

}  // namespace vitrine
