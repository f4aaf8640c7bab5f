// A log on two simulated machines: one works, the other follows, either loses power at any step,
// and the follower is promoted, life after life, from a seed. What was acknowledged or shown on one
// machine must stand on the other, in its place, under the same incarnation; and what the App made
// of it must add up. `standby_life_test` runs 60 seeds; VITRINE_SEED=N one of them. With
// VITRINE_PLANT=ack_before_standby a group is shown one commit before the follower has it, which
// must be seen.
#include <doctest/doctest.h>

#include <array>
#include <cstdlib>

#include "base/log.h"
#include "sim/power_disk.h"
#include "sim/served_log.h"
#include "sim/sim_app.h"
#include "sim/sim_state.h"
#include "streams/runtime/state_follower.h"
#include "streams/runtime/term.h"
#include "vitrine/standby.h"

namespace vitrine::sim {
namespace {

using namespace std::chrono_literals;

constexpr const char* kFolder = "/var/sim";
constexpr const char* kJournal = "/var/sim/journal";

struct Machine {
  PowerDisk disk;
  SimState state;
};

// Stands where the link does: a group is shown when the follower has it.
class Link final : public CommitGate {
 public:
  explicit Link(EmbeddedBroker& follower) : follower_(&follower) {}
  void cut() { follower_ = nullptr; }
  Result<void> durable(const ShippedGroup& group) override {
    if (follower_ == nullptr) return fail(Code::Unavailable, "the standby is away");
    due_.push_back(group);
    if (early_ && due_.size() == 1) return {};
    auto taken = follower_->journal().take(std::span(due_).first(1));
    if (!taken) return fail(Code::Unavailable, taken.error().message);
    due_.erase(due_.begin());
    return {};
  }
  Result<void> may_begin(Epoch) override { return {}; }
  void hurry() override {}

 private:
  EmbeddedBroker* follower_;
  std::vector<ShippedGroup> due_;
  const bool early_ = std::getenv("VITRINE_PLANT") != nullptr &&
                      std::string(std::getenv("VITRINE_PLANT")) == "ack_before_standby";
};

class PairLife {
 public:
  explicit PairLife(std::uint64_t seed) : random_(seed) { clock_.advance(1'700'000'000'000ms); }

  ~PairLife() {
    if (link_) link_->cut();
    engine_.reset();
  }

  std::string run() {
    for (int life = 0; life < 5 && broken_.empty(); ++life) live();
    if (broken_.empty()) settle();
    return broken_;
  }
  int promotions = 0;
  std::uint64_t acknowledged() const {
    return static_cast<std::uint64_t>(
        std::count_if(ledger_.sent.begin(), ledger_.sent.end(),
                      [](const auto& sent) { return sent.position != 0; }));
  }

 private:
  void must(const Result<void>& result, const std::string& what) {
    if (!result && broken_.empty()) broken_ = what + ": " + result.error().message;
  }
  void must_be_kept(std::string broken) {
    if (broken_.empty()) broken_ = std::move(broken);
  }
  Machine& first() { return machines_[first_]; }
  Machine& second() { return machines_[1 - first_]; }
  Env env_of(Machine& machine) { return {clock_, machine.disk, random_}; }

  EngineOptions options_for(Machine& machine) {
    EngineOptions out;
    out.folder = kFolder;
    out.shards = 1U << random_.below(3);
    out.shard_ring_bytes = 256U << random_.below(8);
    out.epoch_records_max = 1 + random_.below(40);
    out.state_cache_bytes = random_.below(3) == 0 ? 1U << 20U : 500 + random_.below(6'000);
    out.checkpoint_deltas = 1 + random_.below(150);
    out.journal.segment_bytes = 24U << 10U;
    out.journal.prewrite_bytes = out.journal.prewrite_at_open_bytes = 8U << 10U;
    out.journal.tail_cache_bytes = 4U << 10U;
    out.journal.background = false;
    out.journal.on_sync_failure = [](const Error&) {};
    out.state_backend = [&machine](const std::string&) -> Result<std::unique_ptr<StateBackend>> {
      return machine.state.open();
    };
    return out;
  }

  // Both are up: the one that has the log opens it, the other begins with a copy of it.
  bool open() {
    env_ = std::make_unique<Env>(env_of(first()));
    auto topology = app_.topology();
    auto opened = EmbeddedEngine::open(*env_, *topology, options_for(first()));
    if (!opened) {
      must_be_kept("the log does not open: " + opened.error().message);
      return false;
    }
    engine_ = std::move(*opened);
    const bool twice = std::exchange(shards_, engine_->shards()) != engine_->shards();
    must_be_kept(served_.opened(*engine_, unseen_ || twice));
    unseen_ = false;
    must_be_kept(check_log(*engine_, ledger_, false));
    copy();
    return broken_.empty();
  }

  void copy() {
    const std::string beside = "/var/copy" + std::to_string(++copies_);
    must(first().disk.make_folder(beside), "copy");
    must(engine_->journal().copy_to(beside, [] { return Result<void>{}; }).map([](auto) {}),
         "copy");
    machines_[1 - first_].disk.cut(1, Cut::LoseAll);  // the new machine has nothing
    follower_folder_fresh();
    const auto names = first().disk.list(beside).value_or(std::vector<std::string>{});
    for (const std::string& name : names) {
      second().disk.set_content(std::string(kJournal) + "/" + name,
                                first().disk.content(beside + "/" + name));
    }
    Term term;
    term.log = 1;
    term.self = 2;
    term.term = term_;
    term.role = Term::Role::Standby;
    term.complete = true;
    must(write_term(second().disk, kFolder, term), "begin to follow");
    follower_options_ = options_for(second());
    follower_options_.journal.follows = true;
    follower_env_ = std::make_unique<Env>(env_of(second()));
    auto broker = EmbeddedBroker::open(*follower_env_, kJournal, follower_options_.journal);
    if (!broker) return must_be_kept("the copy does not open: " + broker.error().message);
    follower_ = std::move(*broker);
    auto state = StateFollower::open(*app_.topology(), follower_options_, *follower_);
    if (!state) return must_be_kept("the copy's state does not open: " + state.error().message);
    follower_state_ = std::move(*state);
    link_ = std::make_shared<Link>(*follower_);
    engine_->journal().set_gate(link_);
  }

  void follower_folder_fresh() {
    Disk& disk = second().disk;
    second().state.crash(random_);
    second().state.lose_all();
    must(disk.make_folder(kJournal), "begin to follow");
    const auto names = disk.list(kJournal).value_or(std::vector<std::string>{});
    for (const std::string& name : names) {
      must(disk.remove(std::string(kJournal) + "/" + name), "begin to follow");
    }
    must(disk.sync_folder(kJournal), "begin to follow");
  }

  void live() {
    if (!open()) return;
    const std::uint64_t steps = 20 + random_.below(60);
    if (random_.below(4) != 0) first().disk.power_off_after(5 + random_.below(400));
    if (random_.below(3) == 0) second().disk.power_off_after(5 + random_.below(300));
    bool alive = true;
    for (std::uint64_t i = 0; i < steps && alive && broken_.empty(); ++i) alive = step();
    must_be_kept(served_.look(*engine_));
    end_of_life();
  }

  bool step() {
    switch (random_.below(8)) {
      case 0:
      case 1:
      case 2: append(1 + random_.below(20)); return true;
      case 3:
        clock_.advance(Duration{1 + static_cast<std::int64_t>(random_.below(400))});
        return true;
      case 4:  // the state there follows in its own time
        if (follower_state_->follow() && random_.below(3) == 0)
          (void)follower_state_->checkpoint();
        return true;
      default:
        for (std::uint64_t times = 1 + random_.below(6); times > 0; --times) {
          const auto worked = engine_->poll();
          if (!worked && worked.error().code != Code::StorageFull) return false;
          if (!worked || !*worked) break;
        }
        return true;
    }
  }

  void append(std::uint64_t records) {
    for (std::uint64_t i = 0; i < records; ++i) {
      const std::uint64_t id = ledger_.sent.size();
      const std::uint64_t kind = random_.below(12);
      Op op{id, kind == 0 ? "bad" : kind < 3 ? "ring" : "plain",
            static_cast<std::int64_t>(random_.below(1'500))};
      const std::string key = "key " + std::to_string(random_.below(20));
      Append one{sim_input.name(), {encoded(key), encoded(op), {}, {}}};
      ledger_.sent.push_back({key, op});
      (void)engine_->append(std::move(one), [this, id](const Result<Position>& position) {
        if (position) ledger_.sent[id].position = position->value();
      });
    }
  }

  // Both processes end, each with or without its power. The first machine may be lost for good:
  // then the second is promoted. Else it goes on, and what nobody was shown may still be there.
  void end_of_life() {
    constexpr std::array kModes{Cut::LoseAll, Cut::Torn, Cut::Shuffled, Cut::KeepAll};
    link_->cut();
    for (Machine& machine : machines_) {
      machine.state.crash(random_);
      machine.disk.power_off_after(0);
    }
    engine_.reset();
    follower_state_.reset();
    follower_.reset();
    for (Machine& machine : machines_)
      machine.disk.cut(random_.next(), kModes[random_.below(kModes.size())]);
    if (random_.below(3) == 0) return;
    ++promotions;
    first_ = 1 - first_;
    Env env = env_of(first());
    if (random_.below(4) == 0) {  // interrupted, and made again
      first().disk.power_off_after(random_.below(12));
      (void)promote(env, kFolder);
      first().disk.power_off_after(0);
      first().disk.cut(random_.next(), kModes[random_.below(kModes.size())]);
    }
    const auto done = promote(env, kFolder);
    if (!done) return must_be_kept("it cannot be promoted: " + done.error().message);
    if (!done->complete || done->new_incarnation || done->term <= term_)
      return must_be_kept("the promotion says that something is missing");
    term_ = done->term;
  }

  void settle() {
    if (!open()) return;
    for (int i = 0; i < 40; ++i) {
      clock_.advance(60s);
      append(1);
      poll_until_idle();
    }
    clock_.advance(1h);
    poll_until_idle();
    must_be_kept(served_.look(*engine_));
    must_be_kept(check_log(*engine_, ledger_, true));
    must(follower_state_->follow(), "follow");
    engine_->stop();
  }

  void poll_until_idle() {
    while (true) {
      const auto worked = engine_->poll();
      if (!worked) return must_be_kept("polling a healthy engine: " + worked.error().message);
      if (!*worked) return;
    }
  }

  std::array<Machine, 2> machines_;
  std::size_t first_ = 0;
  ManualClock clock_;
  SeededRandom random_;
  App app_ = sim_app();
  SimLedger ledger_;
  ServedLog served_{sim_topics()};
  std::unique_ptr<Env> env_, follower_env_;
  EngineOptions follower_options_;
  std::unique_ptr<EmbeddedEngine> engine_;
  std::unique_ptr<EmbeddedBroker> follower_;
  std::unique_ptr<StateFollower> follower_state_;
  std::shared_ptr<Link> link_;
  std::uint64_t term_ = 1;
  std::uint32_t shards_ = 0;
  int copies_ = 0;
  bool unseen_ = false;
  std::string broken_;
};

}  // namespace

TEST_CASE("a log on two machines, of which either loses power, is one log") {
  set_log_level(LogLevel::Off);
  const char* const only = std::getenv("VITRINE_SEED");
  const std::uint64_t from = only == nullptr ? 1 : std::strtoull(only, nullptr, 10);
  const std::uint64_t to = only == nullptr ? 60 : from;
  int promotions = 0;
  std::uint64_t acknowledged = 0;
  for (std::uint64_t seed = from; seed <= to; ++seed) {
    PairLife life(seed);
    const std::string broken = life.run();
    promotions += life.promotions;
    acknowledged += life.acknowledged();
    REQUIRE_MESSAGE(broken.empty(), "seed " << seed << ": " << broken);
  }
  MESSAGE(promotions << " promotions, " << acknowledged << " records acknowledged");
  CHECK((only != nullptr || promotions > 100));
}

}  // namespace vitrine::sim
