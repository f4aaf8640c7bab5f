// `vitrine topology`: the map of the running system, from the code itself.
#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>

#include "app/commands.h"
#include "commerce/insight/topology.h"
#include "commerce/kpi/topology.h"
#include "commerce/model/json.h"
#include "commerce/shop/topology.h"
#include "gateway/topology_feed.h"

namespace vitrine {

int run_topology(int argc, char** argv) {
  CLI::App cli{"The map of topics, operators and states."};
  bool mermaid = false, json = false;
  auto* picture = cli.add_flag("--mermaid", mermaid, "as Mermaid, for a picture");
  cli.add_flag("--json", json, "for programs, as the API tells it")->excludes(picture);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : 2;
  }
  const App shop = shop_app(), audience = audience_app(), insight = insight_app();
  if (json) {
    const std::array<TopologyMap, 3> maps{shop.map(), audience.map(), insight.map()};
    std::printf("%s\n", model::to_json(gateway::message_of(maps)).c_str());
    return 0;
  }
  for (const App* app : {&shop, &audience, &insight}) {
    const std::string text = mermaid ? app->mermaid() : app->describe();
    std::printf("%s%s\n", mermaid ? ("%% App " + app->name() + "\n").c_str() : "", text.c_str());
  }
  return 0;
}

}  // namespace vitrine
