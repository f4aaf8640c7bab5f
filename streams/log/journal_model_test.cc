// Random operations on a journal and on the simplest thing that could be one, compared after each
// step.
#include <doctest/doctest.h>

#include <algorithm>

#include "sim/journal_ledger.h"
#include "sim/power_disk.h"

using namespace vitrine;
using namespace vitrine::sim;

namespace {

struct Model {
  std::vector<Positioned> records;
  Position end{1};

  std::vector<Positioned> read(const std::vector<std::string>& topics, Position from,
                               std::size_t max) const {
    std::vector<Positioned> out;
    for (const Positioned& r : records) {
      if (r.position < from || out.size() == max) continue;
      if (std::find(topics.begin(), topics.end(), r.topic) != topics.end()) out.push_back(r);
    }
    return out;
  }
};

JournalOptions options_of(SeededRandom& random) {
  JournalOptions options;
  options.segment_bytes = 6000 + random.below(20000);
  options.prewrite_bytes = random.below(3) * 3000;
  options.prewrite_at_open_bytes = options.prewrite_bytes;
  options.tail_cache_bytes = random.below(3) * 2000;  // disk only, mixed
  options.background = false;
  return options;
}

std::vector<std::string> some_topics(SeededRandom& random) {
  std::vector<std::string> topics;
  for (const std::string& topic : ledger_topics()) {
    if (random.below(2) == 0) topics.push_back(topic);
  }
  if (random.below(4) == 0) topics.push_back("no.such.topic");
  return topics;
}

void compare_read(const Journal& journal, const Model& model, SeededRandom& random) {
  const auto topics = some_topics(random);
  const Position from{random.below(model.end.value() + 3)};
  const std::size_t max = 1 + random.below(30);
  const ByteCount max_bytes = random.below(3) == 0 ? 1 + random.below(400) : 1U << 30U;
  const auto batch = journal.read(topics, from, max, max_bytes);
  REQUIRE(batch);
  const auto expected = model.read(topics, from, max);
  if (max_bytes == 1U << 30U) REQUIRE(batch->records.size() == expected.size());
  REQUIRE(batch->records.size() <= expected.size());
  REQUIRE(batch->records.empty() == expected.empty());
  CHECK(std::equal(batch->records.begin(), batch->records.end(), expected.begin(), same));
  // Going on at `next` gives exactly what is left.
  const auto rest = journal.read(topics, batch->next, 1'000'000, 1U << 30U);
  REQUIRE(rest);
  const auto all = model.read(topics, from, 1'000'000);
  REQUIRE(rest->records.size() + batch->records.size() == all.size());
  CHECK(std::equal(rest->records.begin(), rest->records.end(),
                   all.begin() + static_cast<std::ptrdiff_t>(batch->records.size()), same));
  CHECK(rest->next == std::max(journal.committed_end(), batch->next));
}

void run(std::uint64_t seed) {
  SeededRandom random{seed};
  PowerDisk disk;
  ManualClock clock;
  Env env{clock, disk, random};
  Model model;
  auto journal = Journal::open(env, "/j", options_of(random));
  REQUIRE(journal);
  for (int step = 0; step < 120; ++step) {
    CAPTURE(step);
    const std::uint64_t dice = random.below(20);
    if (dice < 9) {
      const Position first{model.end.value() + (random.below(5) == 0
                                                    ? random.below(7)
                                                    : 0)};  // positions may have gaps
      const auto group =
          ledger_group(seed, Epoch{(*journal)->committed_epoch().value() + 1}, first);
      REQUIRE((*journal)->commit(built(group)));
      model.records.insert(model.records.end(), group.records.begin(), group.records.end());
      model.end = Position{first.value() + group.records.size()};
    } else if (dice == 19) {
      journal->reset();
      journal = Journal::open(env, "/j", options_of(random));
      REQUIRE_MESSAGE(journal, (journal ? std::string{} : journal.error().message));
      CHECK_FALSE((*journal)->recovery().tail_cut);
    } else {
      compare_read(**journal, model, random);
    }
    REQUIRE((*journal)->committed_end() == model.end);
  }
}

}  // namespace

TEST_CASE(
    "a journal does what a sorted list of records does, through rolls and reopenings: 150 seeds") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    run(seed);
  }
}
