// Runs and the manifest on disks that are full, lose power or are damaged.
#include <doctest/doctest.h>

#include "sim/kept_journal.h"

using namespace vitrine;
using namespace vitrine::sim;
using namespace std::chrono_literals;
TEST_CASE("a full disk while a segment is retired loses nothing, and the work is done later") {
  for (std::uint64_t space = 0; space < 12'000; space += 700) {
    CAPTURE(space);
    KeptJournal sim;
    sim.fill("a", 12);
    sim.journal->release(Epoch{12});
    sim.disk.set_space(space);
    while (true) {
      const auto more = sim.journal->tend(sim.clock.now());
      if (!more) CHECK(more.error().code == Code::StorageFull);
      if (!more || !*more) break;
    }
    CHECK(sim.values("a") == numbered("v", 0, 12));
    sim.disk.set_space({});
    sim.tend_all();
    CHECK(sim.journal->retired() > Epoch{0});
    CHECK(sim.values("a") == numbered("v", 0, 12));
    sim.open();
    CHECK(sim.values("a") == numbered("v", 0, 12));
  }
}

TEST_CASE("a power cut at any step of retiring, recycling, merging and compacting loses nothing") {
  std::uint64_t steps = 0;
  for (const bool table : {false, true}) {
    for (std::uint64_t at_call = 0;; ++at_call) {
      CAPTURE(table);
      CAPTURE(at_call);
      bool finished = false;
      for (const Cut mode : {Cut::LoseAll, Cut::Torn, Cut::Shuffled, Cut::KeepAll}) {
        KeptJournal sim;
        const auto say = [&] {
          if (table) sim.journal->keep("a", {Duration{0}, true, 1min});
          sim.journal->release(sim.journal->committed_epoch());
        };
        sim.fill("a", 12);
        sim.disk.power_off_after(at_call);
        say();
        Result<bool> more = true;
        while (more && *more) more = sim.journal->tend(sim.clock.now());
        int acknowledged = 0;
        while (more && acknowledged < 10 &&  // into recycled files
               sim.commit("a", "l", "w" + std::to_string(acknowledged) + std::string(1000, '.')))
          ++acknowledged;
        finished = acknowledged == 10;
        sim.journal.reset();
        sim.disk.cut(at_call * 7 + 1, mode);
        sim.open();
        CHECK(sim.journal->committed_epoch().value() >= 12U + acknowledged);
        CHECK(sim.journal->committed_epoch().value() <= 13U + acknowledged);
        REQUIRE(Journal::verify(sim.disk, "/j"));
        auto found = sim.values("a");
        if (!table) {
          REQUIRE(found.size() == sim.journal->committed_epoch().value());
          CHECK(std::equal(found.begin(), found.begin() + 12, numbered("v", 0, 12).begin()));
        } else {
          CHECK(std::find(found.begin(), found.end(), "v11") != found.end());
        }
        say();
        sim.tend_all();
        found = sim.values("a");
        CHECK(std::find(found.begin(), found.end(), "v11") != found.end());
        ++steps;
      }
      if (finished) break;
    }
  }
  CHECK(steps > 100);
}

TEST_CASE("what a killed process left in the page cache is made durable before it is built upon") {
  for (const bool sync_fails : {false, true}) {
    for (std::uint64_t n = 0; n < 40; ++n) {
      CAPTURE(sync_fails);
      CAPTURE(n);
      KeptJournal sim;
      sim.journal->keep("b", {24h, false, 1h});  // so that the keeper seals
      sim.fill("a", 12);
      sim.clock.advance(JournalOptions{}.segment_time + 1h);
      sync_fails ? sim.disk.fail_sync(n + 1) : sim.disk.power_off_after(n);
      sim.journal->release(sim.journal->committed_epoch());
      Result<bool> more = true;
      while (more && *more) more = sim.journal->tend(sim.clock.now());
      sim.journal.reset();
      sim.disk.cut(n, Cut::KeepAll);
      sim.open();
      sim.fill("a", 3, "w");
      sim.journal.reset();
      sim.disk.cut(n, n % 2 == 0 ? Cut::LoseAll : Cut::Shuffled);
      sim.open();
      auto expected = numbered("v", 0, 12);
      for (const auto& name : numbered("w", 0, 3)) expected.push_back(name);
      CHECK(sim.values("a") == expected);
    }
  }
}

TEST_CASE("every flipped bit of a run or of the manifest is noticed, and never served") {
  KeptJournal sim;
  sim.fill("a", 12);
  sim.journal->release(Epoch{12});
  sim.tend_all();
  const auto expected = numbered("v", 0, 12);
  sim.journal.reset();
  auto paths = sim.files("run-");
  paths.push_back("/j/manifest");
  for (const std::string& path : paths) {
    CAPTURE(path);
    const auto bits = sim.disk.content(path).size() * 8;
    for (std::uint64_t bit = 0; bit < bits; bit += bits > 4000 ? 13 : 1) {
      CAPTURE(bit);
      sim.disk.flip_bit(path, bit);
      const auto verified = Journal::verify(sim.disk, "/j");
      REQUIRE_FALSE(verified);
      CHECK(verified.error().code == Code::Corrupt);
      CHECK(verified.error().message.find(path) != std::string::npos);
      if (bit % 5 == 0) {
        const auto journal = Journal::open_read_only(sim.disk, "/j");
        const std::vector<std::string> topics{"a"};
        if (journal) {
          const auto batch = (*journal)->read(topics, Position{0}, 1000, 1U << 20U);
          if (batch) CHECK(batch->records.size() == expected.size());
        }
      }
      sim.disk.flip_bit(path, bit);
    }
  }
  REQUIRE(Journal::verify(sim.disk, "/j"));
}

TEST_CASE("a missing run, or a lost manifest, refuses to start and says what to do") {
  KeptJournal sim;
  sim.fill("a", 12);
  sim.journal->release(Epoch{12});
  sim.tend_all();
  sim.journal.reset();
  const std::string run = sim.files("run-").front();
  const Bytes content = sim.disk.content(run);
  REQUIRE(sim.disk.remove(run));
  auto refused = Journal::open(sim.env, "/j", KeptJournal::options());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find(run) != std::string::npos);
  CHECK(refused.error().message.find("backup") != std::string::npos);
  sim.disk.set_content(run, content);
  REQUIRE(sim.disk.remove("/j/manifest"));
  refused = Journal::open(sim.env, "/j", KeptJournal::options());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("are missing") != std::string::npos);
}
