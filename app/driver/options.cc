#include "app/driver/options.h"

#include <functional>
#include <map>

namespace vitrine::driver {
Result<std::int64_t> parse_duration_ms(const std::string& text) {
  static const std::map<std::string, std::int64_t> units{
      {"ms", 1}, {"", 1000}, {"s", 1000}, {"min", 60'000}, {"m", 60'000}, {"h", 3'600'000}};
  const auto digits = text.find_first_not_of("0123456789");
  const auto unit = units.find(digits == text.npos ? "" : text.substr(digits));
  if (digits == 0 || text.empty() || text.size() > 12 || unit == units.end())
    return fail(Code::Invalid, "duration " + text + ": write it as 90s, 2min, 500ms or 1h");
  return std::stoll(text) * unit->second;
}

Result<DriverOptions> parse_driver_options(int argc, char** argv) {
  DriverOptions o;
  const std::map<std::string, std::string*> texts{{"--url", &o.url},
                                                  {"--data", &o.data},
                                                  {"--ledger", &o.ledger},
                                                  {"--counters", &o.counters},
                                                  {"--host-token-file", &o.host_token_file},
                                                  {"--show", &o.show},
                                                  {"--shop", &o.shop}};
  const std::map<std::string, double*> rates{{"--speed", &o.speed},
                                             {"--chat-rate", &o.chat_per_s},
                                             {"--reaction-rate", &o.reactions_per_s},
                                             {"--order-rate", &o.orders_per_s},
                                             {"--view-rate", &o.views_per_s}};
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--help") {
      o.help = true;
      return o;
    }
    if (name == "--no-host") {
      o.host = false;
      continue;
    }
    if (i + 1 == argc)
      return fail(Code::Invalid, name + ": unknown, or its value is missing; see --help");
    const std::string value = argv[++i];
    if (const auto text = texts.find(name); text != texts.end()) {
      *text->second = value;
    } else if (const auto rate = rates.find(name); rate != rates.end()) {
      VT_TRY(*rate->second, parse_number<double>(name, value, 0.001, 100'000));
    } else if (name == "--viewers") {
      VT_TRY(o.viewers, parse_number<int>(name, value, 1, 20'000));
    } else if (name == "--seed") {
      VT_TRY(o.seed, parse_number<std::uint64_t>(name, value, 0, UINT64_MAX));
    } else if (name == "--for") {
      VT_TRY(o.for_ms, parse_duration_ms(value));
    } else {
      return fail(Code::Invalid, name + ": unknown; see --help");
    }
  }
  return o;
}

std::string driver_help() {
  return "vitrine-driver: simulated viewers and a simulated host, through the public API only.\n\n"
         "  --url URL              the server (http://127.0.0.1:8080)\n"
         "  --show ID              the show to visit (the first live one)\n"
         "  --viewers N            people with a socket each (100)\n"
         "  --speed X              multiplies every rate (1)\n"
         "  --chat-rate X          messages a second of all together (3)\n"
         "  --reaction-rate X      taps a second of all together (10)\n"
         "  --order-rate X         baskets a second of all together (0.33)\n"
         "  --view-rate X          products looked at a second of all together (2)\n"
         "  --seed N               who does what (1)\n"
         "  --data DIR             catalogue, baskets and sentences (./data)\n"
         "  --ledger FILE          what was sent and acknowledged (./driver.ledger)\n"
         "  --counters FILE        written every few seconds: acknowledged, found, lost, doubled\n"
         "  --host-token-file FILE a host's token, for the simulated host and for recounting "
         "orders\n"
         "  --no-host              nobody pins, polls or restocks\n"
         "  --for DURATION         end by itself after 90s, 2min … (until SIGTERM)\n";
}

}  // namespace vitrine::driver
