#include "streams/topology/flow.h"

#include <algorithm>

#include "streams/topology/graph.h"

namespace vitrine {

FlowPlaces::FlowPlaces(const Graph& graph) : graph_(graph) {
  std::size_t next = 0;
  for (const NodeSpec& node : graph.nodes()) {
    first_.push_back(next);
    next += 1 + node.below.size() + node.writes.size() + 1;
  }
  first_.push_back(next);
}

std::size_t FlowPlaces::passed(std::size_t node, std::size_t below) const {
  return first_[node] + 1 + below;
}

std::size_t FlowPlaces::written(std::size_t node, std::size_t topic) const {
  const NodeSpec& spec = graph_.nodes()[node];
  const auto at = std::find(spec.writes.begin(), spec.writes.end(), topic);
  return first_[node] + 1 + spec.below.size() +
         static_cast<std::size_t>(at - spec.writes.begin());
}

Flow::Flow(const Graph& graph, Plan plan)
    : graph_(graph),
      places_(graph),
      edges_(counted_map(graph, plan).places),
      counts_(places_.size()) {}

void Flow::dead_letter(std::size_t topic) {
  for (std::size_t node = 0; node < graph_.nodes().size(); ++node) {
    const auto& writes = graph_.nodes()[node].writes;
    if (std::find(writes.begin(), writes.end(), topic) == writes.end()) continue;
    ++*written(node, topic);
    return;  // a state belongs to one operator
  }
}

void Flow::add_to(std::span<std::uint64_t> edges) const {
  for (std::size_t edge = 0; edge < edges_.size(); ++edge) {
    for (const std::size_t place : edges_[edge]) edges[edge] += counts_[place];
  }
}

}  // namespace vitrine
