// How a call stands in the graph: its topics, its states, its checks.
#include "streams/topology/dead_letter.h"
#include "vitrine/call_stream.h"

namespace vitrine::detail {

nodes::CallSpec declare_call(Graph& graph, NodeSpec& spec, const std::string& name,
                             const CallOptions& options, std::string key_serde) {
  if (options.timeout <= Duration{0} || options.backoff <= Duration{0} ||
      options.backoff_max < options.backoff) {
    graph.problem("call \"" + name +
                  "\": timeout and backoff must be greater than zero, and backoff_max at least "
                  "backoff");
  }
  if (options.attempts_max == 0 || options.pending_max == 0) {
    graph.problem("call \"" + name + "\": attempts_max and pending_max must be at least 1");
  }
  nodes::CallSpec known{graph.name(), name, options, 0, 0};
  known.requests = graph.add_topic({call_requests_topic(graph.name(), name), 8, true,
                                    std::move(key_serde), std::string(Serde<CallRequest>::name)});
  spec.kind = "call";
  spec.of_shard = true;  // its state goes by the id of the call, not by the key of the record
  spec.detail = name + ", " + std::to_string(options.attempts_max) + " attempts of " +
                std::to_string(options.timeout.count()) + " ms";
  spec.states = {{name, "string", std::string(Serde<nodes::OpenCall>::name)},
                 nodes::TimerTable::spec(nodes::CallTable::timers_of(name))};
  spec.reads = graph.add_topic({call_reports_topic(graph.name(), name), 8, true, "string",
                                std::string(Serde<CallReport>::name)});
  spec.writes = {known.requests};
  add_dead_letter_topic(graph, spec, name);
  known.dead_letters = spec.writes.back();
  add_dead_letter_topic(graph, spec, nodes::CallTable::timers_of(name));
  return known;
}

}  // namespace vitrine::detail
