// Processors: state of several types, timers, topics of their own, undo.
#include <doctest/doctest.h>

#include <stdexcept>

#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace vitrine::literals;

namespace {
const Topic<std::string, std::string> commands{"commands"};
const Topic<std::string, std::string> events{"events"};
const Topic<std::int64_t, std::string> audit{"audit"};

// Commands: "remind T" (seconds from now), "tag NAME T", "forget", "forget NAME", "throw", "count".
struct Desk {
  explicit Desk(Stores& stores)
      : seen(stores.keyed<std::uint64_t>("seen")),
        last(stores.keyed<std::int64_t, std::string>("last")) {}

  void on_record(std::string_view key, std::string_view command,
                 Context<std::string, std::string>& context) {
    const std::uint64_t n = ++seen.upsert(key);
    last.put(static_cast<std::int64_t>(n), std::string(command));
    context.emit(audit, static_cast<std::int64_t>(context.position().value()), command);
    const auto due = [&](std::size_t at) {
      return context.timestamp() + Duration{1000 * (command[at] - '0')};
    };
    if (command.starts_with("remind ")) context.timers().at(due(7), key);
    if (command.starts_with("tag ")) context.timers().at(due(6), key, command.substr(4, 1));
    if (command == "forget") context.timers().cancel(key);
    if (command.starts_with("forget ")) context.timers().cancel(key, command.substr(7));
    context.emit(key, std::to_string(n));
    if (command == "throw") {
      context.timers().cancel(key);
      context.timers().at(context.timestamp(), key, "undone");
      throw std::runtime_error("asked to");
    }
  }
  void on_timer(std::string_view key, Time due, std::string_view tag,
                Context<std::string, std::string>& context) {
    if (tag == "x") throw std::runtime_error("timer x");
    context.emit(key, "due " + std::to_string(millis_of(due)) + " " + std::string(tag));
    if (tag == "r") context.timers().at(due + 1s, key, "s");
  }
  Keyed<std::uint64_t> seen;
  Keyed<std::int64_t, std::string> last;
};

App desk() {
  App app{"a"};
  app.stream(commands).process([](Stores& s) { return Desk{s}; }, audit).to(events);
  return app;
}
using Texts = std::vector<std::string>;
}  // namespace

TEST_CASE(
    "a processor keeps states of several types and emits to several topics with the input's "
    "correlation") {
  TestDriver t{desk()};
  t.pipe(commands, "u", "count", at(1s), "cmd-1");
  t.pipe(commands, "u", "count", at(2s), "cmd-2");
  CHECK(t.state<std::string, std::uint64_t>("seen") ==
        std::map<std::string, std::uint64_t>{{"u", 2}});
  CHECK(t.state<std::int64_t, std::string>("last").size() == 2);
  CHECK(t.read_all(events)[1] == TestRecord<std::string, std::string>{"u", "2", at(2s), "cmd-2"});
  CHECK(t.read_all(audit)[1] == TestRecord<std::int64_t, std::string>{2, "count", at(2s), "cmd-2"});
}

TEST_CASE("timers fire once, in order of due time, then key, then tag") {
  TestDriver t{desk()};
  t.pipe(commands, "b", "remind 2", at(0s));
  t.pipe(commands, "a", "remind 2", at(0s));
  t.pipe(commands, "a", "tag q 2", at(0s));
  t.pipe(commands, "c", "remind 1", at(0s));
  t.advance(1min);
  const auto out = t.read_all(events);
  REQUIRE(out.size() == 8);
  CHECK(out[4].key == "c");
  CHECK(out[5].key == "a");
  CHECK(out[5].value == "due 2000 ");
  CHECK(out[6].value == "due 2000 q");
  CHECK(out[7].key == "b");
}

TEST_CASE("setting a timer again moves it, cancelling it ends it, tags are timers of their own") {
  TestDriver t{desk()};
  t.pipe(commands, "u", "remind 1", at(0s));
  t.pipe(commands, "u", "remind 5", at(0s));
  t.pipe(commands, "u", "tag k 2", at(0s));
  t.pipe(commands, "u", "tag l 2", at(0s));
  t.pipe(commands, "u", "forget l", at(0s));
  t.advance_to(at(4s));
  CHECK(t.values(events).back() == "due 2000 k");
  t.pipe(commands, "u", "forget", at(4s));
  t.advance(1min);
  CHECK(t.values(events).back() == "6");
}

TEST_CASE("timers survive a restart") {
  TestDriver t{desk()};
  t.pipe(commands, "u", "remind 3", at(0s));
  t.restart();
  t.advance(3s);
  CHECK(t.values(events) == Texts{"1", "due 3000 "});
  t.restart();
  t.advance(1min);
  CHECK(t.values(events).size() == 2);
}

TEST_CASE("a timer may set another") {
  TestDriver t{desk()};
  t.pipe(commands, "u", "tag r 1", at(0s));
  t.advance(10s);
  CHECK(t.values(events) == Texts{"1", "due 1000 r", "due 2000 s"});
}

TEST_CASE("what a failed record set, cancelled and emitted is undone") {
  TestDriver t{desk()};
  t.pipe(commands, "u", "remind 1", at(0s));
  t.pipe(commands, "u", "throw", at(0s));
  CHECK(t.dead_letters("commands").size() == 1);
  CHECK(t.values(audit).size() == 1);
  t.advance(5s);
  CHECK(t.values(events) == Texts{"1", "due 1000 "});
  CHECK(t.state<std::string, std::uint64_t>("seen").at("u") == 1);
}

TEST_CASE("a timer that throws is dead-lettered alone and is gone") {
  TestDriver t{desk()};
  t.pipe(commands, "a", "tag x 1", at(0s));
  t.pipe(commands, "b", "tag y 1", at(0s));
  t.advance(5s);
  CHECK(t.values(events).back() == "due 1000 y");
  REQUIRE(t.dead_letters("seen.timers").size() == 1);
  CHECK(t.dead_letters("seen.timers")[0].cause == "timer x");
  CHECK(t.state_bytes("seen.timers").empty());
}

namespace {
struct Undeclared {
  explicit Undeclared(Stores&) {}
  void on_record(std::string_view key, std::string_view value,
                 Context<std::string, std::string>& context) {
    context.emit(audit, 1, value);
    context.emit(key, value);
  }
};
struct Quiet {
  explicit Quiet(Stores& stores) : sums(stores.keyed<std::int64_t>("sums")) {}
  static constexpr bool uses_stream_time = true;
  void on_record(std::string_view key, std::string_view,
                 Context<std::string, std::string>& context) {
    context.timers().at_stream_time(context.timestamp() + 10s, key);
  }
  void on_timer(std::string_view key, Time, Context<std::string, std::string>& context) {
    context.emit(key, "quiet");
  }
  Keyed<std::int64_t> sums;
};
}  // namespace

TEST_CASE("emitting to a topic that was not declared is refused by name") {
  App app{"a"};
  app.stream(commands).process([](Stores& s) { return Undeclared{s}; }).to(events);
  TestDriver t{app};
  t.pipe(commands, "u", "v");
  REQUIRE(t.dead_letters("commands").size() == 1);
  CHECK(t.dead_letters("commands")[0].cause.find("topic audit is not declared") !=
        std::string::npos);
  app.output(audit);
  TestDriver declared{app};
  declared.pipe(commands, "u", "v");
  CHECK(declared.values(audit) == Texts{"v"});
}

TEST_CASE("stream-time timers follow the records' time, and the wall when there are none") {
  App app{"a"};
  app.stream(commands).process("quiet", [](Stores& s) { return Quiet{s}; }).to(events);
  TestDriver t{app};
  t.advance_to(at(24h));
  t.pipe_ahead(commands, "u", "x", at(1s));
  t.pipe_ahead(commands, "v", "x", at(11s));
  CHECK(t.read_all(events).size() == 1);
  CHECK(t.read_all(events)[0].key == "u");
  t.advance(10s);
  CHECK(t.read_all(events).size() == 2);
}

TEST_CASE("a processor with timers and no state needs a name") {
  struct Stateless {
    explicit Stateless(Stores&) {}
    void on_record(std::string_view, std::string_view, Context<std::string, std::string>&) {}
    void on_timer(std::string_view, Time, Context<std::string, std::string>&) {}
  };
  App unnamed{"a"};
  unnamed.stream(commands).process([](Stores& s) { return Stateless{s}; });
  REQUIRE(!unnamed.topology().has_value());
  CHECK(unnamed.topology().error().message.find("needs a name") != std::string::npos);
  App named{"a"};
  named.stream(commands).process("bell", [](Stores& s) { return Stateless{s}; });
  CHECK(named.topology().has_value());
}
