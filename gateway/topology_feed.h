#pragma once
// The live map for operators: what the engines run, and counters of what flows along it.
//
// Told over the channel "ops.topology" four times a second while a host listens, and else never;
// one frame costs three Engine::metrics() and some kilobytes, whatever flows. Threads: the loop's.
#include <span>
#include <string>

#include "commerce/model/proto/api.pb.h"
#include "gateway/channel.h"
#include "vitrine/topology_map.h"

namespace vitrine::gateway {

class Core;

api::TopologyMap message_of(std::span<const vitrine::TopologyMap> maps);

class TopologyFeed {
 public:
  static constexpr int kEveryMs = 250;
  static constexpr const char* kChannel = "ops.topology";

  explicit TopologyFeed(Core& core);
  ~TopologyFeed();
  void start();

  api::Topology now() const;  // the map and its figures
  ChannelSource source() const;

 private:
  api::TopologyFigures figures() const;

  Core& core_;
  const std::vector<vitrine::TopologyMap> maps_;  // by engine: shop, audience, insight
  const api::TopologyMap map_;
  const std::string version_;  // of the map: a page that has another one reads it again
  std::uint64_t timer_ = 0;
};

}  // namespace vitrine::gateway
