#include "streams/topology/graph.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace vitrine {
namespace {

bool good_name(const std::string& name) {
  if (name.empty() || name.size() > 200) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
}

void check_joins(const std::vector<NodeSpec>& nodes,
                 const std::map<std::string, std::string>& owners,
                 std::vector<std::string>& problems) {
  for (const auto& node : nodes) {
    for (const auto& name : node.joins) {
      if (owners.contains(name)) continue;
      problems.push_back(node.kind + " reads the state \"" + name +
                         "\", which nothing in this app keeps");
    }
  }
}

class GraphTopology final : public Topology {
 public:
  GraphTopology(Graph graph, Plan plan)
      : graph_(std::make_shared<const Graph>(std::move(graph))), plan_(plan) {
    std::set<std::size_t> inputs;
    std::set<std::string> stores;
    for (const auto& node : graph_->nodes()) {
      if (node.reads && (!node.hop || plan == Plan::Split)) inputs.insert(*node.reads);
      for (const auto& state : node.states) {
        stores.insert(state.name + "|" + state.key_serde + "|" + state.value_serde);
      }
    }
    if (graph_->uses_event_time()) {
      const std::string anchor(Serde<StreamTime::Anchor>::name);
      stores.insert(std::string(StreamTime::kStore) + "|string|" + anchor);
      stores.insert(std::string(StreamTime::kTopicsStore) + "|" +
                    std::string(Serde<ScopedRow>::name) + "|" + anchor);
    }
    inputs_.assign(inputs.begin(), inputs.end());
    stores_.assign(stores.begin(), stores.end());
  }

  const std::string& name() const override { return graph_->name(); }
  std::span<const TopicInfo> topics() const override { return graph_->topics(); }
  std::span<const std::size_t> inputs() const override { return inputs_; }
  std::vector<std::size_t> everywhere() const override {
    std::set<std::size_t> topics;
    for (const auto& node : graph_->nodes()) {
      if ((node.everywhere || node.of_shard) && node.reads) topics.insert(*node.reads);
    }
    return {topics.begin(), topics.end()};
  }
  std::vector<std::string> shard_stores() const override {
    std::vector<std::string> out;
    for (const auto& node : graph_->nodes()) {
      if (!node.everywhere && !node.of_shard) continue;
      for (const auto& state : node.states) out.push_back(state.name);
    }
    if (graph_->uses_event_time()) {
      out.emplace_back(StreamTime::kStore);
      out.emplace_back(StreamTime::kTopicsStore);
    }
    return out;
  }
  bool uses_event_time() const override { return graph_->uses_event_time(); }
  std::vector<std::uint32_t> hop_levels() const override { return graph_->hop_levels(plan_); }
  std::shared_ptr<const Topology> split() const override {
    if (plan_ == Plan::Split) return nullptr;
    return std::make_shared<const GraphTopology>(*graph_, Plan::Split);
  }
  std::vector<std::string> staying_stores() const override {
    std::vector<std::string> out;
    for (const auto& node : graph_->nodes()) {
      if (!node.of_shard) continue;
      for (const auto& state : node.states) out.push_back(state.name);
    }
    return out;
  }
  std::vector<std::string> stores() const override { return stores_; }
  std::vector<NameUpgrade> upgrades() const override {
    std::vector<NameUpgrade> all;
    for (const auto& node : graph_->nodes()) {
      for (const auto& state : node.states)
        all.insert(all.end(), state.upgrades.begin(), state.upgrades.end());
    }
    return all;
  }
  std::unique_ptr<Task> instantiate(StoreSet& stores) const override {
    return make_task(graph_, plan_, stores);
  }
  std::string describe() const override { return vitrine::describe(*graph_, plan_); }
  std::string mermaid() const override { return vitrine::mermaid(*graph_); }
  TopologyMap map() const override { return map_of(*graph_, plan_); }

 private:
  std::shared_ptr<const Graph> graph_;
  Plan plan_;
  std::vector<std::size_t> inputs_;
  std::vector<std::string> stores_;
};

}  // namespace

StateSpec::StateSpec(std::string_view its_name, std::string_view key, std::string_view value,
                     std::vector<NameUpgrade> of_value)
    : name(its_name), key_serde(key), value_serde(value), upgrades(std::move(of_value)) {}
StateSpec::StateSpec(const StateSpec&) = default;
StateSpec::StateSpec(StateSpec&&) noexcept = default;
StateSpec& StateSpec::operator=(const StateSpec&) = default;
StateSpec& StateSpec::operator=(StateSpec&&) noexcept = default;
StateSpec::~StateSpec() = default;

NodeSpec::NodeSpec(std::string_view its_kind) : kind(its_kind) {}
NodeSpec::NodeSpec(const NodeSpec&) = default;
NodeSpec::NodeSpec(NodeSpec&&) noexcept = default;
NodeSpec& NodeSpec::operator=(const NodeSpec&) = default;
NodeSpec& NodeSpec::operator=(NodeSpec&&) noexcept = default;
NodeSpec::~NodeSpec() = default;
void NodeSpec::keep(StateSpec state) { states.push_back(std::move(state)); }

Graph::Graph(std::string name) : name_(std::move(name)) {
  if (!good_name(name_))
    problem("the app's name \"" + name_ + "\" may only use letters, digits, . - _");
}

std::size_t Graph::add_topic(TopicInfo topic) {
  for (std::size_t i = 0; i < topics_.size(); ++i) {
    const auto& known = topics_[i];
    if (known.name != topic.name) continue;
    if (known.key_serde != topic.key_serde || known.value_serde != topic.value_serde) {
      problem("topic \"" + topic.name + "\" is used with two types: " + known.key_serde + " -> " +
              known.value_serde + " and " + topic.key_serde + " -> " + topic.value_serde);
    } else if (known.partitions != topic.partitions || known.durable != topic.durable ||
               known.keep != topic.keep) {
      problem("topic \"" + topic.name + "\" is declared twice with other options");
    }
    return i;
  }
  if (!good_name(topic.name)) {
    problem("topic \"" + topic.name + "\": a name is made of letters, digits, . - _");
  }
  if (topic.partitions == 0 || (topic.partitions & (topic.partitions - 1)) != 0 ||
      topic.partitions > 1024) {
    problem("topic \"" + topic.name + "\": partitions must be a power of two up to 1024, not " +
            std::to_string(topic.partitions));
  }
  if (topic.keep.retention != Duration{0} && topic.keep.retention < std::chrono::minutes{1})
    problem("topic \"" + topic.name + "\": a retention is at least a minute, or 0: for ever");
  topics_.push_back(std::move(topic));
  return topics_.size() - 1;
}

std::size_t Graph::add_node(NodeSpec node, std::optional<std::size_t> above) {
  nodes_.push_back(std::move(node));
  if (above) nodes_[*above].below.push_back(nodes_.size() - 1);
  return nodes_.size() - 1;
}

std::size_t Graph::count_of(const std::string& kind) const {
  return static_cast<std::size_t>(std::count_if(
      nodes_.begin(), nodes_.end(), [&](const NodeSpec& node) { return node.kind == kind; }));
}

bool Graph::uses_event_time() const {
  return std::any_of(nodes_.begin(), nodes_.end(),
                     [](const NodeSpec& node) { return node.event_time; });
}

void Graph::set_event_time(const EventTime& rules) {
  event_time_ = rules;
  if (rules.max_ahead.count() < 0 || rules.idle_after.count() < 0 ||
      rules.out_of_order.count() < 0) {
    problem("event_time: max_ahead, idle_after and out_of_order may not be negative");
  }
}

std::vector<std::string> Graph::clocked_topics() const {
  std::set<std::size_t> read, written;
  for (const auto& node : nodes_) {
    if (node.reads && !node.hop) read.insert(*node.reads);
    written.insert(node.writes.begin(), node.writes.end());
  }
  std::vector<std::string> out(topics_.size());
  bool any = false;
  for (const std::size_t topic : read) {
    if (written.contains(topic)) continue;
    out[topic] = topics_[topic].name;
    any = true;
  }
  if (!any) {
    for (const std::size_t topic : read) out[topic] = topics_[topic].name;
  }
  return out;
}

// Whoever stands below was added later.
std::vector<std::uint32_t> Graph::node_levels(Plan plan) const {
  std::vector<std::uint32_t> out(nodes_.size());
  for (std::size_t i = 0; i < nodes_.size() && plan == Plan::Split; ++i) {
    if (nodes_[i].hop) ++out[i];
    for (const std::size_t below : nodes_[i].below) out[below] = std::max(out[below], out[i]);
  }
  return out;
}

std::vector<std::uint32_t> Graph::hop_levels(Plan plan) const {
  std::vector<std::uint32_t> out(topics_.size());
  const auto levels = node_levels(plan);
  for (std::size_t i = 0; i < nodes_.size() && plan == Plan::Split; ++i) {
    if (nodes_[i].hop) out[*nodes_[i].reads] = levels[i];
  }
  return out;
}

std::vector<bool> Graph::below_windows(Plan plan) const {
  std::vector<bool> out(nodes_.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const NodeSpec& node = nodes_[i];
    const bool reads = node.reads && (!node.hop || plan == Plan::Split);
    if (reads) out[i] = false;
    if (!reads && node.out_types.starts_with("windowed(")) out[i] = true;
    if (!out[i]) continue;
    for (const std::size_t below : node.below) out[below] = true;
  }
  return out;
}

// What an ephemeral topic leads to may forget: no named state below it.
void Graph::check_ephemeral(const std::string& topic, const NodeSpec& node,
                            std::vector<std::string>& problems) const {
  for (const auto& state : node.states) {
    problems.push_back("topic \"" + topic + "\" is ephemeral and may not feed the state \"" +
                       state.name + "\" of " + node.kind);
  }
  for (std::size_t below : node.below) check_ephemeral(topic, nodes_[below], problems);
}

std::vector<std::string> Graph::check() const {
  auto problems = problems_;
  std::map<std::string, std::string> owner;
  owner[StreamTime::kStore] = owner[StreamTime::kTopicsStore] = "the library";
  bool reads_any = false;
  for (const auto& node : nodes_) {
    reads_any |= node.reads.has_value() && !node.hop;
    for (const auto& state : node.states) {
      if (!good_name(state.name)) {
        problems.push_back("state \"" + state.name + "\" of " + node.kind +
                           ": a name is made of letters, digits, . - _");
      }
      auto [place, fresh] = owner.emplace(state.name, node.kind);
      if (!fresh) {
        problems.push_back("state \"" + state.name + "\" is named twice: by " + place->second +
                           " and by " + node.kind + "; a name belongs to one operator");
      }
    }
    if (node.reads && !topics_[*node.reads].durable)
      check_ephemeral(topics_[*node.reads].name, node, problems);
  }
  check_joins(nodes_, owner, problems);
  if (!reads_any) problems.push_back("nothing is read: begin with app.stream(topic)");
  return problems;
}

Result<std::shared_ptr<const Topology>> finish(const Graph& graph, Plan plan) {
  const auto problems = graph.check();
  if (problems.empty()) return std::make_shared<const GraphTopology>(graph, plan);
  std::string text = "app \"" + graph.name() + "\" cannot run:";
  for (const auto& problem : problems) text += "\n  - " + problem;
  return fail(Code::Invalid, text);
}

}  // namespace vitrine
