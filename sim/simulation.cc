#include "sim/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/power_disk.h"
#include "sim/sim_app.h"
#include "sim/sim_state.h"

namespace vitrine::sim {
namespace {

constexpr const char* kFolder = "/var/sim";
constexpr int kLives = 5;

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : random_(seed) { clock_.advance(kBegin); }

  SimulationReport run() {
    for (int life = 0; life < kLives && report_.violation.empty(); ++life) live(life);
    if (report_.violation.empty()) settle();
    report_.records = ledger_.sent.size();
    for (const auto& sent : ledger_.sent) report_.acknowledged += sent.position != 0 ? 1 : 0;
    return report_;
  }

 private:
  static constexpr Duration kBegin{1'700'000'000'000};

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
    out.epoch_records_max = 1 + choose(40);
    out.state_cache_bytes = choose(3) == 0 ? 1U << 20U : 2'000 + choose(8'000);
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

  bool open() {
    auto opened = Engine::open(env_, app_, options());
    if (!opened) {
      report_.violation = "the log does not open: " + opened.error().message;
      return false;
    }
    engine_ = std::move(*opened);
    return true;
  }

  void check(bool settled) {
    const std::string broken = check_log(*engine_, ledger_, settled);
    if (!broken.empty()) report_.violation = broken;
    note(engine_->committed_end().value());
    hash_records();
  }

  void hash_records() {
    const std::array<std::string, 5> topics{"in", "counts", "lists", "windows", "rings"};
    auto batch = engine_->fetch(topics, hashed_, 1'000'000, 64U << 20U).value();
    for (const auto& record : batch.records) {
      note(record.position.value());
      for (const char c : record.record.value) note(static_cast<unsigned char>(c));
    }
    hashed_ = batch.next;
  }

  // From one opening to the crash, and what must be true after it.
  void live(int life) {
    ++report_.lives;
    if (!open()) return;
    check(false);
    const std::uint64_t steps = 20 + choose(60);
    const bool power = choose(2) == 0;
    if (choose(4) != 0) disk_.power_off_after(5 + choose(400));
    if (choose(8) == 0) disk_.fail_sync(1 + choose(20));
    bool alive = true;
    for (std::uint64_t i = 0; i < steps && alive && report_.violation.empty(); ++i) alive = step();
    crash(power);
    if (life + 1 < kLives && choose(3) == 0) flip_a_bit();
  }

  bool step() {
    switch (choose(8)) {
      case 0:
      case 1:
      case 2: append(1 + choose(20)); return true;
      case 3: clock_.advance(Duration{1 + static_cast<std::int64_t>(choose(400))}); return true;
      case 4:
        if (choose(10) == 0) jump();
        return true;
      case 5:
        if (choose(6) == 0) fill_disk();
        return true;
      default: return poll(1 + choose(6));
    }
  }

  void jump() {
    const auto seconds = static_cast<std::int64_t>(choose(7'200));
    clock_.advance(std::chrono::seconds(choose(2) == 0 ? seconds : -seconds / 10));
  }

  void fill_disk() {
    ++report_.full_disks;
    disk_.set_space(choose(6'000));
    append(5);
    for (int i = 0; i < 4; ++i) (void)engine_->poll();
    disk_.set_space(std::nullopt);
  }

  void append(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t id = ledger_.sent.size();
      const std::uint64_t kind = choose(12);
      Op op{id,
            kind == 0  ? "bad"
            : kind < 3 ? "ring"
                       : "plain",
            static_cast<std::int64_t>(choose(1'500))};
      const std::string key = "key " + std::to_string(choose(6));
      Append one{sim_input.name(), {encoded(key), encoded(op), {}, {}}};
      ledger_.sent.push_back({key, op});
      // Refused (full disk, power gone): nobody waits for it.
      (void)engine_->append(std::move(one), [this, id](const Result<Position>& position) {
        if (position) ledger_.sent[id].position = position->value();
      });
    }
  }

  // False when the engine can no longer work: its disk is gone or a sync failed.
  bool poll(std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) {
      const auto worked = engine_->poll();
      if (!worked && worked.error().code != Code::StorageFull) return false;
      if (!worked || !*worked) break;
    }
    return true;
  }

  void crash(bool power) {
    constexpr std::array kModes{Cut::LoseAll, Cut::Torn, Cut::Shuffled};
    state_.crash(random_);
    disk_.power_off_after(0);
    engine_.reset();
    ++(power ? report_.power_cuts : report_.kills);
    disk_.cut(random_.next(), power ? kModes[choose(3)] : Cut::KeepAll);
    if (choose(6) == 0) state_.lose_all();
  }

  // Damage is refused, or was in what nobody needs. It is mended before the next life: a log that
  // refuses to open keeps its promise.
  void flip_a_bit() {
    ++report_.bit_flips;
    const std::string folder = std::string(kFolder) + "/journal";
    auto names = disk_.list(folder).value();
    std::erase_if(names,
                  [&](const auto& name) { return disk_.content(folder + "/" + name).empty(); });
    if (names.empty()) return;
    const std::string path = folder + "/" + names[choose(names.size())];
    const Bytes before = disk_.content(path);
    disk_.flip_bit(path, choose(before.size() * 8));
    const auto journal = Journal::open_read_only(disk_, folder);
    note(journal ? 1 : 0);
    disk_.set_content(path, before);
  }

  // The last life ends in order: every window closes, every timer fires, nothing is open.
  void settle() {
    ++report_.lives;
    if (!open()) return;
    for (int i = 0; i < 40; ++i) {
      clock_.advance(std::chrono::seconds(60));
      append(1);
      for (int turn = 0; turn < 200; ++turn) {
        const auto worked = engine_->poll();
        if (!worked) {
          report_.violation = "polling a healthy engine: " + worked.error().message;
          return;
        }
        if (!*worked) break;
      }
    }
    clock_.advance(std::chrono::hours(1));
    while (engine_->poll().value_or(false)) {
    }
    check(true);
    engine_->stop();
  }

  PowerDisk disk_;
  ManualClock clock_;
  SeededRandom random_;
  Env env_{clock_, disk_, random_};
  SimState state_;
  App app_ = sim_app();
  std::unique_ptr<Engine> engine_;
  SimLedger ledger_;
  SimulationReport report_;
  Position hashed_{1};
};

}  // namespace

SimulationReport simulate(std::uint64_t seed) { return Simulation{seed}.run(); }

}  // namespace vitrine::sim
