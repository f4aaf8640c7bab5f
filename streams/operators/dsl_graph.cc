#include "vitrine/dsl_graph.h"

#include <exception>

#include "streams/operators/open_slices.h"
#include "streams/operators/ticks.h"
#include "streams/topology/dead_letter.h"
#include "vitrine/foreign_join.h"
#include "vitrine/join.h"
#include "vitrine/suppress.h"

namespace vitrine::detail {

namespace {

using Shape = nodes::WindowShape;

std::string millis(Duration duration) { return std::to_string(duration.count()) + " ms"; }

std::string text_of(const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::Tumbling: return "tumbling " + millis(shape.size);
    case Shape::Kind::Hopping:
      return "hopping " + millis(shape.size) + " every " + millis(shape.advance);
    case Shape::Kind::Session: return "session with gap " + millis(shape.size);
    case Shape::Kind::Sliding: return "sliding " + millis(shape.size);
  }
  return {};
}

std::string text_of(const nodes::WindowOptions& options) {
  switch (options.mode) {
    case nodes::EmitMode::OnClose: return "on close";
    case nodes::EmitMode::EachUpdate: return "each update";
    case nodes::EmitMode::Every: return "emits every " + millis(options.interval);
  }
  return {};
}

void check_window(Graph& graph, const nodes::WindowOptions& options) {
  const Shape& shape = options.shape;
  const auto problem = [&](const std::string& text) {
    graph.problem("window \"" + options.name + "\": " + text);
  };
  if (shape.size.count() <= 0) {
    const bool session = shape.kind == Shape::Kind::Session;
    problem(std::string(session ? "its gap" : "its size") + " must be greater than zero");
  }
  if (shape.grace.count() < 0) problem("its grace may not be negative");
  if (options.mode == nodes::EmitMode::Every && options.interval.count() <= 0) {
    problem("emit(every(d)): d must be greater than zero");
  }
  if (shape.kind != Shape::Kind::Hopping) return;
  if (shape.advance.count() <= 0 || shape.advance > shape.size) {
    problem("its advance must be greater than zero and at most its size");
  } else if (const auto width = nodes::Slicing::width_of(shape);
             shape.size / width > nodes::Slicing::kSlicesMax) {
    problem("size and advance are both multiples of " + millis(width) +
            " only, which makes more than 10,000 slices a window; choose rounder lengths");
  }
}

}  // namespace

std::size_t add_topic_of(Graph& graph, const std::string& name, const TopicOptions& options,
                         std::string_view key_serde, std::string_view value_serde) {
  return graph.add_topic({name, options.partitions, options.durability == Durability::Durable,
                          std::string(key_serde), std::string(value_serde), options.keep});
}

std::string types_text(std::string_view key_serde, std::string_view value_serde) {
  return std::string(key_serde) + " -> " + std::string(value_serde);
}

std::size_t Place::add_spec(const char* kind, std::string_view text, std::string out_types,
                            MakeNode make) const {
  NodeSpec spec{kind};
  spec.detail = text;
  spec.out_types = std::move(out_types);
  spec.make = std::move(make);
  return graph.add_node(std::move(spec), node);
}

void Place::sink(const char* kind, std::size_t topic, MakeNode make) const {
  NodeSpec spec{kind};
  spec.writes = {topic};
  spec.make = std::move(make);
  graph.add_node(std::move(spec), node);
}

NodeSpec window_spec(Graph& graph, const nodes::WindowOptions& options, const std::string& late) {
  check_window(graph, options);
  NodeSpec spec{"window"};
  spec.detail = text_of(options.shape) + ", grace " + millis(options.shape.grace) + ", " +
                text_of(options) + ", " + late;
  spec.event_time = true;
  add_dead_letter_topic(graph, spec, options.name);
  if (options.mode == nodes::EmitMode::Every) {
    const std::string ticks = nodes::Ticks::store_of(options.name);
    spec.states.push_back(nodes::TimerTable::spec(ticks));
    add_dead_letter_topic(graph, spec, ticks);
  }
  return spec;
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

Place add_join(const Place& left, const Place& right, const std::string& name,
               const JoinPorts& ports, NodeSpec join) {
  Graph& graph = left.graph;
  NodeSpec left_port, right_port;
  left_port.kind = "left of " + name;
  left_port.make = ports.left;
  right_port.kind = "right of " + name;
  right_port.make = ports.right;
  const std::size_t left_node = graph.add_node(std::move(left_port), left.node);
  if (&right.graph != &graph) {
    graph.problem(join.kind + " \"" + name + "\": the other side is of another app, \"" +
                  right.graph.name() + "\"; send it through a topic");
    return {graph, graph.add_node(std::move(join), left_node), false};
  }
  const std::size_t right_node = graph.add_node(std::move(right_port), right.node);
  const std::size_t node = graph.add_node(std::move(join), left_node);
  graph.connect(right_node, node);
  return {graph, node, false};
}

Place add_interval_join(const Place& left, const Place& right, const nodes::JoinOptions& options,
                        const char* kind, const JoinPorts& ports, NodeSpec join) {
  Graph& graph = left.graph;
  if (options.before.count() < 0 || options.after.count() < 0 || options.grace.count() < 0) {
    graph.problem(std::string(kind) + " \"" + options.name +
                  "\": within(before, after, grace): none of them may be negative");
  }
  join.kind = kind;
  join.detail = "within " + millis(options.before) + " before and " + millis(options.after) +
                " after, grace " + millis(options.grace);
  join.event_time = true;
  add_dead_letter_topic(graph, join, options.name);
  return add_join(left, right, options.name, ports, std::move(join));
}

// Whoever stands below is declared later: so the ports of the right side come before the node they
// lead to.
Place add_foreign_join(const Place& left, const Place& right,
                       const nodes::ForeignJoinStates& names, ForeignJoinNodes parts, AddHop asks,
                       AddHop answers) {
  Graph& graph = left.graph;
  if (&right.graph != &graph) {
    graph.problem(parts.result.kind + " \"" + names.joined +
                  "\": the other side is of another app, \"" + right.graph.name() +
                  "\"; send it through a topic");
    return left;
  }
  parts.left.kind = "left of " + names.joined;
  parts.right_port.kind = "right of " + names.joined;
  parts.right.kind = "references of " + names.joined;
  parts.right.keep(nodes::References::spec(names.refs()));
  parts.right.joins = {names.right};
  parts.result.detail = "by foreign key";
  parts.result.joins = {names.left, names.keys()};
  const std::size_t left_node = graph.add_node(std::move(parts.left), left.node);
  const Place asked = asks({graph, left_node, true}, names.joined + ".asks");
  const std::size_t port = graph.add_node(std::move(parts.right_port), right.node);
  const std::size_t right_node = graph.add_node(std::move(parts.right), asked.node);
  graph.connect(port, right_node);
  const Place answered = answers({graph, right_node, true}, names.joined + ".answers");
  const std::size_t result = graph.add_node(std::move(parts.result), answered.node);
  graph.connect(left_node, result);
  return {graph, result, false};
}

NodeSpec suppress_spec(Graph& graph, const nodes::SuppressOptions& options) {
  const auto problem = [&](const char* text) {
    graph.problem("suppress \"" + options.name + "\": " + text);
  };
  if (options.until_closed && options.time.count() < 0) problem("its grace may not be negative");
  if (!options.until_closed && options.time.count() <= 0) {
    problem("its interval must be greater than zero");
  }
  if (options.keys_max == 0) problem("its keys_max must be greater than zero");
  NodeSpec spec{"suppress"};
  spec.detail = (options.until_closed ? "until windows have closed, grace " : "at most every ") +
                millis(options.time) + ", " + std::to_string(options.keys_max) + " keys";
  spec.event_time = true;
  add_dead_letter_topic(graph, spec, options.name);
  return spec;
}

NodeSpec hop_spec(Graph& graph, const std::string& name, std::string_view key_serde,
                  std::string_view value_serde) {
  NodeSpec spec{"by key"};
  const std::string topic = graph.name() + "." + name + ".by-key";
  spec.detail = "through " + topic;
  spec.reads = graph.add_topic({topic, 8, true, std::string(key_serde), std::string(value_serde)});
  spec.writes = {*spec.reads};
  spec.hop = true;
  return spec;
}

}  // namespace vitrine::detail
