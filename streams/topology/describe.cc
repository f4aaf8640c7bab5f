// A topology in words (one line a node) and as a Mermaid flowchart.
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
  std::string out = "flowchart LR\n";
  for (std::size_t i = 0; i < graph.topics().size(); ++i) {
    out += "  t" + std::to_string(i) + "([" + quoted(graph.topics()[i].name) + "])\n";
  }
  std::size_t states = 0;
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const auto& node = graph.nodes()[i];
    const std::string id = "n" + std::to_string(i);
    out += "  " + id + "[" + quoted(node.kind + (node.detail.empty() ? "" : " " + node.detail)) +
           "]\n";
    if (node.reads && !node.hop) out += "  t" + std::to_string(*node.reads) + " --> " + id + "\n";
    for (std::size_t topic : node.writes) {
      out += "  " + id + (node.hop ? " -.- t" : " --> t") + std::to_string(topic) + "\n";
    }
    for (const auto& state : node.states) {
      const std::string s = "s" + std::to_string(states++);
      out += "  " + s + "[(" + quoted(state.name) + ")]\n  " + id + " --- " + s + "\n";
    }
    for (std::size_t below : node.below) out += "  " + id + " --> n" + std::to_string(below) + "\n";
  }
  return out;
}

}  // namespace vitrine
