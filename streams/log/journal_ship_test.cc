// Groups that leave one journal and are the same in another; the gate between durable and shown.
#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "sim/power_disk.h"
#include "sim/sim_env.h"
#include "streams/log/group_check.h"
#include "streams/log/journal.h"

using namespace vitrine;
using namespace vitrine::sim;

namespace {

struct Machine {
  PowerDisk disk;
  ManualClock clock;
  SeededRandom random;
  Env env{clock, disk, random};
  bool follows = false;
  explicit Machine(std::uint64_t seed) : random(seed) { clock.advance(Duration{1'000'000}); }

  std::unique_ptr<Journal> open(ByteCount segment_bytes = 16U << 10U) {
    JournalOptions options;
    options.follows = follows;
    options.segment_bytes = segment_bytes;
    options.prewrite_bytes = options.prewrite_at_open_bytes = 0;
    options.tail_cache_bytes = 1024;  // most are read from the file again
    options.tail_bytes = 0;
    options.background = false;
    options.on_sync_failure = [](const Error&) {};
    auto journal = Journal::open(env, "/log", options);
    REQUIRE_MESSAGE(journal, (journal ? "" : journal.error().message));
    return std::move(*journal);
  }
};

// Records of two topics with gaps between their positions, state changes and steps.
void commit(Journal& journal, const std::string& value) {
  const std::uint64_t next = journal.committed_end().value();
  Group group(Epoch{journal.committed_epoch().value() + 1}, Position{next}, Position{next + 7});
  group.append("t", 3, {"k", value, at(Duration{5}), "c"});
  group.append("u", 1, {"k", value + "!", at(Duration{6}), {}});
  group.add_delta("s", "k", value, false);
  group.add_delta("s", "gone", {}, true);
  group.set_steps("steps of " + value);
  REQUIRE(journal.commit(std::move(group)));
}

std::vector<ShippedGroup> shipped(const Journal& journal, Epoch after) {
  std::vector<ShippedGroup> out;
  while (auto group = journal.ship(after).value()) {
    after = group->epoch;
    out.push_back(std::move(*group));
  }
  return out;
}

// Everything a journal holds, as text.
std::string told(const Journal& journal) {
  std::string out = "epoch " + std::to_string(journal.committed_epoch().value()) + " end " +
                    std::to_string(journal.committed_end().value()) + " time " +
                    std::to_string(millis_of(journal.last_time())) + "\n";
  const std::vector<std::string> topics{"t", "u"};
  const auto batch = journal.read(topics, Position{1}, 100'000, 64U << 20U).value();
  for (const auto& one : batch.records) {
    out += one.topic + std::to_string(one.partition) + " " + std::to_string(one.position.value()) +
           " " + one.record.key + "=" + one.record.value + " " + one.record.correlation + "\n";
  }
  REQUIRE(journal.replay(Epoch{0}, [&](Epoch epoch, BytesView steps, std::span<const Delta> all) {
    out += std::to_string(epoch.value()) + " " + std::string(steps);
    for (const Delta& one : all)
      out += " " + std::string(one.store) + "/" + std::string(one.key) + "=" +
             std::string(one.value) + (one.removed ? "-" : "");
    out += "\n";
    return Result<void>{};
  }));
  return out;
}

// A second machine with a copy of the first one's journal as it is now.
std::unique_ptr<Journal> copied(Journal& from, Machine& source, Machine& target) {
  static int number = 0;
  const std::string folder = "/copy" + std::to_string(++number);
  REQUIRE(source.disk.make_folder(folder));
  REQUIRE(from.copy_to(folder, [] { return Result<void>{}; }));
  REQUIRE(target.disk.make_folder("/log"));
  const auto names = source.disk.list(folder).value();
  for (const auto& name : names) {
    auto file = target.disk.open("/log/" + name, OpenMode::CreateNew).value();
    REQUIRE(file->write_at(0, source.disk.content(folder + "/" + name)));
    REQUIRE(file->sync());
  }
  REQUIRE(target.disk.sync_folder("/log"));
  return target.open();
}

}  // namespace

TEST_CASE("a follower's journal tells what the followed one does, group by group and in heaps") {
  Machine first{1}, second{2};
  auto journal = first.open();
  commit(*journal, "one");
  auto follower = copied(*journal, first, second);
  CHECK(follower->incarnation() == journal->incarnation());
  CHECK(told(*follower) == told(*journal));
  commit(*journal, "two");
  REQUIRE(follower->take(shipped(*journal, follower->committed_epoch())));
  CHECK(told(*follower) == told(*journal));
  for (int i = 0; i < 200; ++i) {  // over several segments
    first.clock.advance(Duration{i});
    commit(*journal, std::string(400, 'x') + std::to_string(i));
  }
  REQUIRE(follower->take(shipped(*journal, follower->committed_epoch())));
  CHECK(told(*follower) == told(*journal));
  const std::string before = told(*follower);
  const Incarnation incarnation = follower->incarnation();
  follower.reset();
  second.disk.cut(7, Cut::LoseAll);  // what take() returned for is on the disk
  follower = second.open();
  CHECK(told(*follower) == before);
  CHECK(follower->incarnation() == incarnation);
  commit(*follower, "goes on by itself");
}

TEST_CASE("a follower that loses power comes back as a beginning of the log, and goes on") {
  Machine first{1};
  auto journal = first.open();
  for (int i = 0; i < 60; ++i) commit(*journal, std::string(300, 'p') + std::to_string(i));
  const auto groups = shipped(*journal, Epoch{0});
  int torn = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    Machine second{seed};
    second.follows = true;
    auto fresh = Machine{1};
    auto empty = fresh.open();  // the same incarnation, before its first group
    auto follower = copied(*empty, fresh, second);
    REQUIRE(follower->incarnation() == journal->incarnation());
    std::size_t acknowledged = 0;
    second.disk.power_off_after(1 + second.random.below(60));
    while (acknowledged < groups.size()) {
      const std::size_t together = 1 + second.random.below(9);
      const auto some = std::span(groups).subspan(acknowledged).first(
          std::min(together, groups.size() - acknowledged));
      if (!follower->take(some)) break;
      acknowledged += some.size();
    }
    follower.reset();
    constexpr std::array kModes{Cut::LoseAll, Cut::KeepAll, Cut::Torn, Cut::Shuffled};
    second.disk.cut(seed, kModes[second.random.below(kModes.size())]);
    follower = second.open();
    torn += follower->recovery().tail_cut;
    CHECK(follower->incarnation() == journal->incarnation());
    const std::uint64_t there = follower->committed_epoch().value();
    CHECK(there >= acknowledged);
    REQUIRE(follower->take(std::span(groups).subspan(there)));
    CHECK(told(*follower) == told(*journal));
  }
  CHECK(torn > 10);
}

TEST_CASE("a follower refuses a damaged group, a gap, a repetition, and another log's group") {
  Machine first{1}, second{2}, other{3};
  auto journal = first.open();
  auto follower = copied(*journal, first, second);
  auto stranger = other.open();
  commit(*journal, "one");
  commit(*journal, "two");
  commit(*stranger, "one");
  const auto groups = shipped(*journal, Epoch{0});
  const std::string before = told(*follower);
  const auto refused = [&](const ShippedGroup& group) {
    const auto taken = follower->take(std::span(&group, 1));
    CHECK(told(*follower) == before);
    return taken ? std::string("taken") : std::string(name_of(taken.error().code));
  };
  const ByteCount used = journal_format::kGroupHeaderBytes +
                         journal_format::check_group(groups[0]).value().header.body_bytes;
  for (std::size_t bit = 0; bit < used * 8; ++bit) {
    auto bytes = std::make_shared<Bytes>(*groups[0].bytes);
    (*bytes)[bit / 8] = static_cast<char>((*bytes)[bit / 8] ^ (1 << bit % 8));
    ShippedGroup flipped = groups[0];
    flipped.bytes = bytes;
    const auto taken = follower->take(std::span(&flipped, 1));
    REQUIRE((!taken && taken.error().code == Code::Corrupt));
  }
  CHECK(told(*follower) == before);
  ShippedGroup cut = groups[0];
  cut.bytes = std::make_shared<Bytes>(groups[0].bytes->substr(0, groups[0].bytes->size() - 8));
  CHECK(refused(cut) == name_of(Code::Corrupt));
  ShippedGroup moved = groups[0];
  moved.offset += 8;
  CHECK(refused(moved) == name_of(Code::Corrupt));
  CHECK(refused(groups[1]) == name_of(Code::Conflict));  // the one before it is missing
  CHECK(refused(*stranger->ship(Epoch{0}).value()) == name_of(Code::Conflict));
  REQUIRE(follower->take(groups));
  const auto again = follower->take(std::span(groups.data(), 1));
  CHECK((!again && again.error().code == Code::Conflict));
}

TEST_CASE("of groups that do not all fit on the disk a beginning is taken, and the rest later") {
  Machine first{1}, second{2};
  auto journal = first.open();
  auto follower = copied(*journal, first, second);
  for (int i = 0; i < 20; ++i) commit(*journal, std::string(300, 'y') + std::to_string(i));
  const auto groups = shipped(*journal, Epoch{0});
  second.disk.set_space(3'000);
  const auto taken = follower->take(groups);
  CHECK((!taken && taken.error().code == Code::StorageFull));
  const Epoch reached = follower->committed_epoch();
  CHECK(reached > Epoch{0});
  CHECK(reached < Epoch{20});
  second.disk.set_space(std::nullopt);
  REQUIRE(follower->take(std::span(groups).subspan(reached.value())));
  CHECK(told(*follower) == told(*journal));
}

namespace {

// Notes what a reader sees while a group waits.
struct Watching final : CommitGate {
  Journal* journal = nullptr;
  bool pass = true;
  std::vector<std::string> seen;
  Result<void> durable(const ShippedGroup& group) override {
    seen.push_back(std::to_string(group.epoch.value()) + " while " +
                   std::to_string(journal->committed_epoch().value()) + " is shown");
    REQUIRE(journal_format::check_group(group));
    if (!pass) return fail(Code::Conflict, "fenced");
    return {};
  }
  Result<void> may_begin(Epoch) override { return {}; }
  void hurry() override {}
};

}  // namespace

TEST_CASE("behind a gate a group is durable before it is shown; a refused one never is shown") {
  Machine machine{1};
  auto journal = machine.open();
  const auto watching = std::make_shared<Watching>();
  Watching& gate = *watching;
  gate.journal = journal.get();
  journal->set_gate(watching);
  commit(*journal, "one");
  commit(*journal, "two");
  CHECK(gate.seen == std::vector<std::string>{"1 while 0 is shown", "2 while 1 is shown"});
  gate.pass = false;
  Group group(Epoch{3}, journal->committed_end());
  group.append("t", 0, {"k", "three", at(Duration{5}), {}});
  const auto refused = journal->commit(std::move(group));
  CHECK((!refused && refused.error().code == Code::Conflict));
  CHECK(journal->committed_epoch() == Epoch{2});
  CHECK(journal->ship(Epoch{2}).value().has_value() == false);
  Group next(Epoch{3}, journal->committed_end());
  CHECK_FALSE(journal->commit(std::move(next)));  // nothing may follow it
  journal.reset();
  journal = machine.open();  // it was durable all the time
  CHECK(journal->committed_epoch() == Epoch{3});
}

TEST_CASE("what a follower still needs is not retired; what was retired is said") {
  Machine machine{1};
  auto journal = machine.open(4'096 + 4'096);
  for (int i = 0; i < 100; ++i) commit(*journal, std::string(200, 'z'));
  journal->keep_groups(Epoch{10});
  journal->release(Epoch{100});
  const auto tend = [&] {
    while (journal->tend(machine.clock.now()).value()) {
    }
  };
  tend();
  CHECK(journal->retired() <= Epoch{10});
  CHECK(journal->ship(Epoch{10}).value()->epoch == Epoch{11});
  journal->keep_groups(Epoch{60});
  tend();
  CHECK(journal->retired() > Epoch{10});
  CHECK(journal->retired() <= Epoch{60});
  const auto gone = journal->ship(Epoch{10});
  CHECK((!gone && gone.error().code == Code::OutOfRange));
}
