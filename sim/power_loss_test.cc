// Everything acknowledged before a power cut is there after it, in whole groups, in order, and
// nothing else.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "base/log.h"
#include "sim/journal_ledger.h"
#include "sim/power_disk.h"

using namespace vitrine;
using namespace vitrine::sim;

namespace {

JournalOptions small_segments() {
  JournalOptions options;
  options.segment_bytes = 24U << 10U;  // so that a run rolls several times
  options.prewrite_bytes = 8U << 10U;
  options.prewrite_at_open_bytes = options.prewrite_bytes;
  options.tail_cache_bytes = 4U << 10U;
  options.background = false;
  options.on_sync_failure = [](const Error&) {};
  return options;
}

// What must be found again, kept outside of the journal.
struct Outside {
  std::uint64_t seed;
  std::map<std::uint64_t, LedgerGroup>
      given;                       // by epoch: acknowledged, or in flight when the power went
  std::uint64_t acknowledged = 0;  // epochs up to here
};

// Holds the journal against the outside, and takes over what it decided about the group in flight.
void compare(const Journal& journal, Outside& outside) {
  const std::uint64_t last = journal.committed_epoch().value();
  REQUIRE(last >= outside.acknowledged);
  REQUIRE(last <= outside.acknowledged + 1);
  std::vector<Positioned> expected;
  Position next{1};
  for (std::uint64_t e = 1; e <= last; ++e) {
    REQUIRE(outside.given.contains(e));
    const LedgerGroup& group = outside.given.at(e);
    expected.insert(expected.end(), group.records.begin(), group.records.end());
    next = Position{group.first.value() + group.records.size()};
  }
  CHECK(journal.committed_end() == next);
  const auto topics = ledger_topics();
  const auto batch = journal.read(topics, Position{0}, 1'000'000, 1U << 30U);
  REQUIRE(batch);
  REQUIRE(batch->records.size() == expected.size());
  CHECK(std::equal(expected.begin(), expected.end(), batch->records.begin(), same));
  std::uint64_t seen = 0;
  REQUIRE(journal.replay(
      Epoch{0}, [&](Epoch e, BytesView steps, std::span<const Delta> deltas) -> Result<void> {
        CHECK(e.value() == ++seen);
        CHECK(steps == outside.given.at(seen).steps);
        REQUIRE(deltas.size() == 1);
        CHECK(deltas[0].value == std::to_string(seen));
        return {};
      }));
  CHECK(seen == last);
  outside.acknowledged = last;
}

// Commits until the power goes or `groups` are done.
void commit_some(Journal& journal, Outside& outside, std::uint64_t groups) {
  for (std::uint64_t i = 0; i < groups; ++i) {
    const LedgerGroup group = ledger_group(
        outside.seed, Epoch{journal.committed_epoch().value() + 1}, journal.committed_end());
    outside.given.insert_or_assign(group.epoch.value(), group);
    if (!journal.commit(built(group))) return;
    outside.acknowledged = group.epoch.value();
  }
}

void run(std::uint64_t seed) {
  PowerDisk disk;
  ManualClock clock;
  SeededRandom random{seed};
  Env env{clock, disk, random};
  Outside outside{seed, {}, 0};
  constexpr Cut kModes[] = {Cut::LoseAll, Cut::Torn,     Cut::Shuffled,
                            Cut::Torn,    Cut::Shuffled, Cut::KeepAll};
  for (int life = 0; life < 4; ++life) {
    CAPTURE(life);
    // Now and then the power goes while recovery itself is running.
    if (random.below(3) == 0) {
      disk.power_off_after(random.below(6));
      { const auto interrupted = Journal::open(env, "/var/journal", small_segments()); }
      disk.cut(random.next(), kModes[random.below(6)]);
    }
    auto journal = Journal::open(env, "/var/journal", small_segments());
    REQUIRE_MESSAGE(journal, (journal ? std::string{} : journal.error().message));
    compare(**journal, outside);
    disk.power_off_after(5 + random.below(120));
    commit_some(**journal, outside, 40);
    journal->reset();
    disk.cut(random.next(), kModes[random.below(6)]);
  }
  auto journal = Journal::open(env, "/var/journal", small_segments());
  REQUIRE_MESSAGE(journal, (journal ? std::string{} : journal.error().message));
  compare(**journal, outside);
}

}  // namespace

TEST_CASE(
    "after a power cut everything acknowledged is there, in whole groups and in order: 300 seeds") {
  set_log_level(LogLevel::Error);  // every run cuts tails
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    run(seed);
  }
}
