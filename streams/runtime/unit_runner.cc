#include "streams/runtime/unit_runner.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "streams/runtime/unit_agreement.h"

namespace vitrine {
namespace {

constexpr std::int64_t kRetryNanos = 1'000'000'000;
constexpr std::int64_t kConflictNanos = 20 * kRetryNanos;
constexpr std::int64_t kAwayNanos = 600 * kRetryNanos;  // as long as a commit is tried

bool will_be_lost(const std::vector<BrokerEvent>& events, Unit unit) {
  return std::any_of(events.begin(), events.end(), [&](const BrokerEvent& event) {
    return event.kind == BrokerEvent::Kind::Lost && event.unit == unit;
  });
}

}  // namespace

UnitFigures::UnitFigures(const std::string& app)
    : units(gauge("vitrine_units", "Units this process owns.", "app", app)),
      records(counter("vitrine_units_records_total", "Records taken in.", "app", app)),
      emitted(counter("vitrine_units_emitted_total", "Records handed to commits.", "app", app)),
      rows(counter("vitrine_units_rows_total", "Rows of state handed to commits.", "app", app)),
      commits(counter("vitrine_units_commits_total", "Commits that are durable.", "app", app)),
      again(counter("vitrine_units_again_total", "Commits handed in once more.", "app", app)),
      reloads(counter("vitrine_units_reloads_total", "Units loaded anew.", "app", app)),
      rows_restored(counter("vitrine_units_restored_rows_total", "Rows read back.", "app", app)),
      commit_nanos(histogram("vitrine_units_commit_seconds",
                             "From closing an epoch to knowing that it is committed.", "app",
                             app)) {}

UnitRunner::UnitRunner(Env& env, std::shared_ptr<const Topology> topology, UnitBroker& broker,
                       UnitOptions options)
    : env_(env),
      topology_(std::move(topology)),
      broker_(broker),
      options_(std::move(options)),
      topics_(*topology_, {}),
      clock_(env.clock),
      folder_(env, options_.state_folder),
      figures_(topology_->name()) {
  for (TopicNumber topic = 0; topic < topics_.size(); ++topic)
    partitions_.push_back(broker_.partitions(topic));
  if (options_.stands_by && folder_.keeps()) {
    follower_ = std::make_unique<UnitFollower>(env_, topology_->name(), broker_,
                                               options_.state_folder);
  }
}

Result<bool> UnitRunner::learn() {
  const auto events = broker_.poll();
  for (const BrokerEvent& event : events) {
    switch (event.kind) {
      case BrokerEvent::Kind::Assigned:
        VT_TRY_VOID(open(event.unit, event.generation));
        break;
      case BrokerEvent::Kind::Revoking:
        leaving_.push_back(event.unit);
        break;
      case BrokerEvent::Kind::Lost:
        lose(event.unit);
        break;
      case BrokerEvent::Kind::Done:
        VT_TRY_VOID(done(event, events));
        break;
    }
  }
  figures_.units.set(static_cast<std::int64_t>(tasks_.size()));
  return !events.empty();
}

// A commit on the way still reads what the unit did in it.
void UnitRunner::lose(Unit unit) {
  std::erase(leaving_, unit);
  waiting_.erase(unit);
  const auto task = tasks_.find(unit);
  if (task == tasks_.end()) return;
  if (!in_flight_.empty()) lost_.push_back(std::move(task->second));
  tasks_.erase(task);
}

// The unit may have been lost meanwhile, and have come back as another task.
bool UnitRunner::holds(const UnitTask& task) const {
  const auto found = tasks_.find(task.unit());
  return found != tasks_.end() && found->second.get() == &task;
}

// What is kept of it, and the rest of the changelog; or all of the changelog.
Result<void> UnitRunner::try_open(Unit unit, Generation generation) {
  tasks_.erase(unit);  // has the folder open
  if (follower_ != nullptr) {
    follower_->leave(unit);
    std::erase(followed_, unit);
  }
  for (bool again = true;;) {
    VT_TRY(auto kept, folder_.open(unit));
    auto task =
        std::make_unique<UnitTask>(*topology_, topics_, partitions_, std::move(kept.backend),
                                   options_.bounds, unit, broker_.units(), generation);
    if (!options_.last_only.empty()) task->keep_last(last_only_topics());
    const auto begun = begin(*task, kept.place);
    if (begun) {
      tasks_[unit] = std::move(task);
      return {};
    }
    const Code code = begun.error().code;
    const bool of_the_folder =
        code == Code::OutOfRange || code == Code::Conflict || code == Code::Corrupt;
    if (kept.place.empty() || !of_the_folder || !std::exchange(again, false)) return begun;
    task.reset();
    log(LogLevel::Warn, "unit_state_dropped",
        {{"app", topology_->name()}, {"unit", unit.value()}, {"why", begun.error().message}});
    VT_TRY_VOID(folder_.drop(unit));
  }
}

// How long opening a unit is tried again after an error of that kind.
std::int64_t UnitRunner::patience_with(Code code) const {
  // Its partitions have no leader now, though brokers can be reached: they will be where they were.
  if (code == Code::Unavailable) return kAwayNanos;
  // Somebody else may have the unit already, and we have not heard of it: then it is lost soon.
  return code == Code::Conflict && broker_.units() > 1 ? kConflictNanos : 0;
}

Result<void> UnitRunner::open(Unit unit, Generation generation) {
  const auto begun = try_open(unit, generation);
  if (begun) {
    waiting_.erase(unit);
    return {};
  }
  const std::int64_t now = env_.clock.monotonic_nanos();
  const auto [at, fresh] = waiting_.try_emplace(unit, Waiting{generation, now, now});
  at->second.tried = now;
  if (now - at->second.since >= patience_with(begun.error().code)) return begun;
  log(LogLevel::Warn, "unit_waits",
      {{"app", topology_->name()}, {"unit", unit.value()}, {"why", begun.error().message}});
  return {};
}

Result<bool> UnitRunner::try_again() {
  const std::int64_t now = env_.clock.monotonic_nanos();
  for (const auto& [unit, waiting] : waiting_) {
    if (now - waiting.tried < kRetryNanos) continue;
    VT_TRY_VOID(open(unit, waiting.generation));
    return true;
  }
  return false;
}

// Offsets first: they are told when no commit that changes them is open any more. Rows of such a
// commit may come to the brokers later than its offsets; then they are all there.
Result<void> UnitRunner::begin(UnitTask& task, BytesView after) {
  const std::int64_t began = env_.clock.monotonic_nanos();
  std::uint64_t rows = 0;
  VT_TRY(const auto committed, broker_.committed(task.unit()));
  VT_TRY_VOID(broker_.restore(task.unit(), after, [&](const RowView& row) {
    ++rows;
    return task.restore(row);
  }));
  VT_TRY(auto from, task.restored());
  const std::int64_t restored = env_.clock.monotonic_nanos();
  if (options_.at_least_once) {
    task.read_from(committed);
    from = committed;
  } else if (const auto apart = differences(topics_, from, committed); !apart.empty()) {
    return fail(Code::Conflict,
                "run " + topology_->name() + ": the state of unit " +
                    std::to_string(task.unit().value()) +
                    " and the committed offsets do not belong together: " + apart +
                    "; a changelog was deleted, "
                    "offsets were changed by hand, or the App ran under the other --plan. Begin "
                    "under another name (--app-id), or delete the group's offsets, the changelog "
                    "and the outputs to begin anew. A life that ran at least once and was killed "
                    "is ended well by another such one (--guarantee at-least-once --until-now)");
  }
  clock_.not_before(task.recorded_time());
  figures_.rows_restored.add(rows);
  log(LogLevel::Info, "unit_opened",
      {{"app", topology_->name()},
       {"unit", task.unit().value()},
       {"epoch", task.epoch().value() - 1},
       {"rows", rows},
       {"restore_millis", (restored - began) / 1'000'000},
       {"millis", (env_.clock.monotonic_nanos() - began) / 1'000'000}});
  return broker_.resume(task.unit(), from);
}

std::vector<bool> UnitRunner::last_only_topics() const {
  std::vector<bool> out(topics_.size());
  for (const std::string& name : options_.last_only) {
    const TopicNumber topic = topics_.find(name);
    VT_CHECK_MSG(topic != TopicTable::kNone && !topics_.is_input(topic), name.c_str());
    out[topic] = true;
  }
  return out;
}

bool UnitRunner::hand_over_again(const std::vector<BrokerEvent>& events) {
  constexpr int kTriesMax = 3;
  if (++tries_ > kTriesMax) return false;
  std::vector<UnitTask*> still;
  for (UnitTask* task : in_flight_) {
    if (holds(*task) && !will_be_lost(events, task->unit())) still.push_back(task);
  }
  if (still.empty()) return false;
  in_flight_ = std::move(still);
  std::vector<const UnitWork*> works;
  for (const UnitTask* task : in_flight_) works.push_back(&task->closed());
  figures_.again.add();
  hand_over(std::move(works));
  return true;
}

Result<void> UnitRunner::done(const BrokerEvent& event, const std::vector<BrokerEvent>& events) {
  VT_CHECK(event.ticket == ticket_ && !in_flight_.empty());
  if (event.outcome == Outcome::Again && hand_over_again(events)) return {};
  tries_ = 0;
  for (UnitTask* task : std::exchange(in_flight_, {})) {
    if (!holds(*task) || will_be_lost(events, task->unit())) continue;
    if (event.outcome == Outcome::Committed) {
      task->committed(task->closed().epoch);
    } else if (event.outcome == Outcome::Fenced) {
      tasks_.erase(task->unit());
    } else {
      figures_.reloads.add();
      VT_TRY_VOID(open(task->unit(), task->generation()));
    }
  }
  lost_.clear();
  if (event.outcome == Outcome::Committed) {
    figures_.commits.add();
    figures_.commit_nanos.record(
        static_cast<std::uint64_t>(env_.clock.monotonic_nanos() - closed_nanos_));
    if (options_.on_commit) options_.on_commit();
  }
  return {};
}

// Units that are asked back leave when all they did is committed.
Result<bool> UnitRunner::let_go() {
  if (leaving_.empty() || !in_flight_.empty()) return false;
  for (const Unit unit : leaving_) {
    const auto task = tasks_.find(unit);
    if (task != tasks_.end() && task->second->has_work()) return close_epoch();
  }
  const auto leaving = std::exchange(leaving_, {});
  std::vector<std::pair<std::unique_ptr<UnitTask>, Result<Bytes>>> kept;
  for (const Unit unit : leaving) {
    waiting_.erase(unit);
    const auto task = tasks_.find(unit);
    if (task == tasks_.end()) continue;
    // Asked for before somebody else has it.
    Result<Bytes> place = folder_.keeps() ? broker_.place(unit) : Result<Bytes>(Bytes{});
    kept.emplace_back(std::move(task->second), std::move(place));
    tasks_.erase(task);
  }
  VT_TRY_VOID(broker_.release(leaving));
  for (const auto& [task, place] : kept) keep(*task, place);
  figures_.units.set(static_cast<std::int64_t>(tasks_.size()));
  return true;
}

bool UnitRunner::any_full() const {
  return std::any_of(tasks_.begin(), tasks_.end(),
                     [](const auto& one) { return one.second->full(); });
}

Result<bool> UnitRunner::take() {
  if (stopping_ || !leaving_.empty() || any_full() || wants_checkpoint()) return false;
  VT_TRY(const auto records, broker_.fetch(options_.fetch_records_max));
  if (!records.empty()) work_on(records);
  const bool ended = hear_ends();
  return ended || !records.empty();
}

// Told in a step of its own, with the next wall.
bool UnitRunner::hear_ends() {
  bool any = false;
  for (const InputPosition& one : broker_.ended()) {
    for (auto& [unit, task] : tasks_) {
      if (reads(unit, one.topic, one.partition))
        any |= task->at_end(one.topic, one.partition);
    }
  }
  if (!any) return false;
  for (auto& [unit, task] : tasks_) task->run_step(clock_.now(), {});
  return true;
}

bool UnitRunner::reads(Unit unit, std::uint32_t topic, std::uint32_t partition) const {
  return topics_.is_everywhere(topic) || (partition & (broker_.units() - 1)) == unit.value();
}

void UnitRunner::work_on(std::span<const Fetched> records) {
  const Time wall = clock_.now();
  figures_.records.add(records.size());
  if (broker_.units() == 1) {
    if (!tasks_.empty()) tasks_.begin()->second->run_step(wall, records);
    return;
  }
  for (const Fetched& one : records) {
    if (topics_.is_everywhere(one.topic)) {
      for (auto& [unit, task] : tasks_) {
        if (task->wants(one)) sorted_[unit].push_back(one);
      }
      continue;
    }
    const Unit unit{one.partition & (broker_.units() - 1)};
    if (tasks_.contains(unit)) sorted_[unit].push_back(one);
  }
  for (auto& [unit, mine] : sorted_) {
    if (!mine.empty()) tasks_.at(unit)->run_step(wall, mine);
    mine.clear();
  }
}

bool UnitRunner::tick() {
  const Time now = clock_.now();
  bool ticked = false;
  for (auto& [unit, task] : tasks_) {
    if (task->next_wall_timer() > now || task->full() || wants_checkpoint()) continue;
    task->run_step(now, {});
    ticked = true;
  }
  return ticked;
}

Duration UnitRunner::lingers() const {
  if (options_.linger <= Duration{0} || stopping_ || !leaving_.empty() || any_full() ||
      wants_checkpoint())
    return {};
  const std::chrono::nanoseconds passed{env_.clock.monotonic_nanos() - closed_nanos_};
  return std::max(Duration{0}, std::chrono::ceil<Duration>(options_.linger - passed));
}

bool UnitRunner::close_epoch() {
  if (!in_flight_.empty() || lingers() > Duration{0}) return false;
  std::vector<const UnitWork*> works;
  for (auto& [unit, task] : tasks_) {
    if (!task->has_work()) continue;
    const UnitWork& work = task->finish_epoch();
    figures_.emitted.add(work.records.size());
    figures_.rows.add(work.rows.size());
    in_flight_.push_back(task.get());
    works.push_back(&work);
  }
  if (works.empty()) return false;
  closed_nanos_ = env_.clock.monotonic_nanos();
  hand_over(std::move(works));
  return true;
}

void UnitRunner::hand_over(std::vector<const UnitWork*> works) {
  ticket_ = broker_.commit(std::move(works));
  const std::lock_guard lock(mutex_);
  commit_waits_ = true;
  changed_.notify_all();
}

Result<bool> UnitRunner::step() {
  VT_TRY(bool progress, learn());
  VT_TRY(const bool opened, try_again());
  VT_TRY(const bool left, let_go());
  VT_TRY(const bool taken, take());
  progress |= opened | left | taken;
  progress |= tick();
  progress |= close_epoch();
  progress |= checkpoint();
  follow_others();
  return progress;
}

Result<bool> UnitRunner::turn() {
  VT_TRY(bool progress, step());
  VT_TRY(const bool worked, broker_.work());
  return progress || worked;
}

}  // namespace vitrine
