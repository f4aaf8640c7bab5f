#include "app/demo_options.h"

#include <map>

#include "app/driver/options.h"

namespace vitrine {

Result<DemoOptions> parse_demo_options(int argc, char** argv) {
  DemoOptions o;
  const std::map<std::string, std::string*> texts{
      {"--bind", &o.bind}, {"--log", &o.log},     {"--data", &o.data},
      {"--web", &o.web},   {"--kafka", &o.kafka}, {"--roles", &o.roles}};
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--help") {
      o.help = true;
      return o;
    }
    if (name == "--no-driver") {
      o.driver = false;
      continue;
    }
    if (i + 1 == argc) {
      return fail(Code::Invalid, name + ": unknown, or its value is missing; see --help");
    }
    const std::string value = argv[++i];
    if (const auto text = texts.find(name); text != texts.end()) {
      *text->second = value;
    } else if (name == "--port") {
      VT_TRY(o.port, driver::parse_number<std::uint16_t>(name, value, 0, 65'535));
    } else if (name == "--viewers") {
      VT_TRY(o.viewers, driver::parse_number<int>(name, value, 1, 20'000));
    } else if (name == "--speed") {
      VT_TRY(o.speed, driver::parse_number<double>(name, value, 0.001, 1'000));
    } else if (name == "--seed") {
      VT_TRY(o.seed, driver::parse_number<std::uint64_t>(name, value, 0, UINT64_MAX));
    } else if (name == "--for") {
      VT_TRY(o.for_ms, driver::parse_duration_ms(value));
    } else {
      return fail(Code::Invalid, name + ": unknown; see --help");
    }
  }
  if (!o.kafka.empty() && !o.kafka.starts_with("kafka://"))
    return fail(Code::Invalid, "--kafka " + o.kafka + ": give kafka://HOST:PORT");
  return o;
}

std::string demo_help() {
  return "vitrine demo: a live show of a real shop, with a hundred simulated viewers.\n\n"
         "  --port N        where to listen (8080; 0 picks a free one)\n"
         "  --bind ADDR     127.0.0.1; with 0.0.0.0 a phone on the same network can join\n"
         "  --log DIR       where the shop lives (./var/demo); a second start goes on there\n"
         "  --kafka ADDR    the log is on Kafka, kafka://HOST:PORT; DIR keeps the gateway's copy\n"
         "  --roles ROLES   with --kafka: gateway when other processes run the topologies\n"
         "  --data DIR      catalogue, baskets, sentences, clip (./data)\n"
         "  --web DIR       the built pages\n"
         "  --viewers N     simulated viewers (100)\n"
         "  --speed X       multiplies their rates (1)\n"
         "  --seed N        who does what (1)\n"
         "  --no-driver     an empty room\n"
         "  --for DURATION  end by itself after 90s, 2min … (until Ctrl-C)\n";
}

}  // namespace vitrine
