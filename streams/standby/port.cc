#include "streams/standby/port.h"

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "base/metrics.h"

namespace vitrine {

Result<std::shared_ptr<LogPort>> LogPort::open(Env& env, EmbeddedEngine& engine,
                                               bool acks_required, Duration patience) {
  VT_TRY(auto term, read_term(env.disk, engine.folder()));
  if (!term) {
    term.emplace();
    term->log = std::max<std::uint64_t>(1, env.random.next());
    term->self = std::max<std::uint64_t>(1, env.random.next());
    VT_TRY_VOID(write_term(env.disk, engine.folder(), *term));
  }
  return std::shared_ptr<LogPort>(
      new LogPort(env, engine, std::move(*term), acks_required, patience));
}

LogPort::LogPort(Env& env, EmbeddedEngine& engine, Term term, bool acks_required,
                 Duration patience)
    : env_(env),
      engine_(engine),
      patience_(patience),
      lag_(gauge("vitrine_standby_lag_groups", "Groups that the standby does not have yet.", "app",
                 engine.name())),
      connected_(gauge("vitrine_standby_connected", "1 while a standby follows.", "app",
                       engine.name())),
      term_(std::move(term)),
      required_(acks_required) {}

// A standby may have noted that nothing is missing at it. So long as it follows, nothing passes
// without it before it has noted otherwise.
bool LogPort::passes(Epoch epoch) const {
  if (acknowledged_ >= epoch) return true;
  return !required_ && (claim_ == 0 || !complete_);
}

Result<void> LogPort::durable(const ShippedGroup& group) {
  static Histogram& waited = histogram("vitrine_standby_wait_seconds",
                                       "From durable here to durable at the standby.");
  std::unique_lock lock(mutex_);
  newest_ = group;
  if (wake_ != nullptr) wake_->set();
  const std::int64_t begin = env_.clock.monotonic_nanos();
  std::optional<std::chrono::steady_clock::time_point> until;
  while (true) {
    if (term_.role == Term::Role::Fenced) {
      return fail(Code::Conflict, "commit of " + app() + ": fenced, a standby took over in term " +
                                      std::to_string(term_.term));
    }
    if (passes(group.epoch)) break;
    if ((closed_ || hurry_) && !until)
      until = std::chrono::steady_clock::now() + (claim_ == 0 ? Duration{0} : patience_);
    const bool over = until && (claim_ == 0 || std::chrono::steady_clock::now() >= *until);
    if (over) {
      return fail(Code::Unavailable,
                  "commit of " + app() + ": it is durable here, and stopped before the standby had "
                                         "it; whether it holds is known when it is back");
    }
    if (until) {
      changed_.wait_until(lock, *until);
    } else {
      changed_.wait(lock);
    }
  }
  if (required_)
    waited.record(static_cast<std::uint64_t>(env_.clock.monotonic_nanos() - begin));
  return {};
}

Result<void> LogPort::may_begin(Epoch last) {
  const std::lock_guard lock(mutex_);
  if (term_.role == Term::Role::Fenced)
    return fail(Code::Conflict, "start " + app() + ": fenced, a standby took over");
  if (passes(last)) return {};
  return fail(Code::Unavailable,
              "start " + app() + ": its standby has not confirmed what this log holds, and acks "
                                 "are required; wait for it (StandbyServer::wait), or do not "
                                 "require them");
}

void LogPort::hurry() {
  {
    const std::lock_guard lock(mutex_);
    hurry_ = true;
  }
  changed_.notify_all();
}

Term LogPort::term() const {
  const std::lock_guard lock(mutex_);
  return term_;
}

StandbyServer::Log LogPort::told() const {
  const std::lock_guard lock(mutex_);
  return {app(),      claim_ != 0,   required_, term_.role == Term::Role::Fenced,
          term_.term, journal().committed_epoch(), acknowledged_, state_};
}

bool LogPort::acks_required() const {
  const std::lock_guard lock(mutex_);
  return required_;
}

void LogPort::require_acks(bool required) {
  {
    const std::lock_guard lock(mutex_);
    if (required_ == required) return;
    required_ = required;
    if (wake_ != nullptr) wake_->set();
  }
  changed_.notify_all();
  log(LogLevel::Warn, required ? "standby_acks_required" : "standby_acks_not_required",
      {{"app", app()}});
}

bool LogPort::wait(Duration patience) {
  const Epoch last = journal().committed_epoch();
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] {
    return term_.role == Term::Role::Fenced || passes(last);
  }) && term_.role != Term::Role::Fenced;
}

void LogPort::fence(std::uint64_t term) {
  Term fenced;
  {
    const std::lock_guard lock(mutex_);
    if (term_.role == Term::Role::Fenced && term_.term >= term) return;
    term_.role = Term::Role::Fenced;
    term_.term = term;
    fenced = term_;
  }
  changed_.notify_all();
  log(LogLevel::Error, "fenced", {{"app", app()}, {"term", term}});
  // Nothing passes the gate already; this is for whoever opens the folder later.
  if (const auto written = write_term(env_.disk, engine_.folder(), fenced); !written) {
    log(LogLevel::Error, "fence_not_written",
        {{"app", app()}, {"error", written.error().message}});
  }
}

void LogPort::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

Result<std::uint64_t> LogPort::claim(std::uint64_t follower, Channel& channel, const Wake& wake) {
  std::unique_lock lock(mutex_);
  if (claim_ != 0 && follower_ == follower) {
    channel_->cut();
    changed_.wait_for(lock, patience_, [&] { return claim_ == 0 || closed_; });
  }
  if (closed_) return fail(Code::Unavailable, "the primary is stopping");
  if (claim_ != 0) return fail(Code::Overloaded, "another standby follows " + app());
  claim_ = ++claims_;
  connected_.set(1);
  follower_ = follower;
  channel_ = &channel;
  wake_ = &wake;
  // Until it says otherwise: nothing is known of it.
  complete_ = true;
  acknowledged_ = state_ = Epoch{};
  return claim_;
}

void LogPort::release(std::uint64_t claim) {
  {
    const std::lock_guard lock(mutex_);
    if (claim_ != claim) return;
    claim_ = 0;
    connected_.set(0);
    channel_ = nullptr;
    wake_ = nullptr;
  }
  changed_.notify_all();
}

Result<std::optional<ShippedGroup>> LogPort::next(Epoch after) const {
  VT_TRY(auto group, journal().ship(after));
  if (group) return group;
  const std::lock_guard lock(mutex_);
  if (newest_ && newest_->epoch.value() == after.value() + 1) return newest_;
  return std::optional<ShippedGroup>{};
}

Epoch LogPort::last_durable() const {
  const Epoch shown = journal().committed_epoch();
  const std::lock_guard lock(mutex_);
  return newest_ ? std::max(newest_->epoch, shown) : shown;
}

// In one moment: a commit that passed without the follower before is in `last`, and one that comes
// after finds the follower complete.
standby_wire::Beat LogPort::beat() {
  const std::lock_guard lock(mutex_);
  const Epoch shown = journal().committed_epoch();
  standby_wire::Beat out;
  out.last = newest_ ? std::max(newest_->epoch, shown) : shown;
  out.held = journal().held();
  out.acks_required = required_;
  if (required_) complete_ = true;
  return out;
}

bool LogPort::acknowledged(Epoch last, Epoch state, bool complete) {
  const Epoch durable = last_durable();
  if (last > durable || state > last) return false;
  lag_.set(static_cast<std::int64_t>(durable.value() - last.value()));
  {
    const std::lock_guard lock(mutex_);
    if (last < acknowledged_) return false;
    acknowledged_ = last;
    state_ = state;
    complete_ = complete;
  }
  changed_.notify_all();
  return true;
}

Epoch LogPort::acknowledged() const {
  const std::lock_guard lock(mutex_);
  return acknowledged_;
}

}  // namespace vitrine
