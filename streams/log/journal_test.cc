#include "streams/log/journal.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "base/metrics.h"
#include "sim/power_disk.h"
#include "sim/sim_env.h"
#include "sim/test_folder.h"

using namespace vitrine;
using namespace vitrine::sim;

namespace {

struct Simulated {
  PowerDisk disk;
  ManualClock clock;
  SeededRandom random{5};
  Env env{clock, disk, random};
};

JournalOptions small() {
  JournalOptions options;
  options.segment_bytes = 64U << 10U;
  options.prewrite_bytes = 0;  // every byte grows the file
  options.prewrite_at_open_bytes = options.prewrite_bytes;
  options.background = false;
  return options;
}

Group group_of(const Journal& journal,
               std::initializer_list<std::pair<const char*, const char*>> topic_and_value) {
  Group group{Epoch{journal.committed_epoch().value() + 1}, journal.committed_end()};
  for (const auto& [topic, value] : topic_and_value)
    group.append(topic, 0, {"k", value, at(Duration{5}), {}});
  return group;
}

std::vector<std::string> values(const Journal& journal, const std::vector<std::string>& topics) {
  const auto batch = journal.read(topics, Position{0}, 100'000, 1U << 30U);
  REQUIRE_MESSAGE(batch, (batch ? std::string{} : batch.error().message));
  std::vector<std::string> out;
  for (const Positioned& r : batch->records) out.push_back(r.record.value);
  return out;
}

}  // namespace

TEST_CASE("records of several topics come back in one order, also after reopening on a real disk") {
  const TempFolder temp;
  JournalOptions options;
  options.segment_bytes = 1U << 20U;
  {
    auto journal = Journal::open(real_env(), temp.path + "/log", options);
    REQUIRE(journal);
    CHECK((*journal)->recovery().created);
    REQUIRE((*journal)->commit(group_of(**journal, {{"a", "1"}, {"b", "2"}, {"a", "3"}})));
    REQUIRE((*journal)->commit(group_of(**journal, {{"b", "4"}})));
    CHECK((*journal)->sync_nanos().count() == 2);
  }
  for (int again = 0; again < 3; ++again) {
    auto journal = Journal::open(real_env(), temp.path + "/log", options);
    REQUIRE(journal);
    CHECK_FALSE((*journal)->recovery().created);
    CHECK_FALSE((*journal)->recovery().tail_cut);
    CHECK((*journal)->recovery().groups == 2);
    CHECK((*journal)->committed_end() == Position{5});
    CHECK(values(**journal, {"a", "b"}) == std::vector<std::string>{"1", "2", "3", "4"});
    CHECK(values(**journal, {"b"}) == std::vector<std::string>{"2", "4"});
    CHECK((*journal)->topics() == std::vector<std::string>{"a", "b"});
  }
}

TEST_CASE("a second opener is refused while the first lives, and tools may read beside it") {
  const TempFolder temp;
  auto first = Journal::open(real_env(), temp.path, small());
  REQUIRE(first);
  REQUIRE((*first)->commit(group_of(**first, {{"a", "1"}})));
  const auto second = Journal::open(real_env(), temp.path, small());
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Code::Conflict);
  CHECK(second.error().message.find("in use by process") != std::string::npos);

  auto reader = Journal::open_read_only(real_env().disk, temp.path);
  REQUIRE(reader);
  CHECK(values(**reader, {"a"}) == std::vector<std::string>{"1"});
  CHECK((*reader)->incarnation() == (*first)->incarnation());
  CHECK((*reader)->commit(group_of(**reader, {})).error().code == Code::Unsupported);
  CHECK(Journal::open_read_only(real_env().disk, temp.path + "/none").error().code ==
        Code::NotFound);
}

TEST_CASE("epochs and positions out of order are refused and change nothing") {
  Simulated sim;
  auto journal = Journal::open(sim.env, "/j", small());
  REQUIRE(journal);
  REQUIRE((*journal)->commit(group_of(**journal, {{"a", "1"}})));
  CHECK((*journal)->commit(Group{Epoch{3}, Position{2}}).error().code == Code::Invalid);
  CHECK((*journal)->commit(Group{Epoch{1}, Position{2}}).error().code == Code::Invalid);
  CHECK((*journal)->commit(Group{Epoch{2}, Position{1}}).error().code == Code::Invalid);
  CHECK((*journal)->committed_epoch() == Epoch{1});
  REQUIRE((*journal)->commit(Group{Epoch{2}, Position{9}}));
  CHECK((*journal)->committed_end() == Position{9});
}

TEST_CASE(
    "on a full disk nothing is committed, reading goes on, and the same group commits when space "
    "returns") {
  for (const std::uint64_t space : {0U, 10U, 100U, 600U, 1000U}) {
    CAPTURE(space);
    Simulated sim;
    auto journal = Journal::open(sim.env, "/j", small());
    REQUIRE(journal);
    REQUIRE((*journal)->commit(group_of(**journal, {{"a", "before"}})));
    Group group = group_of(**journal, {{"a", std::string(1500, 'x').c_str()}});
    sim.disk.set_space(space);
    const auto refused = (*journal)->commit(std::move(group));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::StorageFull);
    CHECK((*journal)->committed_epoch() == Epoch{1});
    CHECK(values(**journal, {"a"}) == std::vector<std::string>{"before"});
    sim.disk.set_space({});
    REQUIRE((*journal)->commit(group_of(**journal, {{"a", "small"}})));
    journal->reset();
    journal = Journal::open(sim.env, "/j", small());
    REQUIRE(journal);
    CHECK_FALSE((*journal)->recovery().tail_cut);
    CHECK(values(**journal, {"a"}) == std::vector<std::string>{"before", "small"});
  }
}

TEST_CASE(
    "a disk that fills up at the end of a segment lets the journal go on in the next one later") {
  Simulated sim;
  JournalOptions options = small();
  options.segment_bytes = 6000;
  auto journal = Journal::open(sim.env, "/j", options);
  REQUIRE(journal);
  std::vector<std::string> expected;
  const std::string text(700, 'y');
  for (int i = 0; i < 40; ++i) {
    if (i % 3 == 1) {
      sim.disk.set_space(i * 50);
      const auto maybe = (*journal)->commit(group_of(**journal, {{"a", text.c_str()}}));
      if (maybe)
        expected.push_back(text);
      else
        CHECK(maybe.error().code == Code::StorageFull);
      sim.disk.set_space({});
    }
    REQUIRE((*journal)->commit(group_of(**journal, {{"a", text.c_str()}})));
    expected.push_back(text);
  }
  CHECK(values(**journal, {"a"}) == expected);
  journal->reset();
  journal = Journal::open(sim.env, "/j", options);
  REQUIRE(journal);
  CHECK(values(**journal, {"a"}) == expected);
}

TEST_CASE("after a failed sync nothing more is taken, and the group is never served") {
  Simulated sim;
  JournalOptions options = small();
  int told = 0;
  options.on_sync_failure = [&](const Error&) { ++told; };
  auto journal = Journal::open(sim.env, "/j", options);
  REQUIRE(journal);
  REQUIRE((*journal)->commit(group_of(**journal, {{"a", "1"}})));
  sim.disk.fail_sync(1);
  CHECK_FALSE((*journal)->commit(group_of(**journal, {{"a", "2"}})));
  CHECK((*journal)->commit(group_of(**journal, {{"a", "3"}})).error().code == Code::Unavailable);
  CHECK(told == 1);
  CHECK(values(**journal, {"a"}) == std::vector<std::string>{"1"});
}

TEST_CASE("by default a failed sync ends the process") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(1);
    Simulated sim;
    auto journal = Journal::open(sim.env, "/j", small());
    if (!journal) ::_exit(2);
    sim.disk.fail_sync(1);
    (void)(*journal)->commit(group_of(**journal, {{"a", "1"}}));
    ::_exit(3);  // must not be reached
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 74);
}

TEST_CASE("a group larger than a segment gets one for itself, and steps and removals come back") {
  Simulated sim;
  JournalOptions options = small();
  options.segment_bytes = 8192;
  auto journal = Journal::open(sim.env, "/j", options);
  REQUIRE(journal);
  REQUIRE((*journal)->commit(group_of(**journal, {{"a", "1"}})));
  Group big = group_of(**journal, {{"a", std::string(50'000, 'b').c_str()}});
  big.add_delta("stock", "sku-1", "7", false);
  big.add_delta("carts", "viewer", {}, true);
  big.add_delta("stock", "sku-2", {}, false);
  big.set_steps("poll 1..2");
  REQUIRE((*journal)->commit(std::move(big)));
  REQUIRE((*journal)->commit(group_of(**journal, {{"a", "3"}})));
  for (int again = 0; again < 2; ++again) {
    CHECK(values(**journal, {"a"}).at(1).size() == 50'000);
    std::vector<std::uint64_t> epochs;
    REQUIRE((*journal)->replay(
        Epoch{1}, [&](Epoch e, BytesView steps, std::span<const Delta> deltas) -> Result<void> {
          epochs.push_back(e.value());
          if (e == Epoch{3}) return {};
          CHECK(steps == "poll 1..2");
          REQUIRE(deltas.size() == 3);
          CHECK(deltas[0].store == "stock");
          CHECK(deltas[0].value == "7");
          CHECK(deltas[1].removed);
          CHECK(deltas[1].store == "carts");
          CHECK_FALSE(deltas[2].removed);
          return {};
        }));
    CHECK(epochs == std::vector<std::uint64_t>{2, 3});
    journal->reset();
    journal = Journal::open(sim.env, "/j", options);
    REQUIRE(journal);
  }
}

TEST_CASE("readers beside the committer see whole groups in order, from memory and from disk") {
  const TempFolder temp;
  JournalOptions options;
  options.segment_bytes = 256U << 10U;
  options.prewrite_bytes = 64U << 10U;
  options.prewrite_at_open_bytes = options.prewrite_bytes;
  options.tail_cache_bytes = 8U << 10U;
  options.sync = false;  // durability is not the question here
  auto opened = Journal::open(real_env(), temp.path, options);
  REQUIRE(opened);
  Journal& journal = **opened;
  constexpr std::uint64_t kGroups = 400;
  constexpr std::uint64_t kPerGroup = 8;
  std::atomic<bool> wrong{false};
  std::thread reader{[&] {
    const std::vector<std::string> topics{"a", "b"};
    Position from{1};
    while (from.value() <= kGroups * kPerGroup && !wrong) {
      const auto batch = journal.read(topics, from, 50, 1U << 20U);
      if (!batch) wrong = true;
      if (!batch) return;
      std::uint64_t expected = from.value();
      for (const Positioned& r : batch->records) wrong = wrong || r.position.value() != expected++;
      if (batch->next.value() != expected) wrong = true;
      from = batch->next;
    }
  }};
  for (std::uint64_t e = 1; e <= kGroups; ++e) {
    Group group{Epoch{e}, journal.committed_end()};
    for (std::uint64_t i = 0; i < kPerGroup; ++i)
      group.append(i % 2 ? "a" : "b", 0, {"key", std::string(100, 'v'), {}, {}});
    if (!journal.commit(std::move(group))) wrong = true;
  }
  reader.join();
  CHECK_FALSE(wrong);
}
