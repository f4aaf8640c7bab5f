#pragma once
// How the typed front door writes into the untyped Graph.
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "streams/operators/bytes_nodes.h"
#include "streams/operators/window_options.h"
#include "streams/topology/graph.h"
#include "vitrine/process.h"
#include "vitrine/topic.h"
#include "vitrine/upgrades.h"

namespace vitrine {

template <class K, class V>
class Stream;

namespace detail {

struct Place;

std::size_t add_topic_of(Graph& graph, const std::string& name, const TopicOptions& options,
                         std::string_view key_serde, std::string_view value_serde);
template <class K, class V>
std::size_t add_topic(Graph& graph, const Topic<K, V>& topic) {
  return add_topic_of(graph, topic.name(), topic.options(), Serde<K>::name, Serde<V>::name);
}

template <class K, class V>
StateSpec state_of(const std::string& name) {
  return {name, Serde<K>::name, Serde<V>::name, upgrades_of<V>()};
}

std::string types_text(std::string_view key_serde, std::string_view value_serde);
template <class K, class V>
std::string types_of() {
  return types_text(Serde<K>::name, Serde<V>::name);
}

// A window's node without its own states: "tumbling 5000 ms, grace 1000 ms, on close". Sizes that
// are none are problems of the graph.
NodeSpec window_spec(Graph& graph, const nodes::WindowOptions& options, const std::string& late);
// Alarms (timers, windows) whose code throws go to "<state>.dlq".
void add_dead_letter_topic(Graph& graph, NodeSpec& spec, const std::string& state);
// Runs the factory once on scratch state to learn the names it uses. Returns the name of the
// timers' state; `name` becomes that of the first state when it was empty.
std::string declare_processor(Graph& graph, NodeSpec& spec, std::string& name, bool timers,
                              const std::function<void(Stores&)>& factory);
// Something is kept for a time: says so in the description; a time that is none is a problem of the
// graph.
void bound_by_time(Graph& graph, NodeSpec& spec, const std::string& what, Duration time,
                   AlarmClock clock);
// A join is one node with a port for each side: a node that hands its side's records or rows to it.
using MakeNode = std::function<std::unique_ptr<Node>(Wiring&)>;
struct JoinPorts {
  MakeNode left, right;
};
template <class Port>
std::unique_ptr<Node> make_port(Wiring& wiring) {
  return make_node<Port>(static_cast<typename Port::Join&>(*wiring.below_at(0)));
}
// Adds the ports and the join below them; returns the join's place. `name` is for people.
Place add_join(const Place& left, const Place& right, const std::string& name,
               const JoinPorts& ports, NodeSpec join);
// Adds a hop's internal topic "<app>.<name>.by-key".
NodeSpec hop_spec(Graph& graph, const std::string& name, std::string_view key_serde,
                  std::string_view value_serde);

// A place in the graph from which a stream goes on.
struct Place {
  Graph& graph;
  std::size_t node = 0;
  bool rekeyed = false;  // the key changed since the last hop

  template <class K, class V, class Make>
  Stream<K, V> add(NodeSpec spec, Make make) const {
    spec.out_types = types_of<K, V>();
    spec.make = std::move(make);
    return Stream<K, V>{graph, graph.add_node(std::move(spec), node), rekeyed};
  }
  template <class K, class V, class Make>
  Stream<K, V> add(const char* kind, std::string_view text, Make make) const {
    return {graph, add_spec(kind, text, types_of<K, V>(), std::move(make)), rekeyed};
  }
  std::size_t add_spec(const char* kind, std::string_view text, std::string out_types,
                       MakeNode make) const;
  void sink(const char* kind, std::size_t topic, MakeNode make) const;
  // Where records stand with the task that owns their key: behind a hop when the key has changed.
  template <class K, class V>
  Place by_key(const std::string& name) const {
    if (!rekeyed) return *this;
    NodeSpec spec = hop_spec(graph, name, Serde<K>::name, Serde<V>::name);
    const std::size_t topic = *spec.reads;
    spec.make = [name = graph.topics()[topic].name, topic](Wiring& w) {
      return make_node<nodes::Hop<K, V>>(name, topic, w.plan(), w.below<K, V>());
    };
    return {graph, graph.add_node(std::move(spec), node), false};
  }
};

// kRows: rows of a table, of which some are removed.
template <bool kRows, class K, class V, class K2, class V2>
void write_to(const Place& at, const Topic<K2, V2>& topic) {
  static_assert(std::is_same_v<K, K2> && std::is_same_v<V, V2>,
                "vitrine: to(topic): the topic's key and value types must be those of the stream: "
                "map(f) or rekey(f) before, or another Topic<Key, Value>");
  if constexpr (std::is_same_v<K, K2> && std::is_same_v<V, V2>) {
    const std::size_t index = add_topic(at.graph, topic);
    at.sink("to", index,
            [index](Wiring&) { return make_node<nodes::ToTopic<K, V, kRows>>(index); });
  }
}

}  // namespace detail
}  // namespace vitrine
