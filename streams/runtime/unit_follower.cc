#include "streams/runtime/unit_follower.h"

#include <pthread.h>

#include <utility>

#include "base/hash.h"
#include "base/log.h"
#include "streams/store/store.h"

namespace vitrine {
namespace {

constexpr std::size_t kRowsAtOnce = 4'096;
constexpr Duration kFollowPatience = std::chrono::milliseconds{50};
constexpr std::int64_t kKeepNanos = 60'000'000'000;
constexpr std::uint64_t kKeepRows = 1'000'000;
constexpr std::int64_t kRestNanos = 10'000'000'000;

// A row goes by where it lives, a backend by its key alone.
Result<StateBackend::Change> change_of(const RowView& row) {
  BytesView store, key;
  VT_TRY_VOID(need_row("follow state", row.row, store, key));
  Bytes place = backend_prefix(virtual_partition(key), store);
  place.append(key);
  return StateBackend::Change{std::move(place), Bytes(row.value), row.removed};
}

}  // namespace

UnitFollower::UnitFollower(Env& env, std::string app, UnitBroker& broker, std::string state_folder)
    : env_(env),
      app_(std::move(app)),
      broker_(broker),
      folder_(env, std::move(state_folder)),
      units_(gauge("vitrine_units_followed", "Units of others that this process stands by for.",
                   "app", app_)),
      rows_(counter("vitrine_units_followed_rows_total", "Rows of state of units of others, read.",
                    "app", app_)) {}

void UnitFollower::start() {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "vt-follow");
}

void UnitFollower::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wanted_.clear();
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  close_unwanted();
}

void UnitFollower::follow(const std::vector<Unit>& units) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  wanted_ = {units.begin(), units.end()};
  changed_.notify_all();
}

void UnitFollower::leave(Unit unit) {
  std::unique_lock lock(mutex_);
  wanted_.erase(unit);
  if (!thread_.joinable()) {
    lock.unlock();
    close_unwanted();
    return;
  }
  changed_.wait(lock, [&] { return !open_.contains(unit); });
}

void UnitFollower::run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopping_ || !wanted_.empty() || !open_.empty(); });
      if (stopping_) return;
    }
    turn(kFollowPatience);
  }
}

std::size_t UnitFollower::turn(Duration at_most) {
  close_unwanted();
  if (env_.clock.monotonic_nanos() < rests_until_nanos_) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, at_most, [&] { return stopping_; });
    return 0;
  }
  open_wanted();
  const auto count = read(at_most);
  if (count) return *count;
  give_up(count.error());
  return 0;
}

Result<std::size_t> UnitFollower::read(Duration at_most) {
  if (followed_.empty()) return 0;
  VT_TRY(const std::size_t count,
         rows_of_->read(kRowsAtOnce, at_most, [&](Unit unit, const RowView& row) -> Result<void> {
           const auto one = followed_.find(unit);
           if (one == followed_.end()) return {};
           VT_TRY(auto change, change_of(row));
           one->second.changes.push_back(std::move(change));
           return {};
         }));
  rows_.add(count);
  if (count == 0 && !std::exchange(told_, true)) {
    log(LogLevel::Info, "units_followed",
        {{"app", app_}, {"units", followed_.size()}, {"rows", rows_.value()}});
  }
  const std::int64_t now = env_.clock.monotonic_nanos();
  for (auto& [unit, one] : followed_) {
    VT_TRY_VOID(write(one));
    const bool due = one.rows > 0 && (one.rows > kKeepRows || now - one.kept_nanos > kKeepNanos);
    if (due) VT_TRY_VOID(keep(unit, one));
  }
  return count;
}

// The backend has no epoch of ours: what it holds is told by the place.
Result<void> UnitFollower::write(Followed& one) {
  if (one.changes.empty()) return {};
  VT_TRY_VOID(one.backend->write(one.changes, one.backend->applied()));
  one.rows += one.changes.size();
  one.changes.clear();
  return {};
}

Result<void> UnitFollower::keep(Unit unit, Followed& one) {
  VT_TRY_VOID(write(one));
  VT_TRY_VOID(one.backend->flush());
  VT_TRY_VOID(folder_.keep(unit, rows_of_->place(unit)));
  one.rows = 0;
  one.kept_nanos = env_.clock.monotonic_nanos();
  return {};
}

Result<void> UnitFollower::open(Unit unit) {
  if (rows_of_ == nullptr) {
    VT_TRY(rows_of_, broker_.follow_rows());
  }
  VT_TRY(auto kept, folder_.open(unit));
  auto added = rows_of_->add(unit, kept.place);
  if (!added && added.error().code == Code::OutOfRange) {
    kept.backend.reset();
    VT_TRY_VOID(folder_.drop(unit));
    VT_TRY(kept, folder_.open(unit));
    added = rows_of_->add(unit, {});
  }
  VT_TRY_VOID(added);
  Followed& one = followed_[unit];
  one.backend = std::move(kept.backend);
  one.kept_nanos = env_.clock.monotonic_nanos();
  told_ = false;
  return {};
}

void UnitFollower::open_wanted() {
  while (true) {
    Unit unit{0};
    {
      const std::lock_guard lock(mutex_);
      auto next = wanted_.begin();
      while (next != wanted_.end() && open_.contains(*next)) ++next;
      if (next == wanted_.end()) break;
      unit = *next;
      open_.insert(unit);  // from here on leave() waits for it
    }
    if (const auto opened = open(unit); !opened) {
      give_up(opened.error());
      break;
    }
  }
  units_.set(static_cast<std::int64_t>(followed_.size()));
}

void UnitFollower::close_unwanted() {
  for (auto at = followed_.begin(); at != followed_.end();) {
    const Unit unit = at->first;
    {
      const std::lock_guard lock(mutex_);
      if (wanted_.contains(unit)) {
        ++at;
        continue;
      }
    }
    Result<void> kept = keep(unit, at->second);
    if (kept) kept = rows_of_->drop(unit);
    if (!kept) {
      log(LogLevel::Warn, "followed_state_not_kept",
          {{"app", app_}, {"unit", unit.value()}, {"why", kept.error().message}});
    }
    at = followed_.erase(at);
    const std::lock_guard lock(mutex_);
    open_.erase(unit);
    changed_.notify_all();
  }
  units_.set(static_cast<std::int64_t>(followed_.size()));
}

// What was written stays in the folders, with the place that was kept last.
void UnitFollower::give_up(const Error& error) {
  log(LogLevel::Warn, "following_failed", {{"app", app_}, {"why", error.message}});
  rests_until_nanos_ = env_.clock.monotonic_nanos() + kRestNanos;
  followed_.clear();
  rows_of_.reset();
  const std::lock_guard lock(mutex_);
  open_.clear();
  changed_.notify_all();
}

}  // namespace vitrine
