// Joins of tables by a foreign key: changes of both sides, keys that move, rows without a key.
#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>

#include "streams/operators/test_types.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace vitrine::literals;
using test::Order;
using test::orders;

namespace foreign_joins {
namespace {
using Rows = std::map<std::string, std::string>;
const Topic<std::string, std::int64_t> shows{"shows"};
const Topic<std::int64_t, std::string> titles{"titles"};
const Topic<std::string, std::string> joined{"joined"}, asks{"asks"}, answers{"answers"};
const Topic<std::string, std::uint64_t> sizes{"sizes"};

std::string told(const Order& order, const std::int64_t* show) {
  if (order.cents == 13) throw std::runtime_error("unlucky");
  return order.show + std::to_string(order.cents) + "@" +
         (show == nullptr ? "-" : std::to_string(*show));
}
// An order without a show refers to none.
std::optional<std::string_view> show_of(const Order& order) {
  if (order.show.empty()) return std::nullopt;
  return order.show;
}

App inner() {
  App app{"a"};
  app.table(orders)
      .join(
          app.table(shows), [](const Order& order) { return order.show; }, "with-show",
          [](const Order& order, std::int64_t show) { return told(order, &show); })
      .to(joined);
  return app;
}
App left() {
  App app{"a"};
  app.table(orders).left_join(app.table(shows), show_of, "with-show", told).to(joined);
  return app;
}
void remove(TestDriver& t, const std::string& topic, const std::string& key) {
  t.pipe_bytes(topic, {key, "", t.now(), {}});
}
}  // namespace

TEST_CASE("a change of what is referred to reaches every row that refers to it") {
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{inner(), plan};
    t.pipe(orders, "o-1", Order{"tea", 1});
    t.pipe(orders, "o-2", Order{"tea", 2});
    t.pipe(orders, "o-3", Order{"pot", 3});
    CHECK(t.read_all(joined).empty());
    t.pipe(shows, "tea", 7);
    CHECK(t.rows(joined) == Rows{{"o-1", "tea1@7"}, {"o-2", "tea2@7"}});
    t.pipe(shows, "pot", 8);
    t.pipe(shows, "tea", 9);
    t.pipe(orders, "o-2", Order{"tea", 4});
    CHECK(t.rows(joined) == Rows{{"o-1", "tea1@9"}, {"o-2", "tea4@9"}, {"o-3", "pot3@8"}});
    CHECK(t.records("joined").size() == 6);
    remove(t, "shows", "tea");
    CHECK(t.rows(joined) == Rows{{"o-3", "pot3@8"}});
  }
}

TEST_CASE("a row that refers to another key follows that one, and no longer the former") {
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{inner(), plan};
    t.pipe(shows, "tea", 7);
    t.pipe(shows, "pot", 8);
    t.pipe(orders, "o-1", Order{"tea", 1});
    t.pipe(orders, "o-1", Order{"pot", 2});
    CHECK(t.values(joined) == std::vector<std::string>{"tea1@7", "pot2@8"});
    t.pipe(shows, "tea", 70);
    CHECK(t.records("joined").size() == 2);
    t.pipe(orders, "o-1", Order{"cup", 3});  // of which nothing is known
    CHECK(t.rows(joined).empty());
    remove(t, "orders", "o-1");
    t.pipe(shows, "cup", 9);
    CHECK(t.rows(joined).empty());
    CHECK(t.records("joined").size() == 3);
    for (const char* state : {"with-show", "with-show.keys", "with-show.refs"}) {
      CHECK(t.state_bytes(state).empty());
    }
  }
}

TEST_CASE("a left join keeps every row, also one that refers to nothing") {
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{left(), plan};
    t.pipe(orders, "o-1", Order{"tea", 1});
    t.pipe(orders, "o-2", Order{"", 2});
    t.pipe(shows, "tea", 7);
    t.pipe(orders, "o-1", Order{"", 3});
    t.pipe(shows, "tea", 8);
    t.pipe(orders, "o-2", Order{"tea", 4});
    remove(t, "shows", "tea");
    CHECK(t.values(joined) == std::vector<std::string>{"tea1@-", "2@-", "tea1@7", "3@-", "tea4@8",
                                                       "tea4@-"});
    remove(t, "orders", "o-1");
    remove(t, "orders", "o-2");
    CHECK(t.rows(joined).empty());
    CHECK(t.state_bytes("with-show.refs").empty());
  }
}

TEST_CASE("rows go on following after a restart") {
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{inner(), plan};
    t.pipe(orders, "o-1", Order{"tea", 1});
    t.pipe(orders, "o-2", Order{"tea", 2});
    t.restart();
    t.pipe(shows, "tea", 7);
    t.restart();
    t.pipe(orders, "o-1", Order{"pot", 1});
    t.pipe(shows, "tea", 8);
    CHECK(t.rows(joined) == Rows{{"o-2", "tea2@8"}});
  }
}

TEST_CASE("what a join by foreign key throws undoes what led to it, hop by hop") {
  TestDriver local{inner()}, split{inner(), Plan::Split};
  for (TestDriver* t : {&local, &split}) {
    t->pipe(shows, "tea", 7);
    t->pipe(orders, "o-1", Order{"tea", 1});
    t->pipe(orders, "o-1", Order{"tea", 13});
    CHECK(t->rows(joined) == Rows{{"o-1", "tea1@7"}});
    t->pipe(orders, "o-1", Order{"tea", 2});
    CHECK(t->rows(joined) == Rows{{"o-1", "tea2@7"}});
  }
  CHECK(local.dead_letters("orders").size() == 1);
  CHECK(split.dead_letters("orders").empty());
  CHECK(split.dead_letters("a.with-show.answers.by-key").size() == 1);
}

TEST_CASE("the result is a table: grouped, looked up, joined on by another foreign key") {
  App app{"a"};
  const auto with_show = app.table(orders).left_join(app.table(shows), show_of, "with-show", told);
  with_show.group_by([](std::string_view text) { return text.substr(0, 3); })
      .count("n")
      .to(sizes);
  with_show
      .join(
          app.table(titles),
          [](std::string_view text) { return static_cast<std::int64_t>(text.size()); }, "titled",
          [](std::string_view text, std::string_view title) {
            return std::string(text) + " " + std::string(title);
          })
      .to(joined);
  app.stream(asks)
      .left_join(with_show, [](std::string_view, const std::string* row) {
        return row == nullptr ? std::string("none") : *row;
      })
      .to(answers);
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{app, plan};
    t.pipe(titles, 6, "six");
    t.pipe(titles, 7, "seven");
    t.pipe(orders, "o-1", Order{"tea", 1});
    t.pipe(orders, "o-2", Order{"tea", 2});
    t.pipe(shows, "tea", 7);
    t.pipe(asks, "o-1", "?");
    CHECK(t.rows(joined) == Rows{{"o-1", "tea1@7 six"}, {"o-2", "tea2@7 six"}});
    t.pipe(shows, "tea", 10);
    remove(t, "orders", "o-2");
    t.pipe(asks, "o-2", "?");
    CHECK(t.rows(joined) == Rows{{"o-1", "tea1@10 seven"}});
    CHECK(t.rows(sizes) == std::map<std::string, std::uint64_t>{{"tea", 1}});
    CHECK(t.values(answers) == std::vector<std::string>{"tea1@7", "none"});
  }
}

TEST_CASE("a table may refer to itself") {
  App app{"a"};
  const auto table = app.table(orders);  // an order says which other one it goes with
  table
      .left_join(
          table, show_of, "with-other",
          [](const Order& order, const Order* other) {
            return std::to_string(order.cents) + ">" +
                   (other == nullptr ? "-" : std::to_string(other->cents));
          })
      .to(joined);
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{app, plan};
    t.pipe(orders, "a", Order{"b", 1});
    t.pipe(orders, "b", Order{"b", 2});
    t.pipe(orders, "c", Order{"a", 3});
    t.pipe(orders, "b", Order{"", 4});
    CHECK(t.rows(joined) == Rows{{"a", "1>4"}, {"b", "4>-"}, {"c", "3>1"}});
    remove(t, "orders", "a");
    CHECK(t.rows(joined) == Rows{{"b", "4>-"}, {"c", "3>-"}});
  }
}

}  // namespace foreign_joins
