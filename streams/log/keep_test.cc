// Runs, recycled segments, retention and compaction, one rule at a time. Faults are in
// keep_faults_test.cc, random runs in keep_model_test.cc.
#include <doctest/doctest.h>

#include "sim/kept_journal.h"

using namespace vitrine;
using namespace vitrine::sim;
using namespace std::chrono_literals;

TEST_CASE("a retired segment is read from its runs, also after a restart; its file is reused") {
  KeptJournal sim;
  sim.fill("a", 30);
  sim.tend_all();
  CHECK(sim.files("run-").empty());  // nothing was released
  CHECK(sim.journal->wants_released() > Epoch{20});
  const auto segments = sim.files("segment-").size();
  sim.journal->release(sim.journal->wants_released());
  sim.tend_all();

  CHECK(sim.journal->retired() > Epoch{20});
  CHECK(sim.files("run-").size() >= 2);  // of the topic and of the steps
  CHECK(sim.files("segment-").size() < segments);
  CHECK(sim.values("a") == numbered("v", 0, 30));
  CHECK(sim.values("a", Position{20}) == numbered("v", 19, 30));
  sim.fill("a", 20, "w");  // into recycled files
  const auto all = sim.files("segment-");
  CHECK(std::any_of(all.begin(), all.end(), [&](const std::string& path) {
    return sim.disk.content(path).starts_with("VTJSEG02");
  }));

  sim.open();
  CHECK_FALSE(sim.journal->recovery().tail_cut);
  auto expected = numbered("v", 0, 30);
  for (const auto& value : numbered("w", 0, 20)) expected.push_back(value);
  CHECK(sim.values("a") == expected);
  const std::vector<std::string> topics{"a"};
  const auto one = sim.journal->read(topics, Position{3}, 1, 1);
  REQUIRE(one);
  CHECK(one->records[0].position == Position{3});
  CHECK(one->records[0].partition == 2);
  CHECK(one->records[0].record.timestamp == at(7s));
  CHECK(one->records[0].record.correlation == "c");
  CHECK(one->next == Position{4});
  CHECK(one->earliest == Position{0});
}

TEST_CASE("retired groups keep their steps, and say that their state changes are gone") {
  KeptJournal sim;
  sim.fill("a", 30);
  sim.journal->release(Epoch{30});
  sim.tend_all();
  const Epoch retired = sim.journal->retired();
  REQUIRE(retired > Epoch{0});
  std::uint64_t seen = 3;
  REQUIRE(sim.journal->replay(
      Epoch{3}, [&](Epoch epoch, BytesView steps, std::span<const Delta> deltas) -> Result<void> {
        CHECK(epoch.value() == ++seen);
        CHECK(steps == "step " + std::to_string(seen));
        CHECK(deltas.empty() == (epoch <= retired));
        return {};
      }));
  CHECK(seen == 30);
}

TEST_CASE("expired records are unreadable at once, and leave the disk beside a topic for ever") {
  KeptJournal sim;
  sim.journal->keep("short", {1min, false, {}});
  sim.fill("short", 3, "secret");
  sim.fill("long", 2, "kept");
  sim.clock.advance(30s);
  sim.fill("short", 1, "young");
  sim.clock.advance(29s);
  sim.tend_all();
  CHECK(sim.values("short").size() == 4);

  sim.clock.advance(2s);  // the first ones are 61 s old
  sim.tend_all();
  CHECK(sim.values("short") == std::vector<std::string>{"young0"});
  CHECK(sim.earliest("short") == Position{4});
  CHECK(sim.earliest("long") == Position{0});
  CHECK(sim.values("long") == numbered("kept", 0, 2));
  CHECK(sim.on_disk("secret"));

  // Nothing more is committed: the segment is ended by time, and goes when the state is safe.
  sim.clock.advance(KeptJournal::options().segment_time);
  sim.tend_all();
  CHECK(sim.journal->wants_released() == sim.journal->committed_epoch());
  sim.journal->release(sim.journal->wants_released());
  sim.tend_all();
  CHECK_FALSE(sim.on_disk("secret"));
  CHECK_FALSE(sim.on_disk("young"));
  CHECK(sim.values("short").empty());
  CHECK(sim.values("long") == numbered("kept", 0, 2));
  sim.open();
  CHECK(sim.earliest("short") == Position{7});
  CHECK(sim.values("long") == numbered("kept", 0, 2));
  sim.fill("long", 1, "after");
  CHECK(sim.values("long").size() == 3);
}

TEST_CASE("a record in a run expires in time although its neighbours in the run do not") {
  KeptJournal sim;
  sim.journal->keep("short", {1min, false, {}});
  for (int i = 0; i < 20; ++i) {
    sim.fill("short", 1, "at" + std::to_string(i) + "-");
    sim.clock.advance(1s);
  }
  sim.journal->release(Epoch{20});
  sim.tend_all();
  REQUIRE(sim.journal->retired() > Epoch{8});
  for (int second = 20; second < 80; ++second) {
    sim.clock.advance(1s);
    sim.tend_all();
    const int gone = std::clamp(second + 1 - 59, 0, 20);
    CAPTURE(second);
    CHECK(sim.values("short").size() == static_cast<std::size_t>(20 - gone));
  }
  CHECK(sim.files("run-").empty());
}

TEST_CASE("what a consumer still needs neither expires nor is compacted") {
  KeptJournal sim;
  sim.journal->keep("short", {1min, false, {}});
  sim.journal->keep("table", {Duration{0}, true, 1min});
  sim.fill("short", 10);
  sim.fill("table", 10);
  sim.journal->hold("slow", Position{5});
  sim.journal->release(Epoch{20});
  sim.clock.advance(1h);
  sim.tend_all();
  sim.journal->release(sim.journal->wants_released());
  sim.tend_all();
  CHECK(sim.values("short") == numbered("v", 4, 10));
  CHECK(sim.values("table") == numbered("v", 0, 10));
  sim.journal->let_go("slow");
  sim.tend_all();
  CHECK(sim.values("short").empty());
  CHECK(sim.values("table") == std::vector<std::string>{"v9"});
}

TEST_CASE("a compacted topic keeps the newest record of each key, and removals for a while") {
  KeptJournal sim;
  sim.journal->keep("table", {Duration{0}, true, 30min});
  for (int round = 0; round < 12; ++round) {
    for (const char* key : {"x", "y", "z"})
      REQUIRE(sim.commit("table", key, key + std::to_string(round) + std::string(1000, '.')));
  }
  REQUIRE(sim.commit("table", "y", ""));
  const auto compacted = [&] {
    sim.clock.advance(KeptJournal::options().segment_time);
    sim.tend_all();
    sim.journal->release(sim.journal->wants_released());
    sim.tend_all();
  };
  compacted();
  CHECK(sim.values("table") == std::vector<std::string>{"x11", "z11", ""});
  REQUIRE(sim.commit("table", "x", "x12" + std::string(4000, '.')));
  sim.clock.advance(30min);
  compacted();  // the removal is old enough, and goes with the next compaction
  CHECK(sim.values("table") == std::vector<std::string>{"z11", "x12"});
  CHECK(sim.earliest("table") == Position{0});
  sim.open();
  sim.journal->keep("table", {Duration{0}, true, 30min});
  CHECK(sim.values("table") == std::vector<std::string>{"z11", "x12"});
}

TEST_CASE("runs of a topic that stays for ever are merged, so that they stay few") {
  KeptJournal sim;
  for (int i = 0; i < 120; ++i) {
    sim.fill("a", 5, "n" + std::to_string(i) + "-");
    sim.journal->release(sim.journal->committed_epoch());
    sim.tend_all();
  }
  CHECK(sim.values("a").size() == 600);
  CHECK(sim.files("run-").size() < 40);
  REQUIRE(Journal::verify(sim.disk, "/j"));
}

TEST_CASE("a tool reads on beside the writer, whatever is retired, recycled or merged under it") {
  KeptJournal sim;
  sim.fill("a", 30);
  const auto tool = Journal::open_read_only(sim.disk, "/j");
  REQUIRE(tool);
  const std::vector<std::string> topics{"a"};
  Position next{1};
  std::size_t seen = 0;
  for (int round = 0; round < 40; ++round) {
    const auto batch = (*tool)->read(topics, next, 7, 1U << 30U);
    REQUIRE_MESSAGE(batch, (batch ? std::string{} : batch.error().message));
    for (const auto& one : batch->records) CHECK(one.position.value() == ++seen);
    next = batch->next;
    sim.journal->release(sim.journal->committed_epoch());
    sim.tend_all();
    sim.fill("a", 6, "w");
  }
  CHECK(seen > 100);
  std::uint64_t steps = 0;
  REQUIRE((*tool)->replay(Epoch{0},
                          [&](Epoch epoch, BytesView, std::span<const Delta>) -> Result<void> {
                            CHECK(epoch.value() == ++steps);
                            return {};
                          }));
  CHECK(steps > 200);
}
