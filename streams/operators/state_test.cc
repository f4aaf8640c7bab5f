// count, aggregate, tables and joins; both plans; names.
#include <doctest/doctest.h>

#include "streams/operators/test_types.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace vitrine::literals;
using test::Kpi;
using test::Order;
using test::orders;
using test::words;

namespace {
const Topic<std::string, std::uint64_t> counts{"counts"};
const Topic<std::string, Kpi> totals{"totals"};
const Topic<std::string, std::string> titles{"titles"};
const Topic<std::string, std::string> enriched{"enriched"};

App word_count() {
  App app{"word-count"};
  app.stream(words).group_by([](std::string_view w) { return w; }).count("word-counts").to(counts);
  return app;
}
}  // namespace

TEST_CASE("count sends every change down the stream") {
  TestDriver t{word_count()};
  for (const char* w : {"a", "b", "a"}) t.pipe(words, "", w);
  CHECK(t.values(counts) == std::vector<std::uint64_t>{1, 1, 2});
  CHECK(t.read(counts) == std::map<std::string, std::uint64_t>{{"a", 2}, {"b", 1}});
}

TEST_CASE("counts survive a restart") {
  TestDriver t{word_count()};
  t.pipe(words, "", "a");
  t.restart();
  t.pipe(words, "", "a");
  CHECK(t.values(counts) == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("the split plan hops through its internal topic and counts the same") {
  const App app = word_count();
  TestDriver t{app, Plan::Split};
  for (const char* w : {"a", "b", "a"}) t.pipe(words, "", w);
  CHECK(t.read(counts) == std::map<std::string, std::uint64_t>{{"a", 2}, {"b", 1}});
  CHECK(t.records("word-count.word-counts.by-key").size() == 3);
  CHECK((*app.topology(Plan::Local))->inputs().size() == 1);
  CHECK((*app.topology(Plan::Split))->inputs().size() == 2);
}

TEST_CASE("describe names topics, key changes, hops and states") {
  const std::string text = word_count().describe();
  CHECK(text.find("words  : string -> string") != std::string::npos);
  CHECK(text.find("group_by (changes the key)") != std::string::npos);
  CHECK(text.find("by key through word-count.word-counts.by-key") != std::string::npos);
  CHECK(text.find("count  [state word-counts: string -> uint64]") != std::string::npos);
  CHECK(text.find("to  => counts") != std::string::npos);
  CHECK(word_count().mermaid().starts_with("flowchart LR\n"));
}

TEST_CASE("aggregate folds values into its own type; group_by_key needs no hop") {
  App app{"a"};
  app.stream(orders)
      .group_by_key()
      .aggregate("totals", Kpi{}, [](Kpi& k, const Order& o) { ++k.orders, k.revenue += o.cents; })
      .to(totals);
  TestDriver t{app};
  t.pipe(orders, "s", Order{"s", 5});
  t.pipe(orders, "s", Order{"s", 7});
  CHECK(t.read(totals).at("s") == Kpi{2, 12});
  CHECK(app.describe().find("by-key") == std::string::npos);
}

TEST_CASE("an aggregate may look at the key") {
  App app{"a"};
  app.stream(words)
      .group_by_key()
      .aggregate("joined", std::string{},
                 [](std::string& all, std::string_view key, std::string_view v) {
                   all.append(key).append("=").append(v).append(";");
                 })
      .to(enriched);
  TestDriver t{app};
  t.pipe(words, "k", "1");
  t.pipe(words, "k", "2");
  CHECK(t.read(enriched).at("k") == "k=1;k=2;");
}

TEST_CASE("left_join sees the table's value of that moment, or null") {
  App app{"a"};
  auto catalogue = app.table(titles);
  app.stream(orders)
      .left_join(catalogue,
                 [](const Order&, const std::string* title) { return title ? *title : "?"; })
      .to(enriched);
  TestDriver t{app};
  t.pipe(orders, "sku-1", Order{});
  t.pipe(titles, "sku-1", "Teapot");
  t.pipe(orders, "sku-1", Order{});
  t.pipe(titles, "sku-1", "Blue teapot");
  t.pipe(orders, "sku-1", Order{});
  t.pipe(titles, "sku-1", "");  // an empty value removes the key
  t.pipe(orders, "sku-1", Order{});
  CHECK(t.values(enriched) == std::vector<std::string>{"?", "Teapot", "Blue teapot", "?"});
}

TEST_CASE("join drops records without a partner, and hops when the key was changed") {
  App app{"a"};
  auto catalogue = app.table(titles);
  app.stream(orders)
      .rekey([](const Order& o) { return o.show; })
      .join(catalogue, [](const Order& o,
                          const std::string& title) { return title + std::to_string(o.cents); })
      .to(enriched);
  for (Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{app, plan};
    t.pipe(titles, "show-1", "Tea ");
    t.pipe(orders, "x", Order{"show-1", 5});
    t.pipe(orders, "y", Order{"show-2", 6});
    CHECK(t.values(enriched) == std::vector<std::string>{"Tea 5"});
  }
}

TEST_CASE("an aggregate can be joined with, by its state") {
  App app{"a"};
  auto per_word = app.stream(words).group_by_key().count("per-word");
  app.stream(orders)
      .left_join(per_word,
                 [](const Order&, const std::uint64_t* n) { return std::to_string(n ? *n : 0); })
      .to(enriched);
  TestDriver t{app};
  t.pipe(orders, "k", Order{});
  t.pipe(words, "k", "v");
  t.pipe(orders, "k", Order{});
  CHECK(t.values(enriched) == std::vector<std::string>{"0", "1"});
}

TEST_CASE("all problems of an app are listed at once") {
  App app{"shop"};
  app.stream(words).group_by_key().count("same-name").to(counts);
  app.stream(words).group_by_key().count("same-name");
  app.stream(words).group_by_key().count("no spaces");
  app.output(Topic<std::string, Order>{"counts"});
  app.output(Topic<std::string, Order>{"odd", {.partitions = 3}});
  const auto topology = app.topology();
  REQUIRE(!topology.has_value());
  const std::string& text = topology.error().message;
  CHECK(text.find("state \"same-name\" is named twice: by count and by count") !=
        std::string::npos);
  CHECK(text.find("state \"no spaces\" of count: a name is made of") != std::string::npos);
  CHECK(
      text.find("topic \"counts\" is used with two types: string -> uint64 and string -> struct") !=
      std::string::npos);
  CHECK(text.find("partitions must be a power of two") != std::string::npos);
}

TEST_CASE("an ephemeral topic may not feed named state") {
  App app{"a"};
  app.stream(Topic<std::string, std::string>{"typing", {.durability = Durability::Ephemeral}})
      .group_by([](std::string_view text) { return text; })
      .count("typed");
  const auto topology = app.topology();
  REQUIRE(!topology.has_value());
  CHECK(topology.error().message.find(
            "is ephemeral and may not feed the state \"typed\" of count") != std::string::npos);
}
