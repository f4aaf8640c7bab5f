// Joins of two tables by their key: a table that follows both sides, removals too.
#include <doctest/doctest.h>

#include <stdexcept>

#include "streams/operators/window_test_kit.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace vitrine::literals;

namespace table_joins {
namespace {
using Rows = std::map<std::string, std::string>;
using Numbers = Topic<std::string, std::int64_t>;
const Numbers lefts{"lefts"}, rights{"rights"}, thirds{"thirds"};
const Topic<std::string, std::string> joined{"joined"};
const Topic<std::string, std::uint64_t> sizes{"sizes"};
const Topic<std::string, std::string> asks{"asks"}, answers{"answers"};

std::string text(const std::int64_t* number) {
  return number == nullptr ? "-" : std::to_string(*number);
}
std::string pair(const std::int64_t* left, const std::int64_t* right) {
  if (left != nullptr && *left == 13) throw std::runtime_error("unlucky");
  return text(left) + "+" + text(right);
}
void remove(TestDriver& t, const Numbers& topic, const std::string& key) {
  t.pipe_bytes(topic.name(), {key, "", t.now(), {}});
}

App inner() {
  App app{"a"};
  app.table(lefts)
      .join(app.table(rights), "pairs",
            [](std::int64_t left, std::int64_t right) { return pair(&left, &right); })
      .to(joined);
  return app;
}
App left() {
  App app{"a"};
  app.table(lefts)
      .left_join(app.table(rights), "pairs",
                 [](std::int64_t left, const std::int64_t* right) { return pair(&left, right); })
      .to(joined);
  return app;
}
App outer() {
  App app{"a"};
  app.table(lefts).outer_join(app.table(rights), "pairs", pair).to(joined);
  return app;
}

// What a join of each kind makes of one key's rows.
std::optional<std::string> expected(char kind, const std::int64_t* left,
                                    const std::int64_t* right) {
  const bool there = kind == 'i'   ? left != nullptr && right != nullptr
                     : kind == 'l' ? left != nullptr
                                   : left != nullptr || right != nullptr;
  if (!there) return std::nullopt;
  return pair(left, right);
}
}  // namespace

TEST_CASE("a joined row follows both of its sides, and goes with one of them") {
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{inner(), plan};
    t.pipe(lefts, "a", 1);
    CHECK(t.read_all(joined).empty());
    t.pipe(rights, "a", 2);
    t.pipe(lefts, "a", 3);
    t.pipe(rights, "a", 4);
    CHECK(t.values(joined) == std::vector<std::string>{"1+2", "3+2", "3+4"});
    remove(t, rights, "a");
    CHECK(t.rows(joined).empty());
    CHECK(t.records("joined").size() == 4);  // the removal, once
    remove(t, lefts, "a");
    CHECK(t.records("joined").size() == 4);
    t.pipe(rights, "a", 5);
    CHECK(t.rows(joined).empty());
    CHECK(t.state_bytes("pairs").empty());
  }
}

TEST_CASE("a left join keeps rows without a right side, an outer join those of either side") {
  TestDriver l{left()}, o{outer()};
  for (TestDriver* t : {&l, &o}) {
    t->pipe(lefts, "a", 1);
    t->pipe(rights, "a", 2);
    t->pipe(rights, "b", 3);
    remove(*t, rights, "a");
    t->pipe(rights, "a", 4);
    remove(*t, lefts, "a");
  }
  CHECK(l.values(joined) == std::vector<std::string>{"1+-", "1+2", "1+-", "1+4", ""});
  CHECK(l.rows(joined).empty());
  CHECK(o.values(joined) == std::vector<std::string>{"1+-", "1+2", "-+3", "1+-", "1+4", "-+4"});
  CHECK(o.rows(joined) == Rows{{"a", "-+4"}, {"b", "-+3"}});
}

TEST_CASE("a join that throws leaves both tables and the result as they were") {
  TestDriver t{inner()};
  t.pipe(rights, "a", 2);
  t.pipe(lefts, "a", 1);
  t.pipe(lefts, "a", 13);
  CHECK(t.dead_letters("lefts").size() == 1);
  CHECK(t.state<std::string, std::int64_t>("lefts").at("a") == 1);
  t.pipe(rights, "a", 3);
  CHECK(t.rows(joined) == Rows{{"a", "1+3"}});
}

TEST_CASE("a joined table is joined, grouped, and looked up like any other") {
  App app{"a"};
  const auto pairs = app.table(lefts).outer_join(app.table(rights), "pairs", pair);
  pairs
      .left_join(app.table(thirds), "triples",
                 [](std::string_view two, const std::int64_t* third) {
                   return std::string(two) + "+" + text(third);
                 })
      .to(joined);
  pairs.group_by([](std::string_view two) { return two.substr(0, 1); }).count("firsts").to(sizes);
  app.stream(asks)
      .left_join(pairs, [](std::string_view, const std::string* two) {
        return two == nullptr ? std::string("none") : *two;
      })
      .to(answers);
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{app, plan};
    t.pipe(lefts, "a", 1);
    t.pipe(lefts, "b", 1);
    t.pipe(thirds, "a", 9);
    t.pipe(rights, "b", 2);
    CHECK(t.rows(joined) == Rows{{"a", "1+-+9"}, {"b", "1+2+-"}});
    CHECK(t.rows(sizes) == std::map<std::string, std::uint64_t>{{"1", 2}});
    t.pipe(asks, "b", "?");
    remove(t, lefts, "b");
    t.pipe(asks, "b", "?");
    remove(t, rights, "b");
    t.pipe(asks, "b", "?");
    CHECK(t.values(answers) == std::vector<std::string>{"1+2", "-+2", "none"});
    CHECK(t.rows(joined) == Rows{{"a", "1+-+9"}});
    CHECK(t.rows(sizes) == std::map<std::string, std::uint64_t>{{"1", 1}});
  }
}

TEST_CASE("rows whose time to live is over leave the join") {
  App app{"a"};
  app.table(lefts)
      .ttl(1min)
      .join(app.table(rights), "pairs",
            [](std::int64_t left, std::int64_t right) { return pair(&left, &right); })
      .to(joined);
  TestDriver t{app};
  t.pipe(lefts, "a", 1);
  t.pipe(rights, "a", 2);
  CHECK(t.rows(joined).size() == 1);
  t.advance(2min);
  CHECK(t.rows(joined).empty());
}

TEST_CASE("a table joined with what is made of it comes to the same") {
  App app{"a"};
  const auto table = app.table(lefts);
  const auto counts =
      table.group_by([](std::string_view key, std::int64_t) { return key; }).count("ones");
  table
      .join(counts, "both",
            [](std::int64_t left, std::uint64_t n) {
              return std::to_string(left) + "x" + std::to_string(n);
            })
      .to(joined);
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{app, plan};
    t.pipe(lefts, "a", 1);
    t.pipe(lefts, "a", 2);
    CHECK(t.rows(joined) == Rows{{"a", "2x1"}});
    remove(t, lefts, "a");
    CHECK(t.rows(joined).empty());
    CHECK(t.state_bytes("both").empty());
  }
}

TEST_CASE("tables of two apps are not joined") {
  App app{"a"}, other{"b"};
  app.table(lefts).outer_join(other.table(rights), "pairs", pair).to(joined);
  const auto topology = app.topology();
  REQUIRE_FALSE(topology.has_value());
  CHECK(topology.error().message.find("of another app, \"b\"") != std::string::npos);
}

TEST_CASE("joins of tables are what two maps make, change by change") {
  const std::map<char, App (*)()> kinds{{'i', inner}, {'l', left}, {'o', outer}};
  for (const auto& [kind, make] : kinds) {
    CAPTURE(kind);
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      CAPTURE(seed);
      test::Dice dice(seed);
      TestDriver t{make()};
      std::map<std::string, std::int64_t> sides[2];
      Rows now;
      std::vector<std::pair<std::string, std::string>> told;
      for (int i = 0; i < 150; ++i) {
        const std::size_t side = static_cast<std::size_t>(dice.below(2));
        const std::string key(1, static_cast<char>('a' + dice.below(4)));
        auto before = sides[side];
        if (dice.below(3) == 0) {
          remove(t, side == 0 ? lefts : rights, key);
          if (sides[side].erase(key) == 0) continue;
        } else {
          sides[side][key] = dice.below(20);
          t.pipe(side == 0 ? lefts : rights, key, sides[side][key]);
        }
        const auto row_of = [&](std::size_t of) {
          const auto found = sides[of].find(key);
          return found == sides[of].end() ? nullptr : &found->second;
        };
        try {
          const auto row = expected(kind, row_of(0), row_of(1));
          if (!row && !now.contains(key)) continue;
          told.emplace_back(key, row.value_or(""));
          if (row) now[key] = *row;
          if (!row) now.erase(key);
        } catch (const std::exception&) {
          sides[side] = before;  // undone
        }
        if (dice.below(20) == 0) t.restart();
      }
      std::vector<std::pair<std::string, std::string>> seen;
      for (const auto& record : t.read_all(joined)) seen.emplace_back(record.key, record.value);
      CHECK(seen == told);
      CHECK(t.rows(joined) == now);
      CHECK(t.state<std::string, std::string>("pairs") == now);
    }
  }
}

}  // namespace table_joins
