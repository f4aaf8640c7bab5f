// top_k: who leads, how ties fall, what fills up when a leader falls.
#include <doctest/doctest.h>

#include <cmath>

#include "streams/operators/test_types.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace vitrine::literals;

namespace {
struct Player {
  std::string name;
  double points = 0;
  auto fields() { return std::tie(name, points); }
  friend bool operator==(const Player&, const Player&) = default;
};
const Topic<std::string, Player> results{"results"};
const Topic<std::string, std::vector<Player>> leaders{"leaders"};

App ranking(TopK top) {
  App app{"a"};
  app.stream(results)
      .group_by_key()
      .top_k("leaders-by-game", top, &Player::name, &Player::points)
      .to(leaders);
  return app;
}
std::string names(const std::vector<Player>& players) {
  std::string out;
  for (const Player& player : players) out += player.name;
  return out;
}
std::string leading(const TestDriver& t) { return names(t.read(leaders).at("go")); }
}  // namespace

TEST_CASE("the best k are kept in order, and only changes among them go on") {
  TestDriver t{ranking({.k = 2})};
  t.pipe(results, "go", Player{"a", 5});
  t.pipe(results, "go", Player{"b", 7});
  t.pipe(results, "chess", Player{"x", 1});
  CHECK(leading(t) == "ba");
  CHECK(t.values(leaders).size() == 3);
  t.pipe(results, "go", Player{"c", 4});
  CHECK(t.values(leaders).size() == 3);
  t.pipe(results, "go", Player{"c", 6});
  CHECK(leading(t) == "bc");
  CHECK(t.read(leaders).at("chess") == std::vector<Player>{{"x", 1}});
}

TEST_CASE("equal scores stand in order of their ids, whoever came first") {
  for (const std::string order : {"abcd", "dcba", "cadb"}) {
    TestDriver t{ranking({.k = 3})};
    for (char c : order) t.pipe(results, "go", Player{std::string(1, c), 1});
    CHECK(leading(t) == "abc");
  }
}

TEST_CASE("a leader who falls leaves room for a remembered candidate") {
  TestDriver t{ranking({.k = 2, .candidates = 3})};
  for (const auto& [name, points] : {std::pair{"a", 9}, {"b", 8}, {"c", 7}, {"d", 6}}) {
    t.pipe(results, "go", Player{name, static_cast<double>(points)});
  }
  CHECK(t.state<std::string, std::vector<Player>>("leaders-by-game").at("go").size() == 3);
  t.restart();
  t.pipe(results, "go", Player{"a", 1});
  CHECK(leading(t) == "bc");
  t.pipe(results, "go", Player{"b", 0});
  CHECK(leading(t) == "ca");
}

TEST_CASE("a leader who improves moves up and is there once") {
  TestDriver t{ranking({.k = 3})};
  t.pipe(results, "go", Player{"a", 1});
  t.pipe(results, "go", Player{"b", 2});
  t.pipe(results, "go", Player{"a", 3});
  CHECK(t.read(leaders).at("go") == std::vector<Player>{{"a", 3}, {"b", 2}});
}

TEST_CASE("a score that is no number is dead-lettered and changes nothing") {
  TestDriver t{ranking({.k = 2})};
  t.pipe(results, "go", Player{"a", 1});
  t.pipe(results, "go", Player{"b", std::nan("")});
  REQUIRE(t.dead_letters("results").size() == 1);
  CHECK(t.dead_letters("results")[0].cause == "top_k: the score is not a number");
  t.pipe(results, "go", Player{"c", 2});
  CHECK(leading(t) == "ca");
}

TEST_CASE("counts can be ranked: the count's value is replaced, not added") {
  const Topic<std::string, std::string> said{"said"};
  const Topic<std::string, std::vector<Player>> top_words{"top-words"};
  App app{"a"};
  app.stream(said)
      .group_by([](std::string_view word) { return word; })
      .count("n")
      .map([](std::string_view word, std::uint64_t n) {
        return Player{std::string(word), static_cast<double>(n)};
      })
      .group_by([](const Player&) { return "all"; })
      .top_k("top", {.k = 2}, &Player::name, &Player::points)
      .to(top_words);
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{app, plan};
    for (const char* word : {"a", "b", "c", "c", "b", "c"}) t.pipe(said, "", word);
    CHECK(t.read(top_words).at("all") == std::vector<Player>{{"c", 3}, {"b", 2}});
  }
}

TEST_CASE("top_k of nothing, or of more than its candidates, is refused") {
  for (TopK top : {TopK{.k = 0}, TopK{.k = 5, .candidates = 4}}) {
    const auto topology = ranking(top).topology();
    REQUIRE(!topology.has_value());
    CHECK(topology.error().message.find("top_k \"leaders-by-game\": k must be at least 1") !=
          std::string::npos);
  }
}
