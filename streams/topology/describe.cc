// A topology in words (one line a node) and as a Mermaid flowchart.
#include <map>
#include <set>

#include "streams/topology/graph.h"

namespace vitrine {
namespace {

std::string line_of(const Graph& graph, const NodeSpec& node) {
  std::string line = node.kind;
  if (!node.detail.empty()) line += " " + node.detail;
  for (const auto& state : node.states) {
    line += "  [state " + state.name + ": " + state.key_serde + " -> " + state.value_serde + "]";
  }
  for (const auto& name : node.joins) line += "  [reads state " + name + "]";
  if (!node.out_types.empty()) line += "  : " + node.out_types;
  if (!node.hop) {
    for (std::size_t topic : node.writes) line += "  => " + graph.topics()[topic].name;
  }
  return line;
}

void describe_below(const Graph& graph, std::size_t index, std::size_t depth,
                    std::set<std::size_t>& told, std::string& out) {
  for (std::size_t below : graph.nodes()[index].below) {
    const bool fresh = told.insert(below).second;
    out += std::string(2 * depth, ' ') + "-> " +
           (fresh ? line_of(graph, graph.nodes()[below])
                  : graph.nodes()[below].kind + " (goes on above)") +
           "\n";
    if (fresh) describe_below(graph, below, depth + 1, told, out);
  }
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) out += c == '"' ? "#quot;" : std::string(1, c);
  return out + "\"";
}

}  // namespace

std::string describe(const Graph& graph, Plan plan) {
  std::string out = "app " + graph.name() + " (plan: ";
  out += plan == Plan::Local
             ? "local, one task owns every partition, hops to another key are calls)\n"
             : "split, hops to another key go through their internal topic)\n";
  std::set<std::size_t> told;  // a merge is met from several sides
  if (graph.uses_event_time()) {
    const EventTime& rules = graph.event_time();
    out += "event time: topics are idle after " + std::to_string(rules.idle_after.count()) +
           " ms, out of order by up to " + std::to_string(rules.out_of_order.count()) +
           " ms, at most " + std::to_string(rules.max_ahead.count()) + " ms ahead of the wall\n";
  }
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const auto& node = graph.nodes()[i];
    if (!node.reads || node.hop) continue;
    const auto& topic = graph.topics()[*node.reads];
    out += topic.name + "  : " + topic.key_serde + " -> " + topic.value_serde + ", " +
           std::to_string(topic.partitions) + " partitions" + (topic.durable ? "" : ", ephemeral") +
           (node.everywhere ? ", broadcast" : "");
    for (const auto& state : node.states) out += "  [state " + state.name + "]";
    out += "\n";
    describe_below(graph, i, 1, told, out);
  }
  return out;
}

std::string mermaid(const Graph& graph) {
  const TopologyMap map = map_of(graph, Plan::Local);
  std::map<std::string, std::string> ids;  // by what the edges say
  std::string out = "flowchart LR\n";
  const auto node = [&](const std::string& id, const std::string& text, const char* open,
                        const char* close) {
    const std::string name = "n" + std::to_string(ids.size());
    ids.emplace(id, name);
    out += "  " + name + open + quoted(text) + close + "\n";
    return name;
  };
  for (const auto& topic : map.topics) node(topic.id, topic.name, "([", "])");
  for (const auto& one : map.operators) {
    const std::string name =
        node(one.id, one.kind + (one.detail.empty() ? "" : " " + one.detail), "[", "]");
    for (const auto& state : one.states) {
      const std::string place = node(one.id + "|" + state.name, state.name, "[(", ")]");
      out += "  " + name + " --- " + place + "\n";
    }
  }
  for (const auto& edge : map.edges) {
    const bool looks = edge.way == TopologyMap::Way::LooksUp;
    out += "  " + ids[edge.from] + (looks ? " -.-> " : " --> ") + ids[edge.to] + "\n";
  }
  return out;
}

}  // namespace vitrine
