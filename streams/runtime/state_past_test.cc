// State as it was: at every position what it had been, whatever has been checkpointed, retired or
// killed since; and where it cannot be told, a sentence that says what can.
#include "vitrine/state_past.h"

#include <doctest/doctest.h>

#include "base/log.h"
#include "streams/runtime/engine_test_kit.h"
#include "vitrine/backup.h"
#include "vitrine/engine_metrics.h"
#include "vitrine/state_view.h"

using namespace vitrine;
using namespace vitrine::test;
using namespace std::chrono_literals;

namespace {

using PastCounts = StateView<std::string, std::int64_t>;
using PastRows = std::vector<std::pair<std::string, std::int64_t>>;

struct Then {  // what was, and when
  Position position;
  Time time{};
  PastRows rows;
};

// An engine whose state is looked at after each commit.
struct Watched {
  enum class Old { Kept, Retired };  // segments, as soon as the state is safe
  explicit Watched(std::uint64_t checkpoint_deltas = 1'000'000, Old old = Old::Kept) {
    set_log_level(LogLevel::Error);
    setup.options.checkpoint_deltas = checkpoint_deltas;
    if (old == Old::Retired) {
      setup.options.journal.segment_bytes = 32U << 10U;
      setup.options.journal.prewrite_bytes = 8U << 10U;
      setup.options.journal.prewrite_at_open_bytes = 8U << 10U;
      setup.options.journal.tail_bytes = 64U << 10U;  // the newest changes stay
    }
    engine = setup.open(folder);
  }
  void say(const std::string& key) {
    setup.clock.set(setup.clock.now() + 1s);
    REQUIRE(engine->append(word(key)));
    run_until_idle(*engine);
    moments.push_back({Position{engine->committed_end().value() - 1}, setup.clock.now(),
                       PastCounts::of(*engine, "counts")->all()->rows});
  }
  void say_many(int words, const std::string& prefix = "key ") {
    for (int i = 0; i < words; ++i) say(prefix + std::to_string(i * 7 % 5));
  }
  void kill() {
    auto killed = std::make_unique<TempFolder>();
    killed->copy_from(folder);
    engine.reset();
    graveyard = std::move(killed);
  }
  void retire() {  // all that may go
    for (int i = 0; i < 40 && retired() == Epoch{}; ++i) {
      for (int words = 0; words < 40; ++words) {
        const std::string filler = "filler " + std::to_string(words) + std::string(200, 'x');
        REQUIRE(engine->append(word(filler)));
      }
      run_until_idle(*engine);
    }
    REQUIRE(retired() > Epoch{});
  }
  Epoch retired() const { return read_commits(real_env().disk, folder.path + "/journal")->retired; }

  Result<std::unique_ptr<StatePast>> past(AsOf as_of, std::vector<std::string> copies = {}) const {
    return StatePast::open(real_env().disk, (graveyard ? *graveyard : folder).path, as_of,
                           std::move(copies));
  }
  void check_all() const {
    for (const Then& then : moments) {
      CAPTURE(then.position.value());
      const auto found = past(AsOf::position(then.position));
      REQUIRE_MESSAGE(found, (found ? "" : found.error().message));
      const auto counts = PastCounts::of(**found, "counts").value();
      const auto all = counts.all();
      REQUIRE_MESSAGE(all, (all ? "" : all.error().message));
      CHECK(all->rows == then.rows);
    }
  }

  TempFolder folder;
  Setup setup;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<TempFolder> graveyard;
  std::vector<Then> moments;
};

}  // namespace

TEST_CASE("at every position state is what it was, beside a running engine and after a kill") {
  Watched shop(8);  // many checkpoints: the state folder is far ahead of most positions
  shop.say_many(24);
  CHECK(shop.engine->metrics().checkpoints > 0);
  shop.check_all();
  shop.kill();
  shop.check_all();
}

TEST_CASE("by time it is that of the last commit at or before it") {
  Watched shop;
  shop.say_many(5);
  for (std::size_t i = 0; i < shop.moments.size(); ++i) {
    for (const Duration later : {Duration{0}, Duration{999}}) {
      const auto past = shop.past(AsOf::time(shop.moments[i].time + later));
      REQUIRE(past);
      CHECK((*past)->commit().time == shop.moments[i].time);
      CHECK(PastCounts::of(**past, "counts")->all()->rows == shop.moments[i].rows);
    }
  }
  const auto never = shop.past(AsOf::time(shop.moments[0].time - 1h));
  CHECK(never.error().code == Code::OutOfRange);
}

TEST_CASE("one key, a prefix and a range are told as they were") {
  Watched shop;
  shop.say("a");
  const Position first{shop.engine->committed_end().value() - 1};
  shop.say("ab");
  shop.say("a");
  const auto past = shop.past(AsOf::position(first)).value();
  const auto counts = PastCounts::of(*past, "counts").value();
  CHECK(counts.get("a") == 1);
  CHECK_FALSE(counts.get("ab").has_value());
  CHECK(counts.prefix("a")->rows == PastRows{{"a", 1}});
  CHECK(counts.range("ab", "b")->rows.empty());
  CHECK(past->state_scan({"none", {}, {}}).error().code == Code::NotFound);
}

TEST_CASE("a position that is not committed yet is refused, and one that is retired says so") {
  Watched shop(10, Watched::Old::Retired);
  shop.say_many(12);
  const Position old = shop.moments.front().position;
  const auto ahead = shop.past(AsOf::position(shop.engine->committed_end()));
  CHECK(ahead.error().code == Code::OutOfRange);
  CHECK(ahead.error().message.find("not committed yet") != std::string::npos);
  shop.retire();
  const auto gone = shop.past(AsOf::position(old));
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code == Code::OutOfRange);
  CHECK(gone.error().message.find("retired") != std::string::npos);
  CHECK(gone.error().message.find("savepoint") != std::string::npos);
}

TEST_CASE("where changes are retired, rows unchanged since are told, others are refused") {
  Watched shop(10, Watched::Old::Retired);
  shop.say_many(12);
  shop.say("still");
  shop.retire();
  const PastRows before = PastCounts::of(*shop.engine, "counts")->prefix("key ")->rows;
  const Position now{shop.engine->committed_end().value() - 1};
  shop.say("key 0");
  const auto past = shop.past(AsOf::position(now)).value();
  const auto counts = PastCounts::of(*past, "counts").value();
  CHECK(counts.get("still") == 1);
  CHECK(counts.get("key 1") == before[1].second);
  const auto page = past->state_scan(StateScan::of_prefix("counts", "key "));
  REQUIRE_FALSE(page);
  CHECK(page.error().code == Code::OutOfRange);
  CHECK(page.error().message.find("1 of the rows") != std::string::npos);
}

TEST_CASE("a savepoint brings back what was retired since, and copies by name do the same") {
  Watched shop(10, Watched::Old::Retired);
  shop.say_many(12);
  REQUIRE(shop.engine->savepoint("monday"));
  const std::size_t saved = shop.moments.size();
  shop.retire();
  // What the savepoint holds itself.
  for (std::size_t i = 0; i < saved; ++i) {
    const auto past = shop.past(AsOf::position(shop.moments[i].position));
    REQUIRE(past);
    CHECK(PastCounts::of(**past, "counts")->all()->rows == shop.moments[i].rows);
  }
  REQUIRE(remove_savepoint(real_env().disk, shop.folder.path, "monday"));
  CHECK_FALSE(shop.past(AsOf::position(shop.moments[0].position)));

  // What came after a copy: its state, and the changes since.
  TempFolder elsewhere;
  const std::string copy = elsewhere.path + "/tuesday";
  REQUIRE(shop.engine->backup(copy));
  shop.moments.clear();
  shop.say_many(12);
  for (const Then& then : shop.moments) {
    const auto past = shop.past(AsOf::position(then.position), {copy});
    REQUIRE(past);
    CHECK(PastCounts::of(**past, "counts")->all()->rows == then.rows);
  }
}

TEST_CASE("a copy of another history is not believed") {
  Watched shop(10, Watched::Old::Retired), other(10);
  shop.say_many(12);
  other.say_many(12, "other ");
  TempFolder elsewhere;
  REQUIRE(other.engine->backup(elsewhere.path + "/copy"));
  const Position old = shop.moments.front().position;
  shop.retire();
  CHECK_FALSE(shop.past(AsOf::position(old), {elsewhere.path + "/copy"}));
}
