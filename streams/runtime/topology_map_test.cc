// The map of an App, and that what is counted along its edges is what went along them.
#include "vitrine/topology_map.h"

#include <doctest/doctest.h>

#include <map>

#include "streams/runtime/engine_test_kit.h"
#include "vitrine/app.h"
#include "vitrine/engine_metrics.h"

using namespace vitrine;
using namespace vitrine::test;
using namespace std::chrono_literals;

namespace {

const Topic<std::string, std::string> said_lines{"lines"};
const Topic<std::string, std::string> said_copies{"copies"};
const Topic<std::string, std::string> long_lines{"long"};
const Topic<std::string, std::uint64_t> first_counts{"counts"};

// Passes lines on; long ones go to another topic, and "throw" throws.
struct Sorter {
  explicit Sorter(Stores& stores) : seen(stores.keyed<std::uint64_t>("seen")) {}
  void on_record(std::string_view key, std::string_view line,
                 Context<std::string, std::string>& out) {
    ++seen.upsert(key);
    if (line.size() > 5) out.emit(long_lines, key, line);
    out.emit(key, line);
    if (line == "throw") throw std::runtime_error("as asked");
    if (line == "later") out.timers().at(out.wall() + 1s, key);
  }
  void on_timer(std::string_view, Time, Context<std::string, std::string>&) {
    throw std::runtime_error("the timer, too");
  }
  Keyed<std::uint64_t> seen;
};

App sorting_app() {
  App app{"sorting"};
  app.stream(said_lines)
      .process("sorter", [](Stores& stores) { return Sorter{stores}; }, long_lines)
      .to(said_copies);
  app.stream(said_copies)
      .group_by([](std::string_view line) { return line.substr(0, 1); })
      .count("firsts")
      .to(first_counts);
  return app;
}

std::vector<std::string> ids(const std::vector<TopologyMap::Edge>& edges) {
  std::vector<std::string> out;
  for (const auto& edge : edges) out.push_back(edge.id);
  return out;
}

std::map<std::string, std::uint64_t> along_edges(const Engine& engine) {
  std::map<std::string, std::uint64_t> out;
  const TopologyMap map = engine.map();
  const EngineMetrics metrics = engine.metrics();
  REQUIRE(metrics.edge_records.size() == map.edges.size());
  for (std::size_t i = 0; i < map.edges.size(); ++i)
    out[map.edges[i].id] = metrics.edge_records[i];
  return out;
}

std::uint64_t committed_of(const Engine& engine, const std::string& topic) {
  for (const auto& one : engine.metrics().topics) {
    if (one.name == topic) return one.records;
  }
  FAIL("no topic " << topic);
  return 0;
}

struct Running {
  explicit Running(std::uint32_t shards) {
    setup.options.folder = folder.path;
    setup.options.shards = shards;
    engine = std::move(Engine::open(setup.env, app, setup.options).value());
  }
  void say(const std::string& key, const std::string& line) {
    REQUIRE(engine->append({"lines", {encoded(key), encoded(line), {}, {}}}));
    run_until_idle(*engine);
  }
  App app = sorting_app();
  TempFolder folder;
  Setup setup;
  std::unique_ptr<Engine> engine;
};

const std::string kSorter = "sorting/process sorter";
const std::string kCount = "sorting/count firsts";
const std::string kGroup = "sorting/group_by (changes the key)";

}  // namespace

TEST_CASE("the map has topics, operators and their states, and sources and sinks as edges") {
  const TopologyMap map = sorting_app().map();
  CHECK(map.app == "sorting");
  REQUIRE(map.operators.size() == 3);
  const auto& sorter = map.operators[0];
  CHECK(sorter.id == kSorter);
  CHECK(sorter.kind == "process");
  CHECK(sorter.detail == "sorter");
  REQUIRE(sorter.states.size() == 2);
  CHECK(sorter.states[0].name == "seen");
  CHECK(sorter.states[0].value_type == "uint64");
  CHECK(sorter.states[1].name == "sorter.timers");
  CHECK(map.topics.size() == 5);  // the hop's own is not one of them
  const std::vector<std::string> edges = {
      "topic:lines > " + kSorter,
      kSorter + " > topic:copies",
      kSorter + " > topic:long",
      kSorter + " > topic:sorter.timers.dlq",
      "topic:copies > " + kGroup,
      kGroup + " > " + kCount,
      kCount + " > topic:counts",
  };
  CHECK(ids(map.edges) == edges);
}

TEST_CASE("a plan with hops through topics has those topics on its map") {
  const TopologyMap local = sorting_app().map(Plan::Local);
  const TopologyMap split = sorting_app().map(Plan::Split);
  CHECK(split.topics.size() == local.topics.size() + 1);
  CHECK(split.edges.size() == local.edges.size() + 1);
  CHECK(split.operators.size() == local.operators.size());
}

TEST_CASE("two operators that are alike have two ids") {
  App app{"twice"};
  const auto stream = app.stream(said_lines);
  for (int i = 0; i < 2; ++i)
    stream.filter([](std::string_view line) { return !line.empty(); }).to(said_copies);
  const TopologyMap map = app.map();
  REQUIRE(map.operators.size() == 2);
  CHECK(map.operators[0].id == "twice/filter");
  CHECK(map.operators[1].id == "twice/filter#2");
}

TEST_CASE("the picture is drawn from the map") {
  const std::string picture = sorting_app().mermaid();
  CHECK(picture.find("([\"copies\"])") != std::string::npos);
  CHECK(picture.find("[(\"seen\")]") != std::string::npos);
  CHECK(picture.find("[\"stream\"]") == std::string::npos);
}

TEST_CASE("each edge counts the records that went along it, on any number of shards") {
  for (const std::uint32_t shards : {1U, 2U, 4U}) {
    CAPTURE(shards);
    Running running(shards);
    running.say("a", "one");
    running.say("b", "two");
    running.say("c", "a long line");
    auto along = along_edges(*running.engine);
    CHECK(along["topic:lines > " + kSorter] == 3);
    CHECK(along[kSorter + " > topic:copies"] == 3);
    CHECK(along[kSorter + " > topic:long"] == 1);
    CHECK(along["topic:copies > " + kGroup] == 3);
    CHECK(along[kCount + " > topic:counts"] == 3);
    if (shards == 1) {
      CHECK(along[kGroup + " > " + kCount] == 3);
    } else {
      CHECK(along[kGroup + " > topic:sorting.firsts.by-key"] == 3);
      CHECK(along["topic:sorting.firsts.by-key > " + kCount] == 3);
    }
    CHECK(committed_of(*running.engine, "lines") == 3);
    CHECK(committed_of(*running.engine, "copies") == 3);
    CHECK(committed_of(*running.engine, "long") == 1);
    CHECK(committed_of(*running.engine, "counts") == 3);
  }
}

TEST_CASE("records that are dead letters, by a record or a timer, are on the map") {
  Running running(1);
  running.say("a", "throw");
  CHECK(committed_of(*running.engine, "copies") == 0);  // undone
  CHECK(committed_of(*running.engine, "lines.dlq") == 1);
  running.say("a", "later");
  running.setup.clock.set(running.setup.clock.now() + 2s);
  run_until_idle(*running.engine);
  CHECK(committed_of(*running.engine, "sorter.timers.dlq") == 1);
  CHECK(along_edges(*running.engine)[kSorter + " > topic:sorter.timers.dlq"] == 1);
  for (const auto& edge : running.engine->map().edges)
    CHECK((edge.way == TopologyMap::Way::DeadLetters) == edge.to.ends_with(".dlq"));
}

TEST_CASE("what is not committed is not counted as committed, and changes count by state") {
  Running running(1);
  REQUIRE(running.engine->append({"lines", {encoded(std::string("a")), "x", {}, {}}}));
  CHECK(committed_of(*running.engine, "lines") == 0);
  run_until_idle(*running.engine);
  CHECK(committed_of(*running.engine, "lines") == 1);
  std::map<std::string, std::uint64_t> changes;
  for (const auto& state : running.engine->metrics().states) changes[state.name] = state.changes;
  CHECK(changes["seen"] == 1);
  CHECK(changes["firsts"] == 1);
  const std::array<EngineMetrics, 1> all{running.engine->metrics()};
  const std::string text = prometheus_text(all);
  CHECK(text.find("vitrine_engine_topic_records_total{domain=\"sorting\",topic=\"counts\"} 1\n") !=
        std::string::npos);
  CHECK(text.find("vitrine_engine_state_changes_total{domain=\"sorting\",state=\"seen\"} 1\n") !=
        std::string::npos);
}
