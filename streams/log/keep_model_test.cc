// Retention, compaction, runs and recycled segments against the simplest thing that could keep
// records, with power cuts anywhere: shop.events stays for ever, show.chat for a minute, of
// viewer.activity the newest record of each key.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/log.h"
#include "sim/journal_ledger.h"
#include "sim/power_disk.h"

using namespace vitrine;
using namespace vitrine::sim;

namespace {

constexpr Duration kRetention = std::chrono::minutes{1};
constexpr Duration kTombstones = std::chrono::minutes{2};

JournalOptions keep_options(SeededRandom& random) {
  JournalOptions options;
  options.segment_bytes = 5000 + random.below(8000);
  options.prewrite_bytes = random.below(3) * 3000;
  options.prewrite_at_open_bytes = options.prewrite_bytes;
  options.tail_cache_bytes = random.below(3) * 2000;
  options.segment_time = std::chrono::seconds{10};
  options.tail_bytes = random.below(3) * 5000;
  options.run_bytes = 4000 + random.below(60'000);
  options.background = false;
  options.on_sync_failure = [](const Error&) {};
  return options;
}

struct Kept {
  std::uint64_t epoch;
  Time committed;
  Positioned record;
};

class KeepRun {
 public:
  explicit KeepRun(std::uint64_t seed)
      : random_(seed), seed_(seed), bounded_(random_.below(3) != 0) {
    clock_.advance(std::chrono::hours{1});
  }

  // True when a segment was recycled.
  bool go(bool cuts) {
    open();
    for (int step = 0; step < 160; ++step) {
      CAPTURE(step);
      if (cuts && random_.below(25) == 0) {
        disk_.power_off_after(random_.below(40));
        dark_ = true;
      }
      const bool fine = one_step();
      if (fine) continue;
      REQUIRE(dark_);
      cut();
    }
    if (dark_) cut();
    compare();
    REQUIRE(Journal::verify(disk_, "/j"));
    return recycled_;
  }

 private:
  void open() {
    auto opened = Journal::open(env_, "/j", keep_options(random_));
    REQUIRE_MESSAGE(opened, (opened ? std::string{} : opened.error().message));
    journal_ = std::move(*opened);
    CHECK(journal_->retired() <= released_);
    if (bounded_) {
      journal_->keep("show.chat", {kRetention, false, {}});
      journal_->keep("viewer.activity", {Duration{0}, true, kTombstones});
    }
    journal_->release(released_);
    if (hold_ != Position{}) journal_->hold("reader", hold_);
  }

  void cut() {
    journal_.reset();
    constexpr Cut kModes[] = {Cut::LoseAll, Cut::Torn, Cut::Shuffled, Cut::KeepAll};
    disk_.cut(random_.next(), kModes[random_.below(4)]);
    dark_ = false;
    if (random_.below(4) == 0) {  // and while recovery is at work
      disk_.power_off_after(random_.below(8));
      { const auto interrupted = Journal::open(env_, "/j", keep_options(random_)); }
      disk_.cut(random_.next(), kModes[random_.below(4)]);
    }
    open();
    settle_in_flight();
    compare();
  }

  // The group on its way when the power went is there as a whole, or not at all.
  void settle_in_flight() {
    const std::uint64_t last = journal_->committed_epoch().value();
    REQUIRE(last >= acknowledged_);
    REQUIRE(last <= acknowledged_ + 1);
    std::erase_if(kept_, [&](const Kept& one) { return one.epoch > last; });
    steps_.resize(last);
    acknowledged_ = last;
  }

  bool one_step() {
    const std::uint64_t dice = random_.below(20);
    if (dice < 9) return commit();
    if (dice < 10) clock_.advance(Duration{static_cast<std::int64_t>(random_.below(30'000))});
    if (dice < 14) return tend();
    if (dice < 16) {
      released_ = Epoch{released_.value() + random_.below(acknowledged_ - released_.value() + 1)};
      journal_->release(released_);
    }
    if (dice == 16) move_hold();
    if (dice == 17 && !dark_) {
      journal_.reset();
      open();
    }
    if (dice >= 18 && !dark_) compare();
    return true;
  }

  void move_hold() {
    if (random_.below(2) == 0) {
      hold_ = {};
      journal_->let_go("reader");
    } else {
      const Position to{random_.below(journal_->committed_end().value()) + 1};
      hold_ = std::max(hold_, to);
      journal_->hold("reader", hold_);
    }
  }

  bool commit() {
    clock_.advance(Duration{static_cast<std::int64_t>(random_.below(3000))});
    const Epoch epoch{acknowledged_ + 1};
    LedgerGroup group = ledger_group(seed_, epoch, journal_->committed_end());
    for (Positioned& one : group.records) {
      if (one.record.key == "key-3" && random_.below(3) == 0) one.record.value.clear();
    }
    const Time now = clock_.now();
    std::erase_if(kept_, [&](const Kept& one) { return one.epoch >= epoch.value(); });
    for (const Positioned& one : group.records) kept_.push_back({epoch.value(), now, one});
    steps_.resize(acknowledged_);
    steps_.push_back(group.steps);
    if (!journal_->commit(built(group))) return false;
    acknowledged_ = epoch.value();
    return true;
  }

  bool tend() {
    for (std::uint64_t i = random_.below(4) + 1; i > 0; --i) {
      const auto more = journal_->tend(clock_.now());
      if (!more) return false;
      if (!*more) break;
    }
    return true;
  }

  // What must be there of a topic, and what may be.
  void compare() {
    REQUIRE(journal_->tend(clock_.now()));
    CHECK(journal_->committed_epoch().value() == acknowledged_);
    compare_exact("shop.events", Time::min());
    const Time cutoff = clock_.now() - kRetention;
    compare_exact("show.chat", bounded_ ? cutoff : Time::min());
    if (bounded_) compare_compacted();
    if (!bounded_) compare_exact("viewer.activity", Time::min());
    const auto names = disk_.list("/j");
    for (const std::string& name : *names)
      recycled_ |= disk_.content("/j/" + name).starts_with("VTJSEG02");
    compare_all_topics();
    compare_steps();
  }

  std::vector<Positioned> all_of(const std::vector<std::string>& topics) {
    std::vector<Positioned> out;
    for (Position from{random_.below(2)}; from < journal_->committed_end();) {
      const auto batch = journal_->read(topics, from, 1 + random_.below(40),
                                        random_.below(2) == 0 ? 300 : 1U << 30U);
      REQUIRE_MESSAGE(batch, (batch ? std::string{} : batch.error().message));
      out.insert(out.end(), batch->records.begin(), batch->records.end());
      REQUIRE(batch->next > from);
      from = batch->next;
    }
    return out;
  }

  // A record that has expired may still be there only for the reader that holds it.
  void compare_exact(const std::string& topic, Time cutoff) {
    const auto found = all_of({topic});
    std::vector<Positioned> expected;
    std::set<std::uint64_t> may_be;
    for (const Kept& one : kept_) {
      if (one.record.topic != topic) continue;
      const bool expired = one.committed <= cutoff;
      if (!expired) expected.push_back(one.record);
      if (expired && hold_ != Position{} && one.record.position >= hold_)
        expected.push_back(one.record);
      else if (expired && hold_ != Position{})
        may_be.insert(one.record.position.value());
    }
    std::vector<Positioned> certain;
    for (const Positioned& one : found) {
      if (!may_be.contains(one.position.value())) certain.push_back(one);
    }
    CAPTURE(topic);
    // A hold does not bring back what had expired before it.
    if (hold_ == Position{}) REQUIRE(certain.size() == expected.size());
    REQUIRE(certain.size() <= expected.size());
    REQUIRE(std::equal(certain.rbegin(), certain.rend(), expected.rbegin(), same));
  }

  void compare_compacted() {
    const auto found = all_of({"viewer.activity"});
    std::map<std::uint64_t, const Kept*> written;
    std::map<Bytes, std::uint64_t> newest;
    for (const Kept& one : kept_) {
      if (one.record.topic != "viewer.activity") continue;
      written[one.record.position.value()] = &one;
      newest[one.record.record.key] = one.record.position.value();
    }
    Position last;
    for (const Positioned& one : found) {
      REQUIRE(one.position > last);
      last = one.position;
      REQUIRE(written.contains(one.position.value()));
      CHECK(same(one, written[one.position.value()]->record));
    }
    for (const auto& [key, position] : newest) {
      const bool there = std::any_of(found.begin(), found.end(), [&, p = position](const auto& r) {
        return r.position.value() == p;
      });
      const Kept& one = *written[position];
      const bool tombstone = one.record.record.value.empty();
      if (!tombstone || one.committed > clock_.now() - kTombstones) CHECK(there);
    }
  }

  void compare_all_topics() {
    auto together = all_of(ledger_topics());
    std::vector<Positioned> apart;
    for (const auto& topic : ledger_topics()) {
      const auto some = all_of({topic});
      apart.insert(apart.end(), some.begin(), some.end());
    }
    std::sort(apart.begin(), apart.end(),
              [](const auto& a, const auto& b) { return a.position < b.position; });
    REQUIRE(together.size() == apart.size());
    CHECK(std::equal(together.begin(), together.end(), apart.begin(), same));
  }

  // Steps of all groups since the oldest record; deltas of those that are not in runs.
  void compare_steps() {
    std::uint64_t seen = 0;
    REQUIRE(journal_->replay(
        Epoch{0}, [&](Epoch epoch, BytesView steps, std::span<const Delta> deltas) -> Result<void> {
          REQUIRE(epoch.value() > seen);
          if (seen != 0) REQUIRE(epoch.value() == seen + 1);
          seen = epoch.value();
          CHECK(steps == steps_.at(seen - 1));
          CHECK(deltas.size() == (epoch <= journal_->retired() ? 0 : 1));
          return {};
        }));
    if (acknowledged_ > journal_->retired().value()) CHECK(seen == acknowledged_);
  }

  SeededRandom random_;
  const std::uint64_t seed_;
  const bool bounded_;  // else nothing ever goes, and segments are recycled
  bool recycled_ = false;
  PowerDisk disk_;
  ManualClock clock_;
  Env env_{clock_, disk_, random_};
  std::unique_ptr<Journal> journal_;
  std::vector<Kept> kept_;
  std::vector<Bytes> steps_;
  std::uint64_t acknowledged_ = 0;
  Epoch released_;
  Position hold_;
  bool dark_ = false;
};

}  // namespace

TEST_CASE("retention, compaction, runs and recycling do what a sorted list does: 150 seeds") {
  std::uint64_t recycled = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    if (KeepRun{seed}.go(false)) ++recycled;
  }
  CHECK(recycled > 20);
}

TEST_CASE("and still do when the power goes anywhere in it: 300 seeds") {
  set_log_level(LogLevel::Error);
  std::uint64_t recycled = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    if (KeepRun{seed}.go(true)) ++recycled;
  }
  CHECK(recycled > 20);
}
