// What becomes of either side when they part: promotions, fences, and coming back.
#include <doctest/doctest.h>

#include <future>

#include "streams/standby/standby_test_kit.h"

using namespace vitrine;
using namespace vitrine::test;

TEST_CASE("without required acks the primary never waits; a promotion says what may be missing") {
  Side primary, standby;
  const std::string key = key_file(primary.folder.path);
  REQUIRE(primary.open());
  primary.serve(key, false);
  REQUIRE(primary.engine->start());
  Ledger ledger;
  ledger.append(*primary.engine, 10);
  REQUIRE(eventually([&] { return ledger.done == 10; }));  // nobody follows
  standby.follow(key, primary.server->port());
  REQUIRE(eventually([&] { return standby.standby->logs().front().heard > Epoch{0}; }));
  const Epoch there = primary.server->logs().front().committed;
  REQUIRE(eventually([&] { return standby.told().committed >= there; }));
  CHECK_FALSE(standby.told().complete);
  const Incarnation incarnation = primary.engine->incarnation();
  standby.standby.reset();
  ledger.append(*primary.engine, 10);
  REQUIRE(eventually([&] { return ledger.done == 20; }));
  const auto promotion = promote(real_env(), standby.folder.path).value();
  CHECK_FALSE(promotion.complete);
  CHECK(promotion.new_incarnation);
  REQUIRE(standby.open());
  CHECK(standby.engine->incarnation() != incarnation);
  CHECK(committed(*standby.engine, "words").size() == 10);
  check_counts(*standby.engine);
}

TEST_CASE("that acks are not required any more is noted there before anything passes without it") {
  Side primary, standby;
  const std::string key = key_file(primary.folder.path);
  REQUIRE(primary.open());
  primary.serve(key);
  REQUIRE(primary.engine->start());
  Relay relay(primary.server->port());
  standby.follow(key, relay.port());
  Ledger ledger;
  ledger.append(*primary.engine, 10);
  REQUIRE(eventually([&] { return ledger.done == 10 && standby.told().complete; }));
  StandbyOptions at;
  at.host = "127.0.0.1";
  at.port = primary.server->port();
  at.key_file = key;
  relay.hold(true);
  const auto answer = say_acks(false, at);
  REQUIRE(answer);
  CHECK(answer->find("follows") != std::string::npos);
  ledger.append(*primary.engine, 1);
  CHECK(stays([&] { return ledger.done == 10; }));  // it has not heard of it yet
  relay.hold(false);
  REQUIRE(eventually([&] { return ledger.done == 11; }));
  // Noted before anything passed without it; the standby hears of it when the link goes on.
  CHECK(eventually([&] { return !standby.told().complete; }));
  REQUIRE(eventually([&] { return say_acks(true, at).has_value(); }));
  REQUIRE(eventually([&] { return standby.told().complete; }));
  standby.standby.reset();
  ledger.append(*primary.engine, 1);
  REQUIRE(eventually([&] { return !primary.server->logs().front().connected; }));
  CHECK(stays([&] { return ledger.done == 11; }));
  CHECK(say_acks(false, at)->find("--new-incarnation") != std::string::npos);
  REQUIRE(eventually([&] { return ledger.done == 12; }));
}

TEST_CASE("an old primary that meets a later term acknowledges nothing, and never opens again") {
  Side primary, standby;
  const std::string key = key_file(primary.folder.path);
  REQUIRE(primary.open());
  primary.serve(key, false);
  REQUIRE(primary.engine->start());
  standby.follow(key, primary.server->port());
  Ledger ledger;
  ledger.append(*primary.engine, 10);
  REQUIRE(eventually([&] { return ledger.done == 10; }));
  REQUIRE(eventually([&] { return standby.standby->logs().front().committed > Epoch{0}; }));
  standby.standby.reset();
  REQUIRE(promote(real_env(), standby.folder.path));
  StandbyOptions at;
  at.host = "127.0.0.1";
  at.port = primary.server->port();
  at.key_file = key;
  const auto fenced = fence(real_env(), standby.folder.path, "count", at);
  CHECK_MESSAGE(fenced, (fenced ? "" : fenced.error().message));
  CHECK(primary.fences == 1);
  std::promise<Result<Position>> answer;
  const auto taken = primary.engine->append(
      word("late"), [&](Result<Position> its) { answer.set_value(std::move(its)); });
  if (taken) {
    const auto said = answer.get_future().get();
    CHECK((!said && said.error().code == Code::Conflict));
  }
  primary.down();
  const auto refused = primary.open();
  CHECK((!refused && refused.error().code == Code::Conflict));
}

TEST_CASE("a promoted server looks for the one it took over from, and asks it to stop") {
  Side primary, standby;
  const std::string key = key_file(primary.folder.path);
  REQUIRE(primary.open());
  primary.serve(key, false);
  const std::uint16_t port = primary.server->port();
  REQUIRE(primary.engine->start());
  standby.follow(key, port);
  Ledger ledger;
  ledger.append(*primary.engine, 10);
  REQUIRE(eventually([&] { return ledger.done == 10; }));
  REQUIRE(eventually([&] { return standby.told().committed > Epoch{0}; }));
  standby.standby.reset();
  primary.down();  // the machine is gone
  REQUIRE(promote(real_env(), standby.folder.path));
  REQUIRE(standby.open());
  standby.serve(key, false);
  REQUIRE(primary.open());  // and comes back, and knows of nothing
  primary.serve(key, false, port);
  REQUIRE(primary.engine->start());
  REQUIRE(eventually([&] { return primary.fences == 1; }));
  CHECK(primary.server->logs().front().fenced);
  CHECK(primary.server->logs().front().term == 2);
  CHECK(standby.fences == 0);
  primary.down();
  CHECK_FALSE(primary.open());
}

TEST_CASE("an old primary comes back as a standby: from where it was, or from a copy") {
  Side first, second;
  const std::string key = key_file(first.folder.path);
  REQUIRE(first.open());
  first.serve(key);
  REQUIRE(first.engine->start());
  second.follow(key, first.server->port());
  Ledger ledger;
  ledger.append(*first.engine, 10);
  REQUIRE(eventually([&] { return ledger.done == 10 && second.told().complete; }));
  SUBCASE("nothing was committed that the standby did not have") {
    first.down();
    second.standby.reset();
    REQUIRE(promote(real_env(), second.folder.path));
    REQUIRE(second.open());
    second.serve(key);
    first.follow(key, second.server->port());
    REQUIRE(second.server->wait(Duration{60'000}));
    REQUIRE(second.engine->start());
    Ledger next;
    next.append(*second.engine, 10);
    REQUIRE(eventually([&] { return next.done == 10; }));
    CHECK(first.told().term == 2);
    CHECK(first.told().committed == second.server->logs().front().committed);
  }
  SUBCASE("a commit of it was never acknowledged") {
    second.standby.reset();
    ledger.append(*first.engine, 1);
    const auto last = [&] {
      const auto beside = Journal::open_read_only(real_env().disk, first.folder.path + "/journal");
      return beside ? (*beside)->committed_epoch() : Epoch{};
    };
    const Epoch shown = first.server->logs().front().committed;
    REQUIRE(eventually([&] { return last() > shown; }));
    first.down();
    CHECK(ledger.done == 10);
    CHECK(ledger.refused == 1);
    REQUIRE(promote(real_env(), second.folder.path));
    REQUIRE(second.open());
    second.serve(key);
    first.follow(key, second.server->port());
    REQUIRE(eventually([&] { return first.told().ended; }));
    CHECK(first.told().trouble.find("in common") != std::string::npos);
    first.standby.reset();
    first.follow(key, second.server->port(), true);
    REQUIRE(second.server->wait(Duration{60'000}));
    REQUIRE(second.engine->start());
    Ledger next;
    next.append(*second.engine, 10);
    REQUIRE(eventually([&] { return next.done == 10; }));
    CHECK(committed(*second.engine, "words").size() == 20);  // and not 21
    first.standby.reset();
    second.down();
    REQUIRE(promote(real_env(), first.folder.path));
    REQUIRE(first.open());
    CHECK(committed(*first.engine, "words").size() == 20);
    check_counts(*first.engine);
  }
}

TEST_CASE("a standby's folder is no primary's, and a primary's no standby's of another log") {
  Side primary, standby, stranger;
  const std::string key = key_file(primary.folder.path);
  const std::string wrong = key_file(primary.folder.path, "another secret of ours");
  REQUIRE(primary.open());
  primary.serve(key);
  REQUIRE(primary.engine->start());
  CHECK_FALSE(promote(real_env(), standby.folder.path));  // empty
  standby.follow(wrong, primary.server->port());
  REQUIRE(eventually([&] { return !standby.told().trouble.empty(); }));
  CHECK(standby.told().committed == Epoch{});
  standby.standby.reset();
  standby.follow(key, primary.server->port());
  Ledger ledger;
  ledger.append(*primary.engine, 3);
  REQUIRE(eventually([&] { return ledger.done == 3; }));
  CHECK_FALSE(promote(real_env(), standby.folder.path));  // it is in use
  standby.standby.reset();
  const auto refused = standby.open();
  CHECK((!refused && refused.error().code == Code::Conflict));
  REQUIRE(stranger.open());  // its own log, which never had a standby
  stranger.down();
  StandbyOptions at;
  at.host = "127.0.0.1";
  at.port = primary.server->port();
  at.key_file = key;
  const auto no = Standby::open(
      real_env(), {{std::make_shared<CountTopology>(), stranger.options}}, at);
  CHECK((!no && no.error().code == Code::Conflict));
  // Another App, and the same App with other types.
  for (const auto& [topology, word] :
       {std::pair{std::make_shared<CountTopology>("another"), "no log of"},
        std::pair{std::make_shared<CountTopology>("count", "int32"), "counts"}}) {
    Side other;
    at.retry = Duration{10};
    auto follows = Standby::open(real_env(), {{topology, other.options}}, at).value();
    REQUIRE(eventually([&] { return follows->logs().front().ended; }));
    CHECK_MESSAGE(follows->logs().front().trouble.find(word) != std::string::npos,
                  follows->logs().front().trouble);
  }
}

TEST_CASE("a standby that was away too long is told so, and begins anew when it may") {
  Side primary, standby;
  const std::string key = key_file(primary.folder.path);
  primary.options.journal.segment_bytes = 64U << 10U;
  primary.options.journal.tail_bytes = 0;
  primary.options.checkpoint_deltas = 50;
  REQUIRE(primary.open());
  primary.serve(key, false);
  REQUIRE(primary.engine->start());
  standby.follow(key, primary.server->port());
  Ledger ledger;
  ledger.append(*primary.engine, 10);
  REQUIRE(eventually([&] { return ledger.done == 10; }));
  REQUIRE(eventually([&] { return standby.told().committed > Epoch{0}; }));
  standby.standby.reset();
  const std::string large(2'000, 'x');
  auto& journal = dynamic_cast<EmbeddedEngine&>(*primary.engine).journal();
  REQUIRE(eventually([&] {
    const int before = ledger.done;
    REQUIRE(primary.engine->append(word("key 1", large), [&](const Result<Position>& at) {
      if (at) ++ledger.done;
    }));
    REQUIRE(eventually([&] { return ledger.done > before; }));
    return journal.retired() > Epoch{20};
  }));
  standby.follow(key, primary.server->port());
  REQUIRE(eventually([&] { return standby.told().ended; }));
  CHECK(standby.told().trouble.find("copy") != std::string::npos);
  standby.standby.reset();
  standby.follow(key, primary.server->port(), true);
  const Epoch last = primary.server->logs().front().committed;
  REQUIRE(eventually([&] { return standby.told().committed >= last; }));
  const std::string was = everything(*primary.engine);
  primary.down();
  standby.standby.reset();
  REQUIRE(promote(real_env(), standby.folder.path));
  REQUIRE(standby.open());
  CHECK(everything(*standby.engine) == was);
  check_counts(*standby.engine);
}
