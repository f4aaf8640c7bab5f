#pragma once
// What `vitrine-driver` is asked to do.
#include <charconv>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace vitrine::driver {

struct DriverOptions {
  std::string url = "http://127.0.0.1:8080";
  std::string data = "./data";
  std::string ledger = "./driver.ledger";
  std::string counters;         // file for {acknowledged, found, lost, doubled}; empty = none
  std::string host_token_file;  // the first line is a host's token; empty = no simulated host,
                                // orders are not recounted
  std::string show;             // empty = the first live show of the server
  std::string shop = "shop_demo";
  int viewers = 100;
  double speed = 1.0;  // multiplies every rate
  double chat_per_s = 3.0;
  double reactions_per_s = 10.0;
  double orders_per_s = 1.0 / 3.0;
  double views_per_s = 2.0;
  std::uint64_t seed = 1;
  std::int64_t for_ms = 0;  // 0 = until SIGTERM
  bool host = true;         // pins, polls and restocks, while no real host does
  bool help = false;
};

// A whole number or fraction within [least, most]; Invalid names the option.
template <class T>
Result<T> parse_number(const std::string& name, const std::string& text, T least, T most) {
  T value{};
  const auto end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || at != end || value < least || value > most) {
    return fail(Code::Invalid, name + " " + text + ": not a number from " + std::to_string(least) +
                                   " to " + std::to_string(most));
  }
  return value;
}

Result<DriverOptions> parse_driver_options(int argc, char** argv);
std::string driver_help();

// "90s", "2min", "500ms", "1h" or plain seconds; Invalid for anything else.
Result<std::int64_t> parse_duration_ms(const std::string& text);

}  // namespace vitrine::driver
