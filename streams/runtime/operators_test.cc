// What operators do from outside: state read from files, dead letters appended again.
#include <doctest/doctest.h>

#include <future>

#include "base/log.h"
#include "streams/runtime/engine_test_kit.h"
#include "vitrine/dead_letters.h"
#include "vitrine/engine_metrics.h"
#include "vitrine/state_files.h"
#include "vitrine/state_view.h"

using namespace vitrine;
using namespace vitrine::test;

namespace {

using Counts = StateView<std::string, std::int64_t>;
using Rows = std::vector<std::pair<std::string, std::int64_t>>;

void append_and_wait(Engine& engine, Append one) {
  std::promise<void> done;
  REQUIRE(engine.append(std::move(one), [&](const Result<Position>&) { done.set_value(); }));
  done.get_future().wait();
}

ReplayedDeadLetters replay(Engine& engine, const ReplayDeadLetters& which = {}) {
  auto replayed = replay_dead_letters(engine, "words", which);
  REQUIRE(replayed.has_value());
  return *replayed;
}

}  // namespace

TEST_CASE("state is read from the files beside a running engine, and after it has gone") {
  set_log_level(LogLevel::Error);
  TempFolder folder;
  Setup setup;
  setup.options.checkpoint_deltas = 30;
  auto engine = setup.open(folder);
  REQUIRE(engine->start());
  const StateFiles files{real_env().disk, folder.path};
  for (int round = 1; round <= 20; ++round) {
    for (const char* key : {"a", "b", "c"}) append_and_wait(*engine, word(key));
    const auto counts = Counts::of(files, "counts").value();
    CHECK(counts.all()->rows == Rows{{"a", round}, {"b", round}, {"c", round}});
    CHECK(counts.get("b") == round);
  }
  CHECK(engine->metrics().checkpoints > 0);  // it was read from disk and tail
  engine->stop();
  engine.reset();
  const auto counts = Counts::of(files, "counts").value();
  CHECK(counts.range("b", "c")->rows == Rows{{"b", 20}});
  CHECK_FALSE(counts.get("z").has_value());
  CHECK(files.state_scan({"count", {}, {}}).error().message.find("it has counts, rings") !=
        std::string::npos);
  // Nothing was changed: it opens and goes on.
  engine = setup.open(folder);
  CHECK(count_of(*engine, "a") == 20);
}

TEST_CASE("dead letters are appended again, each once, however often one asks") {
  TempFolder folder;
  Setup setup;
  Position first;
  {
    auto engine = setup.open(folder);
    REQUIRE(engine->start());
    for (const char* key : {"a", "b", "c"}) append_and_wait(*engine, word(key, "throw"));
    const auto letters = committed(*engine, "words.dlq");
    REQUIRE(letters.size() == 3);
    first = letters[0].position;
    // One by hand, then the rest; the cause is not mended yet: each is a new dead letter.
    CHECK(replay(*engine, {first, 1}).appended == 1);
    const auto rest = replay(*engine, {Position{1}, 3});
    CHECK(rest.appended == 2);
    CHECK(rest.already == 1);
    CHECK(committed(*engine, "words").size() == 6);
    CHECK(committed(*engine, "words.dlq").size() == 6);
  }
  auto engine = setup.open(folder);  // the next day, somebody else
  REQUIRE(engine->start());
  const auto again = replay(*engine, {Position{1}, 3});
  CHECK(again.appended == 0);
  CHECK(again.already == 3);
  CHECK(committed(*engine, "words").size() == 6);
  const auto words = committed(*engine, "words");
  CHECK(words[3].record.correlation == "replay/words.dlq/" + std::to_string(first.value()));
  CHECK(words[3].record.key == "a");
}
