#pragma once
// Graph: the untyped description that an App writes and a Task is made from.
//
// The front door (vitrine/app.h) adds topics and nodes; finish() checks everything once and returns
// the Topology, or all problems in one Error.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "streams/topology/alarms.h"
#include "streams/topology/flow.h"
#include "streams/topology/node.h"
#include "streams/topology/row_index.h"
#include "streams/topology/stream_time.h"
#include "streams/topology/task.h"
#include "vitrine/event_time.h"
#include "vitrine/topology_map.h"

namespace vitrine {

class StoreSet;

// Local: one task owns every partition, so a hop to another key is a call. Split: such a hop goes
// through its internal topic "<app>.<state>.by-key", as it must when several tasks share the
// partitions. Same results, other commit sizes.
enum class Plan { Local, Split };

// What a node's maker is given: its stores, the nodes below it, the numbers of its topics.
class Wiring {
 public:
  Wiring(const std::vector<TopicInfo>& topics, StoreSet& stores, Plan plan,
         std::vector<Alarms*>& alarms, std::vector<RowIndex*>& indexes, Flow& flow)
      : topics_(topics),
        stores_(stores),
        plan_(plan),
        alarms_(alarms),
        indexes_(indexes),
        flow_(flow) {}

  const std::vector<TopicInfo>& topics() const { return topics_; }  // lives as long as the task

  StoreSet& stores() const { return stores_; }
  StreamTime& time() const { return *time_; }  // that goes for this node
  Plan plan() const { return plan_; }
  // Alarms and indexes must live as long as the node that is being made. Whoever has an index has
  // alarms too: their owner's restored() fills it.
  void watch(Alarms& alarms) { alarms_.push_back(&alarms); }
  void watch(RowIndex& index) { indexes_.push_back(&index); }

  template <class K, class V>
  Below<K, V> below() const {
    Below<K, V> out;
    for (std::size_t i = 0; i < below_.size(); ++i)
      out.add(static_cast<Sink<K, V>*>(below_[i]), flow_.passed(node_, i));
    return out;
  }
  // What a node counts up for each record it writes to a topic other than by a node below it.
  std::uint64_t* written(std::size_t topic) const { return flow_.written(node_, topic); }
  // For nodes that are one in several parts, which know each other.
  Node* below_at(std::size_t index) const { return below_[index]; }  // in order of declaration
  std::uint64_t* passed_to(std::size_t index) const { return flow_.passed(node_, index); }
  void set_node(std::size_t node, std::vector<Node*> below, StreamTime& time) {
    time_ = &time;
    node_ = node;
    below_ = std::move(below);
  }
  // What several nodes of a task work with, each holding it: made by the first that asks for that
  // name, from the name, `args` and this.
  template <class T, class... Args>
  std::shared_ptr<T> shared(const std::string& name, const Args&... args) {
    auto& known = shared_[name];
    if (known == nullptr) known = std::make_shared<T>(name, args..., *this);
    return std::static_pointer_cast<T>(known);
  }

 private:
  const std::vector<TopicInfo>& topics_;
  StoreSet& stores_;
  StreamTime* time_ = nullptr;
  Plan plan_;
  std::vector<Alarms*>& alarms_;
  std::vector<RowIndex*>& indexes_;
  Flow& flow_;
  std::size_t node_ = 0;
  std::vector<Node*> below_;
  std::map<std::string, std::shared_ptr<void>> shared_;
};

// The members that the language would write stand in graph.cc: every file with an App would make
// its own of them.
struct StateSpec {
  StateSpec(std::string_view its_name, std::string_view key, std::string_view value,
            std::vector<NameUpgrade> of_value = {});
  StateSpec(const StateSpec&);
  StateSpec(StateSpec&&) noexcept;
  StateSpec& operator=(const StateSpec&);
  StateSpec& operator=(StateSpec&&) noexcept;
  ~StateSpec();

  std::string name, key_serde, value_serde;
  std::vector<NameUpgrade> upgrades;  // of the value
};

struct NodeSpec {
  explicit NodeSpec(std::string_view its_kind = {});
  NodeSpec(const NodeSpec&);
  NodeSpec(NodeSpec&&) noexcept;
  NodeSpec& operator=(const NodeSpec&);
  NodeSpec& operator=(NodeSpec&&) noexcept;
  ~NodeSpec();
  void keep(StateSpec state);  // one more state

  std::string kind;       // "flat_map", "count", …
  std::string detail;     // for people: what it does to the key, window sizes, …
  std::string out_types;  // "string -> uint64"; empty when nothing comes out
  std::vector<StateSpec> states;
  std::vector<std::string> joins;    // states of others that it reads
  std::optional<std::size_t> reads;  // topic it is fed from
  std::vector<std::size_t> writes;   // topics it emits to
  bool hop = false;                  // an internal topic lies in between (Plan::Split)
  bool event_time = false;
  bool everywhere = false;  // a full copy stands with every shard: it reads all partitions
  // Its state belongs to the shard, which cannot hand it to another; it hears of all partitions.
  bool of_shard = false;
  std::function<std::unique_ptr<Node>(Wiring&)> make;
  std::vector<std::size_t> below;  // filled by add_node
};

class Graph {
 public:
  explicit Graph(std::string name);

  // The index of the topic; naming one twice with other types is a problem.
  std::size_t add_topic(TopicInfo topic);
  std::size_t add_node(NodeSpec node, std::optional<std::size_t> above = {});
  // One more node above `node`: it gets the records of both.
  void connect(std::size_t above, std::size_t node) { nodes_[above].below.push_back(node); }
  void problem(std::string text) { problems_.push_back(std::move(text)); }
  // How many nodes of this kind there are: numbers for what the user did not name.
  std::size_t count_of(const std::string& kind) const;

  const std::string& name() const { return name_; }
  const std::vector<TopicInfo>& topics() const { return topics_; }
  const std::vector<NodeSpec>& nodes() const { return nodes_; }
  bool uses_event_time() const;
  void set_event_time(const EventTime& rules);
  const EventTime& event_time() const { return event_time_; }
  // By number: the names of topics whose timestamps move stream time, empty for the others. Those
  // are the ones that are read and that the app does not write itself (all that are read, if it
  // writes them all).
  std::vector<std::string> clocked_topics() const;
  // By node: behind how many hops it stands.
  std::vector<std::uint32_t> node_levels(Plan plan) const;
  std::vector<std::uint32_t> hop_levels(Plan plan) const;  // Topology::hop_levels()
  // By node: whether its keys are windows of the records' keys (and not read so from a topic).
  std::vector<bool> below_windows(Plan plan) const;
  std::vector<std::string> check() const;

 private:
  void check_ephemeral(const std::string& topic, const NodeSpec& node,
                       std::vector<std::string>& problems) const;

  std::string name_;
  std::vector<TopicInfo> topics_;
  std::vector<NodeSpec> nodes_;
  EventTime event_time_;
  std::vector<std::string> problems_;
};

std::string describe(const Graph& graph, Plan plan);
std::string mermaid(const Graph& graph);
TopologyMap map_of(const Graph& graph, Plan plan);
std::unique_ptr<Task> make_task(std::shared_ptr<const Graph> graph, Plan plan, StoreSet& stores);
Result<std::shared_ptr<const Topology>> finish(const Graph& graph, Plan plan);

}  // namespace vitrine
