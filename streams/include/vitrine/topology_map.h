#pragma once
// TopologyMap: an App as a graph to draw. Topics, operators with their states, and the ways that
// records take between them, from the code itself: App::map(), Topology::map(), Engine::map().
//
// Ids are made of names, so they stay the same from build to build while the names do. Sources and
// sinks are no operators here, they are edges; so are hops to another key, which go through their
// internal topic only in Plan::Split. A topic that two Apps name is one topic: join their maps by
// its id.
#include <cstdint>
#include <string>
#include <vector>

namespace vitrine {

struct TopologyMap {
  struct Topic {
    std::string id;  // "topic:show.chat"
    std::string name;
    std::string key_type, value_type;
    std::uint32_t partitions = 0;
    bool durable = true;
    bool dead_letters = false;  // what could not be processed ends here
  };
  struct State {
    std::string name;
    std::string key_type, value_type;
  };
  struct Operator {
    std::string id;      // "audience/process chat"
    std::string kind;    // "process", "count", …
    std::string detail;  // what the App says of it: its name, window sizes, …
    std::vector<State> states;
  };
  enum class Way {
    Reads,        // topic -> operator
    Passes,       // operator -> operator
    Writes,       // to a topic
    DeadLetters,  // to a topic of dead letters
    LooksUp,      // operator -> operator that reads its state; no records
  };
  struct Edge {
    std::string id;  // "topic:show.chat > audience/process kpi-chat"
    std::string from, to;
    Way way = Way::Passes;
  };

  std::string app;
  std::vector<Topic> topics;        // in order of first use, as all the others
  std::vector<Operator> operators;
  std::vector<Edge> edges;
};

}  // namespace vitrine
