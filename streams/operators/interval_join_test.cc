// Joins of two streams: who meets whom, when, what is told of the unmatched, what state is left.
#include <doctest/doctest.h>

#include <stdexcept>

#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace vitrine::literals;

namespace {
const Topic<std::string, std::string> views{"views"};
const Topic<std::string, std::int64_t> clicks{"clicks"};
const Topic<std::string, std::string> joined{"joined"};

std::string pair_of(std::string_view view, std::int64_t click) {
  if (click == 666) throw std::runtime_error("no");
  return std::string(view) + "+" + std::to_string(click);
}
std::string view_outcome(std::string_view view, const std::int64_t* click) {
  if (click == nullptr && view == "bad") throw std::runtime_error("no");
  return pair_of(view, click == nullptr ? 0 : *click);
}
std::string either(const std::string* view, const std::int64_t* click) {
  return pair_of(view == nullptr ? "none" : *view, click == nullptr ? 0 : *click);
}

App inner(Within near = within(2s, 10s)) {
  App app{"a"};
  app.stream(views).join(app.stream(clicks), near, "met", pair_of).to(joined);
  return app;
}
App left() {
  App app{"a"};
  app.stream(views).left_join(app.stream(clicks), within(2s, 10s), "met", view_outcome).to(joined);
  return app;
}
App outer() {
  App app{"a"};
  app.stream(views).outer_join(app.stream(clicks), within(2s, 10s), "met", either).to(joined);
  return app;
}

using Values = std::vector<std::string>;
}  // namespace

TEST_CASE("records of one key meet from `before` to `after`, both included, whoever comes first") {
  TestDriver t{inner()};
  t.pipe(clicks, "ann", 1, at(8s));
  t.pipe(clicks, "ann", 2, at(9s));
  t.pipe(views, "ann", "v", at(11s));
  CHECK(t.values(joined) == Values{"v+2"});
  t.pipe(clicks, "bob", 3, at(12s));
  t.pipe(clicks, "ann", 4, at(21s));
  t.pipe(clicks, "ann", 5, at(21'001ms));
  CHECK(t.values(joined) == Values{"v+2", "v+4"});
}

TEST_CASE("a pair has the later of both times and what caused its second record") {
  TestDriver t{inner()};
  t.pipe(clicks, "ann", 1, at(11s), "click");
  t.pipe(views, "ann", "v", at(10s), "view");
  t.pipe(clicks, "ann", 2, at(15s), "again");
  CHECK(t.read_all(joined) ==
        std::vector<TestRecord<std::string, std::string>>{{"ann", "v+1", at(11s), "view"},
                                                          {"ann", "v+2", at(15s), "again"}});
}

TEST_CASE("several partners come in order of their times, equal ones in order of arrival") {
  TestDriver t{inner()};
  t.advance_to(at(9s));
  t.pipe_ahead(clicks, "ann", 3, at(9s));
  t.pipe_ahead(clicks, "ann", 1, at(7s));
  t.pipe_ahead(clicks, "ann", 2, at(7s));
  t.pipe_ahead(views, "ann", "v", at(8s));
  CHECK(t.values(joined) == Values{"v+1", "v+2", "v+3"});
}

TEST_CASE("records are kept as long as partners may come, then forgotten") {
  TestDriver t{inner()};
  t.pipe(views, "ann", "v", at(10s));
  t.pipe(clicks, "ann", 1, at(10s));
  CHECK(t.state_bytes("met").size() == 2);
  t.advance_to(at(12s));
  CHECK(t.state_bytes("met").size() == 2);
  t.advance(1ms);
  CHECK(t.state_bytes("met").size() == 1);
  t.advance_to(at(20s));
  CHECK(t.state_bytes("met").size() == 1);
  t.advance(1ms);
  CHECK(t.state_bytes("met").empty());
}

TEST_CASE("a record whose own time is up is dropped; a grace gives it more") {
  TestDriver t{inner()}, patient{inner(within(2s, 10s, 5s))};
  for (TestDriver* driver : {&t, &patient}) {
    driver->pipe(views, "ann", "v", at(10s));
    driver->pipe(clicks, "ann", 1, at(15s));
    driver->pipe(clicks, "ann", 2, at(12s));  // could have met views up to 14 s
  }
  CHECK(t.values(joined) == Values{"v+1"});
  CHECK(patient.values(joined) == Values{"v+1", "v+2"});
}

TEST_CASE("a left join tells what found no partner, once, when its interval has passed") {
  TestDriver t{left()};
  t.pipe(views, "ann", "met", at(1s));
  t.pipe(views, "ann", "alone", at(20s));
  t.pipe(clicks, "ann", 1, at(5s));  // late: nobody could come any more
  t.pipe(clicks, "bob", 2, at(25s));
  CHECK(t.values(joined) == Values{"met+0"});
  t.pipe(views, "bob", "v", at(26s));
  t.advance_to(at(30s));
  t.restart();
  CHECK(t.values(joined) == Values{"met+0", "v+2"});
  t.advance(1ms);
  CHECK(t.values(joined) == Values{"met+0", "v+2", "alone+0"});
  t.advance(1h);
  t.restart();
  t.advance(1h);
  CHECK(t.values(joined).size() == 3);
  CHECK(t.state_bytes("met").empty());
}

TEST_CASE("an outer join tells the unmatched of both sides, in order of when their time was up") {
  TestDriver t{outer()};
  t.pipe(views, "ann", "v", at(10s));
  t.pipe(clicks, "bob", 1, at(11s));
  t.pipe(clicks, "cid", 2, at(11s));
  t.pipe(views, "cid", "w", at(12s));
  t.advance(1h);
  CHECK(t.values(joined) == Values{"w+2", "none+1", "v+0"});
}

TEST_CASE("a restart keeps who waits and who has met") {
  TestDriver t{left()};
  t.pipe(views, "ann", "v", at(1s));
  t.pipe(views, "bob", "w", at(1s));
  t.restart();
  t.pipe(clicks, "ann", 1, at(2s));
  t.restart();
  t.pipe(clicks, "ann", 2, at(3s));
  t.advance(1h);
  CHECK(t.values(joined) == Values{"v+1", "v+2", "w+0"});
}

TEST_CASE("a record that throws at one of its pairs emits none, and is as if it had never come") {
  TestDriver t{left()};
  t.pipe(views, "ann", "v", at(1s));
  t.pipe(views, "ann", "w", at(2s));
  t.pipe(clicks, "ann", 666, at(3s));
  CHECK(t.values(joined).empty());
  CHECK(t.dead_letters("clicks").size() == 1);
  CHECK(t.state_bytes("met").size() == 2);
  t.pipe(views, "ann", "x", at(4s));  // would have met the click
  t.advance(1h);
  CHECK(t.values(joined) == Values{"v+0", "w+0", "x+0"});
}

TEST_CASE("what a record had brought in before it threw is forgotten with it") {
  App app{"a"};
  app.stream(views)
      .flat_map<std::string>([](std::string_view view, Emit<std::string>& emit) {
        emit(view);
        if (view == "bad") throw std::runtime_error("no");
      })
      .left_join(app.stream(clicks), within(2s, 10s), "met", view_outcome)
      .to(joined);
  TestDriver t{app};
  t.pipe(views, "ann", "bad", at(1s));
  CHECK(t.dead_letters("views").size() == 1);
  t.pipe(clicks, "ann", 1, at(2s));
  t.advance(1h);
  CHECK(t.values(joined).empty());
}

TEST_CASE("an unmatched record whose telling throws is dead-lettered alone under its key") {
  TestDriver t{left()};
  t.pipe(views, "ann", "bad", at(1s));
  t.pipe(views, "bob", "v", at(1s));
  t.advance(1h);
  CHECK(t.values(joined) == Values{"v+0"});
  REQUIRE(t.dead_letters("met").size() == 1);
  CHECK(t.dead_letters("met")[0].key == "ann");
  CHECK(t.dead_letters("met")[0].value == "bad");
  CHECK(t.state_bytes("met").empty());
}

TEST_CASE("a stream meets itself, and several values of one record are several records") {
  App app{"a"};
  auto spoken = app.stream(views).flat_map<std::string>(
      [](std::string_view view, Emit<std::string>& emit) {
        emit(view.substr(0, 1));
        emit(view.substr(1, 1));
      });
  spoken
      .join(spoken, within(0s, 0s), "self",
            [](std::string_view one, std::string_view two) {
              return std::string(one) + std::string(two);
            })
      .to(joined);
  TestDriver t{app};
  t.pipe(views, "ann", "xy", at(1s));
  CHECK(t.values(joined) == Values{"xx", "yx", "xy", "yy"});
}

TEST_CASE("changed keys meet behind their hops, the same in both plans") {
  App app{"a"};
  app.stream(views)
      .rekey([](std::string_view view) { return view.substr(0, 1); })
      .join(app.stream(clicks), within(5s, 5s), "met", pair_of)
      .to(joined);
  for (const Plan plan : {Plan::Local, Plan::Split}) {
    TestDriver t{app, plan};
    t.pipe(views, "", "view", at(1s));
    t.pipe(clicks, "v", 7, at(2s));
    CHECK(t.read_all(joined).at(0).key == "v");
    CHECK(t.values(joined) == Values{"view+7"});
  }
}

TEST_CASE("what cannot be joined is refused: negative lengths, streams of another app") {
  App app{"a"}, stranger{"b"};
  app.stream(views).join(stranger.stream(clicks), within(-1s, 2s), "met", pair_of).to(joined);
  const auto topology = app.topology();
  REQUIRE(!topology.has_value());
  CHECK(topology.error().message.find("may be negative") != std::string::npos);
  CHECK(topology.error().message.find("of another app, \"b\"") != std::string::npos);
  CHECK(inner().describe().find("join within 2000 ms before and 10000 ms after") !=
        std::string::npos);
}
