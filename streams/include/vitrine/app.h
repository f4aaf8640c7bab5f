#pragma once
// The front door. An App describes what becomes of records; it runs nothing and can be instantiated
// many times: in a TestDriver (vitrine/test_driver.h), on the embedded log (vitrine/engine.h,
// vitrine/run.h), in a simulator.
//
//   App app{"word-count"};
//   app.stream(user_activity)
//      .flat_map<std::string>([](std::string_view line, Emit<std::string>& emit) { … })
//      .group_by([](std::string_view word) { return word; })
//      .count("word-counts")
//      .to(word_counts);
//
// Functions take (value) or (key, value), each as its View: a std::string arrives as
// std::string_view, borrowed for the call; anything else as const T&. They must be pure: no clock,
// randomness or I/O. Throwing dead-letters the record. State is always named, a name belongs to one
// operator, and only group_by and rekey change keys.
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "vitrine/branch.h"
#include "vitrine/call_stream.h"
#include "vitrine/deduplicate.h"
#include "vitrine/foreign_join.h"
#include "vitrine/grouped.h"
#include "vitrine/history.h"
#include "vitrine/join.h"
#include "vitrine/lookup_join.h"
#include "vitrine/stream.h"
#include "vitrine/suppress.h"
#include "vitrine/table_join.h"
#include "vitrine/tables.h"
#include "vitrine/top_k.h"

namespace vitrine {

class App {
 public:
  // The name prefixes internal topics. Letters, digits, . - _
  explicit App(std::string_view name);
  App(App&&) noexcept;
  App& operator=(App&&) noexcept;
  ~App();

  // A Stream<K, V>.
  template <class K, class V>
  auto stream(const Topic<K, V>& topic) {
    if constexpr (Serdeable<K> && Serdeable<V>) {
      NodeSpec spec{"stream"};
      spec.reads = detail::add_topic(*graph_, topic);
      spec.make = [name = topic.name()](Wiring& wiring) {
        return make_node<nodes::Source<K, V>>(name, wiring.below<K, V>());
      };
      return Stream<K, V>{*graph_, graph_->add_node(std::move(spec)), false};
    } else {
      return detail::AlreadyReported{};  // Topic has said what is missing
    }
  }

  // A topic as a table: the last value of each key, kept in a state named like the topic. An empty
  // value removes its key.
  template <class K, class V>
  Table<K, V> table(const Topic<K, V>& topic) {
    NodeSpec spec{"table"};
    spec.reads = detail::add_topic(*graph_, topic);
    spec.keep(detail::state_of<K, V>(topic.name()));
    spec.make = [name = topic.name()](Wiring& wiring) {
      return make_node<nodes::TableSource<K, V>>(name, wiring.stores().keyed<K, V>(name),
                                                 wiring.below<K, V>());
    };
    return {Stream<K, V>{*graph_, graph_->add_node(std::move(spec)), false}, topic.name()};
  }

  // A small topic as a table that is known whole wherever it is asked: vitrine/broadcast.h.
  template <class K, class V>
  Broadcast<K, V> broadcast(const Topic<K, V>& topic) {
    NodeSpec spec{"broadcast"};
    spec.reads = detail::add_topic(*graph_, topic);
    spec.everywhere = true;
    spec.keep(detail::state_of<K, V>(topic.name()));
    spec.make = [name = topic.name()](Wiring& wiring) {
      return make_node<nodes::TableSource<K, V>>(name, wiring.stores().keyed<K, V>(name),
                                                 wiring.below<K, V>());
    };
    graph_->add_node(std::move(spec));
    return Broadcast<K, V>{topic.name()};
  }

  // A topic as a table that knows what it held at any time of the last `keep` of stream time:
  // vitrine/history.h.
  template <class K, class V>
  History<K, V> history(const Topic<K, V>& topic, Duration keep) {
    return detail::add_history(*graph_, topic, keep);
  }

  // Declares a topic that processors emit to by Context::emit(topic, key, value).
  template <class K, class V>
  void output(const Topic<K, V>& topic) {
    detail::add_topic(*graph_, topic);
  }

  // How far ahead timestamps may be, when a topic counts as idle, …: vitrine/event_time.h.
  void event_time(const EventTime& rules) { graph_->set_event_time(rules); }

  const std::string& name() const { return graph_->name(); }
  // Everything is checked here, once: all problems in one Error.
  Result<std::shared_ptr<const Topology>> topology(Plan plan = Plan::Local) const;
  std::string describe(Plan plan = Plan::Local) const;
  std::string mermaid() const;
  TopologyMap map(Plan plan = Plan::Local) const;

 private:
  std::unique_ptr<Graph> graph_;  // streams keep its address
};

}  // namespace vitrine
