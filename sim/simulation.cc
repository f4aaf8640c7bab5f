#include "sim/simulation.h"

#include <algorithm>
#include <array>

#include "sim/power_disk.h"
#include "sim/served_log.h"
#include "sim/sim_app.h"
#include "sim/sim_state.h"
#include "streams/runtime/embedded_engine.h"

namespace vitrine::sim {
namespace {

using namespace std::chrono_literals;

constexpr const char* kFolder = "/var/sim";
constexpr const char* kJournal = "/var/sim/journal";
constexpr int kLives = 5;

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : random_(seed) {
    clock_.advance(kBegin);
    latest_ = clock_.now();
  }

  SimulationReport run() {
    for (int life = 0; life < kLives && well(); ++life) live(life);
    if (well()) settle();
    report_.counts["records"] = ledger_.sent.size();
    for (const auto& sent : ledger_.sent) {
      if (sent.position != 0) ++report_.counts["acknowledged"];
    }
    return report_;
  }

 private:
  static constexpr Duration kBegin{1'700'000'000'000};

  bool well() const { return report_.violation.empty(); }
  void must_be_kept(std::string broken) {
    if (well()) report_.violation = std::move(broken);
  }
  void count(const std::string& what) { ++report_.counts[what]; }
  void note(std::uint64_t what) {
    report_.trace_hash = (report_.trace_hash ^ what) * 0x100000001B3ULL;
    report_.trace_hash ^= report_.trace_hash >> 29U;
  }
  std::uint64_t choose(std::uint64_t bound) {
    const std::uint64_t chosen = random_.below(bound);
    note(chosen);
    return chosen;
  }

  EngineOptions options() {
    EngineOptions out;
    out.folder = kFolder;
    out.shards = 1U << choose(3);  // another number each life
    out.shard_ring_bytes = 256U << choose(8);
    out.epoch_records_max = 1 + choose(40);
    out.state_cache_bytes = choose(3) == 0 ? 1U << 20U : 500 + choose(6'000);
    out.checkpoint_deltas = 1 + choose(150);
    out.journal.segment_bytes = 24U << 10U;
    out.journal.prewrite_bytes = 8U << 10U;
    out.journal.prewrite_at_open_bytes = 8U << 10U;
    out.journal.tail_cache_bytes = 4U << 10U;
    out.journal.background = false;
    out.journal.on_sync_failure = [](const Error&) {};
    out.state_backend = [this](const std::string&) -> Result<std::unique_ptr<StateBackend>> {
      return state_.open();
    };
    return out;
  }

  Result<void> try_open() {
    VT_TRY(auto topology, app_.topology());
    VT_TRY(engine_, EmbeddedEngine::open(env_, std::move(topology), options()));
    return {};
  }

  bool open() {
    count("lives");
    if (const auto opened = try_open(); !opened) {
      must_be_kept("the log does not open: " + opened.error().message);
      return false;
    }
    // With another number of shards it was opened twice, and tells of the second time.
    const bool twice = std::exchange(shards_, engine_->shards()) != engine_->shards();
    must_be_kept(served_.opened(*engine_, std::exchange(unseen_, false) || twice));
    must_be_kept(check_log(*engine_, ledger_, false));
    return well();
  }

  void look() {
    const std::size_t before = served_.shown().size();
    must_be_kept(served_.look(*engine_));
    for (std::size_t i = before; i < served_.shown().size(); ++i) note(served_.shown()[i].hash);
  }

  // From one opening to the crash.
  void live(int life) {
    if (choose(4) == 0) interrupt_recovery();
    frozen_ = choose(8) == 0;
    if (frozen_) count("frozen_clocks");
    constexpr std::array kPaces{0, 0, 1, 4, 7};
    disk_turns_ = kPaces[choose(kPaces.size())];
    if (disk_turns_ == 1) count("slow_disks");
    late_shard_ = choose(2) == 0;
    if (disk_turns_ == 7 || (disk_turns_ > 0 && late_shard_)) count("slow_shards");
    if (!well() || !open()) return;
    const std::uint64_t steps = 20 + choose(60);
    const bool power = choose(2) == 0;
    if (choose(4) != 0) disk_.power_off_after(5 + choose(400));
    if (choose(8) == 0) disk_.fail_sync(1 + choose(20));
    bool alive = true;
    for (std::uint64_t i = 0; i < steps && alive && well(); ++i) alive = step();
    look();
    crash(power);
    if (life + 1 < kLives && choose(3) == 0) flip_a_bit();
  }

  // The power goes, or the process, before anyone has seen the log.
  void interrupt_recovery() {
    count("interrupted_recoveries");
    disk_.power_off_after(choose(12));
    const auto opened = try_open();
    if (!opened && disk_.refused().empty())
      must_be_kept("the log does not open: " + opened.error().message);
    unseen_ = true;
    crash(choose(2) == 0);
  }

  bool step() {
    switch (choose(9)) {
      case 0:
      case 1:
      case 2: append(1 + choose(20)); return true;
      case 3: advance(Duration{1 + static_cast<std::int64_t>(choose(400))}); return true;
      case 4:
        if (choose(10) == 0) jump();
        return true;
      case 5:
        if (choose(6) == 0) fill_disk();
        return true;
      case 6:  // within the next commit or two
        if (choose(40) == 0) disk_.power_off_after(choose(8));
        return poll(1 + choose(6));
      default: return poll(1 + choose(6));
    }
  }

  void advance(Duration by) {
    clock_.advance(by);
    if (frozen_) clock_.jump(-by);
    report_.simulated += by;
    latest_ = std::max(latest_, clock_.now());
  }

  void jump() {
    constexpr std::array<Duration, 5> kJumps{0ms, 1h, -1h, 24h, -24h};
    const Duration by = kJumps[choose(kJumps.size())];
    const auto seconds = static_cast<std::int64_t>(choose(7'200)) - 720;
    clock_.jump(by != 0ms ? by : std::chrono::seconds(seconds));
    latest_ = std::max(latest_, clock_.now());
    count("clock_jumps");
  }

  void fill_disk() {
    count("full_disks");
    disk_.set_space(choose(6'000));
    append(5);
    poll(4);
    disk_.set_space(std::nullopt);
  }

  void append(std::uint64_t records) {
    for (std::uint64_t i = 0; i < records; ++i) {
      const std::uint64_t id = ledger_.sent.size();
      const std::uint64_t kind = choose(12);
      Op op{id,
            kind == 0  ? "bad"
            : kind < 3 ? "ring"
                       : "plain",
            static_cast<std::int64_t>(choose(1'500))};
      const std::string key = "key " + std::to_string(choose(20));
      Append one{sim_input.name(), {encoded(key), encoded(op), {}, {}}};
      ledger_.sent.push_back({key, op});
      // Refused (full disk, power gone): nobody waits for it.
      (void)engine_->append(std::move(one), [this, id](const Result<Position>& position) {
        if (position) ledger_.sent[id].position = position->value();
      });
    }
  }

  // One turn of the engine: both sides of it in step, or either, whoever is slow.
  Result<bool> turn() {
    if (disk_turns_ == 0) return engine_->poll();
    if (choose(8) < disk_turns_) return engine_->poll_disk();
    const auto shard = static_cast<std::uint32_t>(choose(engine_->shards()));
    if (late_shard_ && shard == 0 && choose(8) != 0) return false;
    return engine_->poll_shard(shard);
  }

  // False when the engine can no longer work: its disk is gone or a sync failed.
  bool poll(std::uint64_t times) {
    for (std::uint64_t i = 0; i < (disk_turns_ == 0 ? times : 4 * times); ++i) {
      const auto worked = turn();
      if (!worked && worked.error().code != Code::StorageFull) return false;
      if (disk_turns_ == 0 && (!worked || !*worked)) break;
    }
    return true;
  }

  void crash(bool power) {
    constexpr std::array kModes{Cut::LoseAll, Cut::Torn, Cut::Shuffled};
    state_.crash(random_);
    if (const auto step = disk_.refused(); !step.empty()) count("crash_at_" + step);
    disk_.power_off_after(0);
    engine_.reset();
    count(power ? "power_cuts" : "kills");
    disk_.cut(random_.next(), power ? kModes[choose(3)] : Cut::KeepAll);
    if (choose(6) == 0) state_.lose_all();
  }

  // Damage is refused, reported as a cut end, or was in what nobody needs. It is mended before the
  // next life: a log that refuses to open keeps its promise.
  void flip_a_bit() {
    auto names = disk_.list(kJournal).value_or(std::vector<std::string>{});
    const auto path_of = [](const std::string& name) { return std::string(kJournal) + "/" + name; };
    std::erase_if(names, [&](const auto& name) { return disk_.content(path_of(name)).empty(); });
    const View whole = read_journal();
    if (names.empty() || whole.refused) return;
    count("bit_flips");
    const std::string path = path_of(names[choose(names.size())]);
    const std::uint64_t bit = choose(disk_.content(path).size() * 8);
    disk_.flip_bit(path, bit);
    const View found = read_journal();
    disk_.flip_bit(path, bit);
    note(found.records.size());
    if (found.refused) return count("bit_flips_refused");
    if (found.records == whole.records) return count("bit_flips_harmless");
    // Nothing after the last group proves that it was whole.
    if (found.report.tail_cut &&
        found.report.last_epoch.value() + 1 == whole.report.last_epoch.value() &&
        found.records.size() < whole.records.size() &&
        std::equal(found.records.begin(), found.records.end(), whole.records.begin()))
      return count("bit_flips_cut");
    must_be_kept("bit " + std::to_string(bit) + " of " + path + " was flipped: of " +
                 std::to_string(whole.records.size()) + " records " +
                 std::to_string(found.records.size()) + " are served, or other ones");
  }

  struct View {
    bool refused = true;
    RecoveryReport report;
    std::vector<ServedLog::Shown> records;
  };
  View read_journal() {
    View view;
    const auto journal = Journal::open_read_only(disk_, kJournal);
    if (!journal) return view;
    view.report = (*journal)->recovery();
    view.refused = !served_.read(**journal, Position{1}, view.records).empty();
    return view;
  }

  // The last life ends in order: every window closes, every timer fires, nothing is open.
  void settle() {
    disk_turns_ = 0;
    frozen_ = false;
    clock_.jump(latest_ - clock_.now());
    if (!open()) return;
    for (int i = 0; i < 40; ++i) {
      advance(60s);
      append(1);
      poll_until_idle();
    }
    advance(1h);
    poll_until_idle();
    look();
    must_be_kept(check_log(*engine_, ledger_, true));
    engine_->stop();
  }

  void poll_until_idle() {
    while (true) {
      const auto worked = engine_->poll();
      if (!worked) return must_be_kept("polling a healthy engine: " + worked.error().message);
      if (!*worked) return;
    }
  }

  PowerDisk disk_;
  ManualClock clock_;
  SeededRandom random_;
  Env env_{clock_, disk_, random_};
  SimState state_;
  App app_ = sim_app();
  std::unique_ptr<EmbeddedEngine> engine_;
  SimLedger ledger_;
  ServedLog served_{sim_topics()};
  SimulationReport report_;
  std::uint32_t shards_ = 0;    // of the opening before
  bool unseen_ = false;         // an opening nobody saw came before
  bool frozen_ = false;         // the wall clock stands
  std::uint64_t disk_turns_ = 0;  // of eight; 0: disk and shards in step
  bool late_shard_ = false;       // the first one
  Time latest_{};
};

}  // namespace

SimulationReport simulate(std::uint64_t seed) { return Simulation{seed}.run(); }

}  // namespace vitrine::sim
