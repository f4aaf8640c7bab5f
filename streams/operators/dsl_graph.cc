#include "vitrine/dsl_graph.h"

#include <exception>

#include "streams/topology/dead_letter.h"

namespace vitrine::detail {

std::string describe_window(Graph& graph, const Tumbling& tumbling, bool each,
                            const std::string& name) {
  if (tumbling.size.count() <= 0)
    graph.problem("window \"" + name + "\": its size must be greater than zero");
  if (tumbling.grace.count() < 0)
    graph.problem("window \"" + name + "\": its grace may not be negative");
  return "tumbling " + std::to_string(tumbling.size.count()) + " ms, grace " +
         std::to_string(tumbling.grace.count()) + " ms, " + (each ? "each update" : "on close");
}

void add_dead_letter_topic(Graph& graph, NodeSpec& spec, const std::string& state) {
  spec.writes.push_back(graph.add_topic(
      {dead_letter_topic(state), 8, true, "string", std::string(Serde<DeadLetter>::name)}));
}

std::string declare_processor(Graph& graph, NodeSpec& spec, std::string& name, bool timers,
                              const std::function<void(Stores&)>& factory) {
  const auto backend = memory_backend();
  StoreSet scratch(*backend, 1U << 20U);
  Stores stores(scratch);
  try {
    factory(stores);
  } catch (const std::exception& error) {
    graph.problem(std::string("the factory of process ") + name + " threw: " + error.what());
  }
  spec.states = stores.declared();
  spec.joins = stores.read();
  spec.event_time = spec.event_time || stores.uses_stream_time();
  if (name.empty() && !spec.states.empty()) name = spec.states.front().name;
  spec.detail = name;
  if (!timers) return {};
  if (name.empty()) {
    graph.problem(
        "a processor with on_timer and no state needs a name: process(\"name\", factory)");
    return "unnamed.timers";
  }
  const std::string table = name + ".timers";
  spec.states.push_back(nodes::TimerTable::spec(table));
  add_dead_letter_topic(graph, spec, table);
  return table;
}

void bound_by_time(Graph& graph, NodeSpec& spec, const std::string& what, Duration time,
                   AlarmClock clock) {
  if (time <= Duration{0}) graph.problem(what + ": its time must be greater than zero");
  spec.event_time = clock == AlarmClock::Event;
  spec.detail = std::to_string(time.count()) + " ms of ";
  spec.detail += spec.event_time ? "stream time" : "wall time";
}

NodeSpec hop_spec(Graph& graph, const std::string& name, std::string key_serde,
                  std::string value_serde) {
  NodeSpec spec;
  spec.kind = "by key";
  const std::string topic = graph.name() + "." + name + ".by-key";
  spec.detail = "through " + topic;
  spec.reads = graph.add_topic({topic, 8, true, std::move(key_serde), std::move(value_serde)});
  spec.writes = {*spec.reads};
  spec.hop = true;
  return spec;
}

}  // namespace vitrine::detail
