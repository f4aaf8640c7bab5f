// Calls carried out on the engine: after commit, once each, again after a kill -9, through a full
// queue.
#include "vitrine/call_executor.h"

#include <doctest/doctest.h>

#include <future>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "streams/runtime/engine_test_kit.h"
#include "vitrine/app.h"

using namespace vitrine;
using namespace vitrine::literals;
using namespace vitrine::test;

namespace {
using Asked = Called<std::string, std::string>;
const Topic<std::string, std::string> questions{"questions"};
const Topic<std::string, Asked> answers{"answers"};
const Call<std::string, std::string> ask{
    "ask", {.timeout = 30s, .attempts_max = 2, .backoff = 1s, .backoff_max = 1s}};

// A folder with an engine that is driven by hand, and its calls.
struct Desk {
  explicit Desk(const TempFolder& folder) {
    setup.options.folder = folder.path;
    setup.options.ingest_records_max = 50;
    app.stream(questions).call(ask, [](std::string_view text) { return text; }).to(answers);
    auto opened = Engine::open(setup.env, app, setup.options);
    VT_CHECK_MSG(opened.has_value(), opened ? "" : opened.error().message);
    engine = std::move(*opened);
    calls = std::make_unique<CallExecutor>(*engine, CallExecutorOptions{.retry = 0ms});
    calls->on(ask, [this](std::string_view text, Reply<std::string> reply) {
      heard.emplace_back(reply.id(), std::string(text));
      replies.push_back(reply);
      if (text == "throw") throw std::runtime_error("cannot ask");
      if (text == "echo") reply.answer("echo");
    });
  }
  void put(const std::string& key, const std::string& text) const {
    VT_CHECK(engine->append({"questions", {key, text, {}, "cmd-" + key}, false}));
  }
  void run() const {
    for (bool progress = true; progress;) {
      progress = engine->poll().value();
      progress |= calls->poll().value();
    }
  }
  void wait(Duration time) { setup.clock.set(setup.clock.now() + time); }
  std::vector<Asked> results() const {
    std::vector<Asked> out;
    for (const auto& one : committed(*engine, "answers")) {
      out.push_back(decoded<Asked>(one.record.value).value());
    }
    return out;
  }

  Setup setup;
  App app{"desk"};
  std::vector<std::pair<std::string, std::string>> heard;  // id and request, as called
  std::vector<Reply<std::string>> replies;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<CallExecutor> calls;
};
}  // namespace

SHARDED_TEST_CASE("a function is called after the commit, and its answer is a record, once") {
  TempFolder folder;
  Desk desk(folder);
  desk.run();
  desk.put("a", "how?");
  CHECK(!desk.calls->poll().value());
  CHECK(desk.heard.empty());
  desk.run();
  REQUIRE(desk.heard.size() == 1);
  CHECK(desk.heard[0].first.starts_with("desk/ask/questions/"));
  CHECK(desk.heard[0].second == "how?");
  CHECK(desk.results().empty());
  desk.replies[0].answer("so");
  desk.replies[0].answer("or so");
  desk.replies[0].fail("or not");
  desk.run();
  REQUIRE(desk.results().size() == 1);
  CHECK(desk.results()[0].answer == "so");
  CHECK(committed(*desk.engine, "answers")[0].record.correlation == "cmd-a");
  CHECK(committed(*desk.engine, "desk.ask.reports").size() == 2);  // the start, the answer
}

SHARDED_TEST_CASE("after a kill -9 what was open is asked again under its id, and nothing else") {
  TempFolder folder, after;
  Desk desk(folder);
  desk.put("a", "first");
  desk.put("b", "second");
  desk.run();
  REQUIRE(desk.heard.size() == 2);
  desk.replies[0].answer("done");
  desk.run();
  after.copy_from(folder);

  Desk next(after);
  next.run();
  REQUIRE(next.heard.size() == 1);
  CHECK(next.heard[0] == desk.heard[1]);
  CHECK(next.replies[0].attempt() == 1);
  next.replies[0].answer("late but done");
  next.run();
  REQUIRE(next.results().size() == 2);
  CHECK(next.results()[1].answer == "late but done");
}

SHARDED_TEST_CASE("an answer that was not committed before the kill is asked for again") {
  TempFolder folder, after;
  Desk desk(folder);
  desk.put("a", "first");
  desk.run();
  desk.replies[0].answer("never durable");
  CHECK(desk.calls->poll().value());  // given to the engine, which is killed before its commit
  after.copy_from(folder);
  Desk next(after);
  next.run();
  REQUIRE(next.heard.size() == 1);
  CHECK(next.heard[0] == desk.heard[0]);
}

SHARDED_TEST_CASE("what a function throws is a failure; the next attempt has the same id") {
  TempFolder folder;
  Desk desk(folder);
  desk.put("a", "throw");
  desk.run();
  CHECK(desk.results().empty());
  desk.wait(1s);
  desk.run();
  REQUIRE(desk.heard.size() == 2);
  CHECK(desk.heard[0] == desk.heard[1]);
  REQUIRE(desk.results().size() == 1);
  CHECK(desk.results()[0].outcome == CallOutcome::Failed);
  CHECK(desk.results()[0].cause == "cannot ask");
  CHECK(committed(*desk.engine, "ask.dlq").size() == 1);
}

SHARDED_TEST_CASE("silence is a timeout; the first attempt's answer still counts") {
  TempFolder folder;
  Desk desk(folder);
  desk.put("a", "slow");
  desk.run();
  desk.wait(30s);
  desk.run();
  desk.wait(1s);
  desk.run();
  REQUIRE(desk.heard.size() == 2);
  desk.replies[0].answer("at last");
  desk.run();
  CHECK(desk.results()[0].answer == "at last");
  desk.replies[1].answer("again");
  desk.run();
  CHECK(desk.results().size() == 1);
}

TEST_CASE("a report that finds the queue full goes in when there is room") {
  TempFolder folder;
  Desk desk(folder);
  desk.put("a", "slow");
  desk.run();
  for (int i = 0; i < 50; ++i) desk.put("b" + std::to_string(i), "echo");
  desk.replies[0].answer("so");
  CHECK(desk.calls->poll().value());
  desk.run();
  CHECK(desk.results().size() == 51);
}

SHARDED_TEST_CASE("calls that the app does not have are refused at the start") {
  TempFolder folder;
  Desk desk(folder);
  CallExecutor calls(*desk.engine);
  calls.on(Call<std::string, std::string>{"guess"}, [](std::string_view, const auto&) {});
  const auto started = calls.start();
  REQUIRE(!started.has_value());
  CHECK(started.error().code == Code::Invalid);
  CHECK(started.error().message.find("desk.guess.reports") != std::string::npos);
}

SHARDED_TEST_CASE("with threads, each of many calls is answered once, whoever answers") {
  TempFolder folder;
  Desk desk(folder);
  desk.calls.reset();
  constexpr int kCalls = 300;
  std::mutex mutex;
  std::vector<Reply<std::string>> open;
  std::set<std::string> ids;
  std::size_t most = 0;
  CallExecutor calls(*desk.engine, {.in_flight_max = 16});
  calls.on(ask, [&](std::string_view, const Reply<std::string>& reply) {
    const std::lock_guard lock(mutex);
    ids.insert(reply.id());
    open.push_back(reply);
    most = std::max(most, open.size());
  });
  REQUIRE(desk.engine->start());
  REQUIRE(calls.start());
  std::thread answering([&] {
    for (int answered = 0; answered < kCalls;) {
      std::vector<Reply<std::string>> taken;
      {
        const std::lock_guard lock(mutex);
        taken.swap(open);
      }
      for (const auto& reply : taken) reply.answer(reply.id());
      answered += static_cast<int>(taken.size());
      if (taken.empty()) std::this_thread::yield();
    }
  });
  for (int i = 0; i < kCalls; ++i) {
    while (!desk.engine->append({"questions", {std::to_string(i), "?", {}, {}}, false})) {
      std::this_thread::yield();
    }
  }
  answering.join();
  while (desk.results().size() < kCalls) std::this_thread::yield();
  calls.stop();
  desk.engine->stop();
  const auto results = desk.results();
  CHECK(results.size() == kCalls);
  CHECK(ids.size() == kCalls);
  CHECK(most <= 16);
  for (const Asked& one : results) CHECK(one.answer == one.id);
}
