// What recovery makes of files that were cut, damaged or used before.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/log.h"
#include "sim/journal_ledger.h"
#include "sim/power_disk.h"
#include "streams/log/format.h"
#include "streams/log/recovery.h"

using namespace vitrine;
using namespace vitrine::sim;
using journal_format::kSegmentHeaderBytes;

namespace {

const std::string kFile = "/j/" + journal_format::segment_name(1);

JournalOptions options() {
  JournalOptions o;
  o.segment_bytes = 16U << 10U;
  o.prewrite_bytes = 1U << 10U;
  o.prewrite_at_open_bytes = o.prewrite_bytes;
  o.tail_cache_bytes = 0;
  o.background = false;
  return o;
}

// A journal of a few small groups in one segment, and what it holds.
struct Written {
  PowerDisk disk;
  ManualClock clock;
  SeededRandom random{11};
  Env env{clock, disk, random};
  std::vector<std::vector<Positioned>> groups;
  Incarnation incarnation;
  std::uint64_t last_group_at = 0;
  std::uint64_t end = 0;
  Bytes content;

  explicit Written(std::uint64_t count) {
    set_log_level(LogLevel::Error);
    auto journal = Journal::open(env, "/j", options());
    REQUIRE(journal);
    incarnation = (*journal)->incarnation();
    for (std::uint64_t e = 1; e <= count; ++e) {
      Group group{Epoch{e}, (*journal)->committed_end()};
      groups.emplace_back();
      for (std::uint64_t i = 0; i < 2; ++i) {
        const Record record{"k" + std::to_string(i), "value-" + std::to_string(e),
                            at(Duration{1000 + static_cast<int>(e)}), "c"};
        const std::string topic = i == 0 ? "a" : "b";
        groups.back().push_back({topic, 0, group.append(topic, 0, view_of(record)), record});
      }
      group.add_delta("s", "k", std::to_string(e), false);
      group.set_steps("t");
      REQUIRE((*journal)->commit(std::move(group)));
    }
    content = disk.content(kFile);
    const auto found = find_journal(disk, "/j");
    REQUIRE(found);
    last_group_at = found->segments.back().groups.back().offset;
    end = found->segments.back().end;
  }

  // True when `journal` holds exactly the first `count` groups; false when it refuses; anything
  // else is a failure.
  bool holds(const Journal& journal, std::size_t count) const {
    const std::vector<std::string> topics{"a", "b"};
    const auto batch = journal.read(topics, Position{0}, 1000, 1U << 20U);
    if (!batch) {
      CHECK(batch.error().code == Code::Corrupt);
      return false;
    }
    std::vector<Positioned> expected;
    for (std::size_t i = 0; i < count; ++i)
      expected.insert(expected.end(), groups[i].begin(), groups[i].end());
    REQUIRE(batch->records.size() == expected.size());
    REQUIRE(std::equal(expected.begin(), expected.end(), batch->records.begin(), same));
    return true;
  }
};

}  // namespace

TEST_CASE(
    "a file that ends at any byte of its last group keeps all groups before it, and never a part") {
  Written w{4};
  for (const bool zeros : {false, true}) {
    for (std::uint64_t at_byte = w.last_group_at; at_byte < w.end; ++at_byte) {
      CAPTURE(at_byte);
      Bytes cut = w.content.substr(0, at_byte);
      const bool something_left = cut.find_first_not_of('\0', w.last_group_at) != Bytes::npos;
      if (zeros) cut.resize(w.content.size());
      PowerDisk disk;
      disk.set_content(kFile, cut);
      Env env{w.clock, disk, w.random};
      auto journal = Journal::open(env, "/j", options());
      REQUIRE_MESSAGE(journal, (journal ? std::string{} : journal.error().message));
      // The last bytes of a group are padding: without them it is complete.
      const bool complete = (*journal)->committed_epoch() == Epoch{4};
      if (complete) CHECK(at_byte + journal_format::kGroupAlignment > w.end);
      CHECK(w.holds(**journal, complete ? 4 : 3));
      CHECK((*journal)->recovery().tail_cut == (something_left && !complete));
      CHECK(((*journal)->incarnation() != w.incarnation) == (*journal)->recovery().tail_cut);
      Group next{Epoch{(*journal)->committed_epoch().value() + 1}, (*journal)->committed_end()};
      next.append("a", 0, {"k", "next", {}, {}});
      CHECK((*journal)->commit(std::move(next)));
    }
  }
}

TEST_CASE(
    "every single flipped bit of a journal is refused, harmless, or reported as a cut of the last "
    "group") {
  Written w{3};
  std::uint64_t refused = 0;
  std::uint64_t cut = 0;
  for (std::uint64_t bit = 0; bit < (w.end + 64) * 8; ++bit) {
    CAPTURE(bit);
    w.disk.flip_bit(kFile, bit);
    const auto journal = Journal::open_read_only(w.disk, "/j");
    if (!journal) {
      ++refused;
      CHECK(journal.error().code == Code::Corrupt);
      CHECK(journal.error().message.find(kFile) != std::string::npos);
      CHECK(bit / 8 < w.last_group_at);
    } else if ((*journal)->committed_epoch() == Epoch{3}) {
      CHECK(w.holds(**journal, 3));
    } else {
      ++cut;
      CHECK(bit / 8 >= w.last_group_at);
      CHECK((*journal)->recovery().tail_cut);
      CHECK(w.holds(**journal, 2));
    }
    w.disk.flip_bit(kFile, bit);
  }
  CHECK(refused >=
        (w.last_group_at - kSegmentHeaderBytes) * 7);  // all but padding and magic look-alikes
  CHECK(cut > 0);
}

TEST_CASE("bits that flip under an open journal are never served as records") {
  Written w{3};
  auto journal = Journal::open(w.env, "/j", options());
  REQUIRE(journal);
  const std::uint64_t first_group_end = w.last_group_at;
  std::uint64_t refused = 0;
  for (std::uint64_t bit = kSegmentHeaderBytes * 8; bit < first_group_end * 8; ++bit) {
    CAPTURE(bit);
    w.disk.flip_bit(kFile, bit);
    if (!w.holds(**journal, 3)) ++refused;
    w.disk.flip_bit(kFile, bit);
  }
  CHECK(refused > 0);
  CHECK(w.holds(**journal, 3));
}

TEST_CASE("damage before the last group refuses to start, and says where and what to do") {
  Written w{5};
  w.disk.flip_bit(kFile, (w.last_group_at - 20) * 8);
  const auto journal = Journal::open(w.env, "/j", options());
  REQUIRE_FALSE(journal);
  CHECK(journal.error().code == Code::Corrupt);
  CHECK(journal.error().message.find("group 4 does not verify, and group 5 after it") !=
        std::string::npos);
  CHECK(journal.error().message.find("backup") != std::string::npos);
}

TEST_CASE("a lost segment in the middle refuses to start") {
  Written w{1};
  {
    auto journal = Journal::open(w.env, "/j", options());
    REQUIRE(journal);
    for (int i = 0; i < 12; ++i) {
      Group group{Epoch{(*journal)->committed_epoch().value() + 1}, (*journal)->committed_end()};
      group.append("a", 0, {"k", std::string(4000, 'x'), {}, {}});
      REQUIRE((*journal)->commit(std::move(group)));
    }
  }
  REQUIRE(w.disk.list("/j")->size() > 3);
  REQUIRE(w.disk.remove("/j/" + w.disk.list("/j")->at(1)));
  CHECK(Journal::open(w.env, "/j", options()).error().code == Code::Corrupt);
}

TEST_CASE("frames of a segment's former life do not verify in its next one") {
  Written w{4};
  // The same bytes under the next id and a header of that id: as if the file had been recycled and
  // the power cut then.
  const journal_format::SegmentHeader header{2, w.incarnation, Epoch{0}, Position{1}, Epoch{0}};
  PowerDisk disk;
  disk.set_content("/j/" + journal_format::segment_name(2),
                   journal_format::encode(header) + w.content.substr(kSegmentHeaderBytes));
  const auto found = find_journal(disk, "/j");
  REQUIRE(found);
  CHECK(found->last_epoch == Epoch{0});
  CHECK(found->tail_cut);
  // The control: where they belong they do.
  disk.set_content(kFile, w.content);
  REQUIRE(disk.remove("/j/" + journal_format::segment_name(2)));
  CHECK(find_journal(disk, "/j")->last_epoch == Epoch{4});
}

TEST_CASE("what was not proven durable is written anew before it is served") {
  Written w{3};
  auto journal = Journal::open(w.env, "/j", options());
  REQUIRE(journal);
  CHECK((*journal)->recovery().rewritten_bytes > 0);
  CHECK_FALSE((*journal)->recovery().tail_cut);
  CHECK((*journal)->incarnation() == w.incarnation);
  journal->reset();
  // Proven now: nothing to rewrite, and the old copy is gone.
  w.disk.cut(1, Cut::LoseAll);
  journal = Journal::open(w.env, "/j", options());
  REQUIRE(journal);
  CHECK((*journal)->recovery().rewritten_bytes == 0);
  CHECK(w.holds(**journal, 3));
}
