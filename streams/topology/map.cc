// The walk from a Graph to its map: what is only a way in, a way out or a hop becomes an edge.
#include <algorithm>
#include <map>
#include <utility>

#include "streams/topology/dead_letter.h"
#include "streams/topology/flow.h"
#include "streams/topology/graph.h"

namespace vitrine {
namespace {

using Places = std::vector<std::size_t>;

class MapMaker {
 public:
  MapMaker(const Graph& graph, Plan plan) : graph_(graph), plan_(plan), places_(graph) {}

  CountedMap make() {
    out_.map.app = graph_.name();
    add_topics();
    add_operators();
    for (std::size_t i = 0; i < graph_.nodes().size(); ++i) add_ways_of(i);
    return std::move(out_);
  }

 private:
  const NodeSpec& spec(std::size_t node) const { return graph_.nodes()[node]; }
  // A source that does nothing but decode.
  bool is_way_in(std::size_t node) const {
    return spec(node).kind == "stream" && spec(node).states.empty();
  }
  bool is_way_out(std::size_t node) const { return spec(node).kind == "to"; }
  bool is_edge(std::size_t node) const {
    return is_way_in(node) || is_way_out(node) || spec(node).hop;
  }

  void add_topics() {
    for (std::size_t i = 0; i < graph_.topics().size(); ++i) {
      const TopicInfo& topic = graph_.topics()[i];
      if (plan_ == Plan::Local && is_only_of_a_hop(i)) continue;
      out_.map.topics.push_back({id_of_topic(i), topic.name, topic.key_serde, topic.value_serde,
                                 topic.partitions, topic.durable,
                                 topic.name.ends_with(kDeadLetterSuffix)});
    }
  }

  bool is_only_of_a_hop(std::size_t topic) const {
    bool found = false;
    for (const NodeSpec& node : graph_.nodes()) {
      const bool writes = std::find(node.writes.begin(), node.writes.end(), topic) !=
                          node.writes.end();
      if (node.reads != topic && !writes) continue;
      if (!node.hop) return false;
      found = true;
    }
    return found;
  }

  void add_operators() {
    std::map<std::string, int> seen;
    ids_.resize(graph_.nodes().size());
    for (std::size_t i = 0; i < graph_.nodes().size(); ++i) {
      const NodeSpec& node = spec(i);
      if (is_edge(i)) continue;
      // The first state names an operator better than sizes, which change.
      const bool named = node.kind == "process" || node.states.empty();
      const std::string& name = named ? node.detail : node.states.front().name;
      std::string id = graph_.name() + "/" + node.kind + (name.empty() ? "" : " " + name);
      if (const int before = seen[id]++; before > 0) id += "#" + std::to_string(before + 1);
      TopologyMap::Operator one{id, node.kind, node.detail, {}};
      for (const StateSpec& state : node.states) {
        owners_.emplace(state.name, id);
        one.states.push_back({state.name, state.key_serde, state.value_serde});
      }
      out_.map.operators.push_back(std::move(one));
      ids_[i] = std::move(id);
    }
  }

  void add_ways_of(std::size_t node) {
    const NodeSpec& of = spec(node);
    const Places fed{places_.fed(node)};
    if (of.reads && is_edge(node)) {
      if (of.hop && plan_ == Plan::Local) return;  // whoever stands above goes on below
      for (const std::size_t below : of.below) lead(id_of_topic(*of.reads), below, fed);
      return;
    }
    if (is_edge(node)) return;
    if (of.reads) add_edge(id_of_topic(*of.reads), ids_[node], Way::Reads, fed);
    for (std::size_t i = 0; i < of.below.size(); ++i)
      lead(ids_[node], of.below[i], {places_.passed(node, i)});
    for (const std::size_t topic : of.writes)
      write(ids_[node], topic, {places_.written(node, topic)});
    for (const std::string& state : of.joins) {
      const auto owner = owners_.find(state);
      if (owner != owners_.end()) add_edge(owner->second, ids_[node], Way::LooksUp, {});
    }
  }

  // From a topic or an operator into a node.
  void lead(const std::string& from, std::size_t into, const Places& counts) {
    const NodeSpec& to = spec(into);
    if (is_way_out(into)) {
      for (const std::size_t topic : to.writes) write(from, topic, counts);
    } else if (to.hop && plan_ == Plan::Split) {
      write(from, *to.reads, counts);
    } else if (to.hop) {
      for (const std::size_t below : to.below) lead(from, below, counts);
    } else {
      const bool topic = from.starts_with(kTopic);
      add_edge(from, ids_[into], topic ? Way::Reads : Way::Passes, counts);
    }
  }

  void write(const std::string& from, std::size_t topic, const Places& counts) {
    const bool letters = graph_.topics()[topic].name.ends_with(kDeadLetterSuffix);
    add_edge(from, id_of_topic(topic), letters ? Way::DeadLetters : Way::Writes, counts);
  }

  void add_edge(const std::string& from, const std::string& to, TopologyMap::Way way,
                const Places& counts) {
    std::string id = from + " > " + to;
    const auto [at, fresh] = edges_.emplace(id, out_.map.edges.size());
    if (fresh) {
      out_.map.edges.push_back({std::move(id), from, to, way});
      out_.places.emplace_back();
    }
    Places& all = out_.places[at->second];
    all.insert(all.end(), counts.begin(), counts.end());
  }

  std::string id_of_topic(std::size_t topic) const {
    return std::string(kTopic) + graph_.topics()[topic].name;
  }

  static constexpr std::string_view kTopic = "topic:";
  using Way = TopologyMap::Way;
  const Graph& graph_;
  const Plan plan_;
  const FlowPlaces places_;
  CountedMap out_;
  std::vector<std::string> ids_;               // of operators, by node
  std::map<std::string, std::string> owners_;  // of states
  std::map<std::string, std::size_t> edges_;   // by id
};

}  // namespace

CountedMap counted_map(const Graph& graph, Plan plan) { return MapMaker(graph, plan).make(); }

TopologyMap map_of(const Graph& graph, Plan plan) { return counted_map(graph, plan).map; }

}  // namespace vitrine
