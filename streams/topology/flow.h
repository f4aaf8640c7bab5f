#pragma once
// Flow: how many records have gone along each edge of a running copy of a Graph.
//
// A node counts what it hands on, one plain addition a record; what an edge of the map stands for
// is one or more of those numbers, because the map leaves out sources, sinks and hops. Threads: the
// task's.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "vitrine/topology_map.h"

namespace vitrine {

class Graph;
enum class Plan;

// Where the numbers stand, node by node: fed from its topic, passed to each node below, written to
// each of its topics, and written to others.
class FlowPlaces {
 public:
  explicit FlowPlaces(const Graph& graph);
  std::size_t fed(std::size_t node) const { return first_[node]; }
  std::size_t passed(std::size_t node, std::size_t below) const;
  std::size_t written(std::size_t node, std::size_t topic) const;
  std::size_t size() const { return first_.back(); }

 private:
  const Graph& graph_;
  std::vector<std::size_t> first_;  // by node; and the end
};

// A map and, by number of its edges, the places that add up to the edge's records.
struct CountedMap {
  TopologyMap map;
  std::vector<std::vector<std::size_t>> places;
};
CountedMap counted_map(const Graph& graph, Plan plan);

class Flow {
 public:
  Flow(const Graph& graph, Plan plan);
  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;

  // Pointers live as long as this.
  std::uint64_t* fed(std::size_t node) { return &counts_[places_.fed(node)]; }
  std::uint64_t* passed(std::size_t node, std::size_t below) {
    return &counts_[places_.passed(node, below)];
  }
  std::uint64_t* written(std::size_t node, std::size_t topic) {
    return &counts_[places_.written(node, topic)];
  }
  void dead_letter(std::size_t topic);  // one more of a timer or window, in this topic
  void add_to(std::span<std::uint64_t> edges) const;

 private:
  const Graph& graph_;
  const FlowPlaces places_;
  const std::vector<std::vector<std::size_t>> edges_;
  std::vector<std::uint64_t> counts_;
};

}  // namespace vitrine
