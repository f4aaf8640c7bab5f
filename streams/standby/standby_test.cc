// A primary and its standby in one process, over loopback: following, and taking over.
#include <doctest/doctest.h>

#include "streams/standby/standby_test_kit.h"

using namespace vitrine;
using namespace vitrine::test;

namespace {

void follows_and_takes_over(std::uint32_t shards) {
  CAPTURE(shards);
  Side primary(shards), standby(shards);
  const std::string key = key_file(primary.folder.path);
  REQUIRE(primary.open());
  primary.serve(key);
  REQUIRE(primary.server->wait(Duration{0}));  // nothing was recovered
  REQUIRE(primary.engine->start());
  Ledger ledger;
  ledger.append(*primary.engine, 100);
  standby.follow(key, primary.server->port());
  REQUIRE(eventually([&] { return ledger.done == 100; }));
  for (int i = 0; i < 30; ++i) {
    const int before = ledger.done;
    ledger.append(*primary.engine, 20);
    REQUIRE(eventually([&] { return ledger.done > before; }));
  }
  REQUIRE(eventually([&] { return ledger.done == ledger.sent; }));
  REQUIRE(eventually([&] { return standby.told().complete; }));
  const auto state_there = [&] { return standby.told().state == standby.told().committed; };
  CHECK(eventually(state_there));
  const std::string was = everything(*primary.engine);
  const Incarnation incarnation = primary.engine->incarnation();
  const Epoch last = standby.told().committed;
  standby.standby.reset();
  // Cut off: it goes on, and acknowledges nothing.
  const int done = ledger.done;
  ledger.append(*primary.engine, 10);
  const auto promotion = promote(real_env(), standby.folder.path);
  REQUIRE_MESSAGE(promotion, (promotion ? "" : promotion.error().message));
  CHECK(promotion->term == 2);
  CHECK(promotion->complete);
  CHECK_FALSE(promotion->new_incarnation);
  CHECK(promotion->last == last);
  CHECK(promote(real_env(), standby.folder.path)->term == 2);  // once
  REQUIRE(standby.open());
  CHECK(everything(*standby.engine) == was);
  check_counts(*standby.engine);
  CHECK(standby.engine->incarnation() == incarnation);
  REQUIRE(standby.engine->start());
  Ledger next;
  next.append(*standby.engine, 50);
  REQUIRE(eventually([&] { return next.done == 50; }));
  check_counts(*standby.engine);
  CHECK(ledger.done == done);
}

}  // namespace

TEST_CASE("a standby has everything that was acknowledged, and takes over with cursors intact") {
  follows_and_takes_over(1);
}

TEST_CASE("so it does for an App on several shards") { follows_and_takes_over(4); }

TEST_CASE("nothing is shown to anybody before the standby has it") {
  Side primary, standby;
  const std::string key = key_file(primary.folder.path);
  REQUIRE(primary.open());
  primary.serve(key);
  REQUIRE(primary.engine->start());
  std::atomic<int> commits{0};
  primary.engine->on_commit([&] { ++commits; });
  Ledger ledger;
  ledger.append(*primary.engine, 5);
  // Durable here: the same bytes are in the files.
  REQUIRE(eventually([&] {
    const auto beside = Journal::open_read_only(real_env().disk, primary.folder.path + "/journal");
    return beside && (*beside)->committed_epoch() > Epoch{0};
  }));
  CHECK(stays([&] { return ledger.done == 0; }));
  CHECK(commits == 0);
  CHECK(primary.engine->committed_end() == Position{1});
  CHECK(everything(*primary.engine).empty());
  standby.follow(key, primary.server->port());
  REQUIRE(eventually([&] { return ledger.done == 5; }));
  CHECK(commits > 0);
  CHECK(everything(*primary.engine) != "");
}

TEST_CASE("a primary that was killed shows what it recovered when its standby has it, not before") {
  Side primary, standby, again;
  const std::string key = key_file(standby.folder.path);
  REQUIRE(primary.open());
  primary.serve(key);
  REQUIRE(primary.engine->start());
  Ledger ledger;
  ledger.append(*primary.engine, 5);
  standby.follow(key, primary.server->port());
  REQUIRE(eventually([&] { return ledger.done == 5; }));
  standby.standby.reset();
  ledger.append(*primary.engine, 5);  // durable here only
  const auto groups = [](const Side& side) {
    const auto beside = Journal::open_read_only(real_env().disk, side.folder.path + "/journal");
    return beside ? (*beside)->committed_epoch().value() : 0;
  };
  REQUIRE(eventually([&] { return groups(primary) > groups(standby); }));
  again.folder.copy_from(primary.folder);
  REQUIRE(again.open());
  again.serve(key);
  CHECK_FALSE(again.server->wait(Duration{0}));
  const auto refused = again.engine->start();
  CHECK((!refused && refused.error().code == Code::Unavailable));
  standby.follow(key, again.server->port());
  CHECK(again.server->wait(Duration{60'000}));
  REQUIRE(again.engine->start());
  CHECK(standby.told().committed == Epoch{groups(again)});
}

TEST_CASE("a standby that hears nothing holds the primary back; when the link heals all goes on") {
  Side primary, standby;
  const std::string key = key_file(primary.folder.path);
  REQUIRE(primary.open());
  primary.serve(key);
  REQUIRE(primary.engine->start());
  Relay relay(primary.server->port());
  standby.follow(key, relay.port());
  Ledger ledger;
  ledger.append(*primary.engine, 10);
  REQUIRE(eventually([&] { return ledger.done == 10; }));
  const std::string shown = everything(*primary.engine);
  relay.hold(true);
  ledger.append(*primary.engine, 10);
  // Long enough that both sides give the connection up.
  REQUIRE(eventually([&] { return !primary.server->logs().front().connected; }));
  CHECK(stays([&] { return ledger.done == 10; }));
  CHECK(everything(*primary.engine) == shown);
  relay.hold(false);
  REQUIRE(eventually([&] { return ledger.done == 20; }));
  relay.flip();
  ledger.append(*primary.engine, 10);
  REQUIRE(eventually([&] { return ledger.done == 30; }));  // noticed, and sent again
  CHECK(relay.flipped());
  check_counts(*primary.engine);
}

TEST_CASE("a standby that went and came back follows from where it was") {
  Side primary, standby;
  const std::string key = key_file(primary.folder.path);
  REQUIRE(primary.open());
  primary.serve(key, false);
  REQUIRE(primary.engine->start());
  Ledger ledger;
  for (int round = 1; round <= 4; ++round) {
    standby.follow(key, primary.server->port());
    ledger.append(*primary.engine, 200);
    REQUIRE(eventually([&] { return ledger.done == 200 * round; }));
    const Epoch last = primary.server->logs().front().committed;
    REQUIRE(eventually([&] { return standby.told().committed >= last; }));
    standby.standby.reset();
    ledger.append(*primary.engine, 1);
    REQUIRE(eventually([&] { return ledger.done == 200 * round + 1; }));
    --ledger.done;
    --ledger.sent;
  }
}
