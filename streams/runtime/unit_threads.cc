// UnitRunner's threads: one turns, one commits.
#include <pthread.h>

#include <algorithm>

#include "streams/runtime/unit_runner.h"

namespace vitrine {
namespace {

constexpr Duration kPatience = std::chrono::milliseconds{200};

}  // namespace

Duration UnitRunner::patience() const {
  Duration out = kPatience;
  const Duration linger = lingers();
  if (linger > Duration{0}) out = std::min(out, linger);
  const Time now = time_of_millis(millis_of(env_.clock.now()));
  for (const auto& [unit, task] : tasks_)
    out = std::clamp(task->next_wall_timer() - now, Duration{0}, out);
  return out;
}

void UnitRunner::start() {
  if (follower_ != nullptr) follower_->start();
  runner_ = std::thread([this] { run(); });
  committer_ = std::thread([this] { run_commits(); });
  pthread_setname_np(runner_.native_handle(), "vt-unit");
  pthread_setname_np(committer_.native_handle(), "vt-commit");
}

void UnitRunner::run() {
  while (!failed_) {
    const auto progress = step();
    if (!progress) {
      fail_with(progress.error());
      break;
    }
    if (*progress) continue;
    if (stopping_ && in_flight_.empty()) break;
    if (options_.until_now && in_flight_.empty() && !tasks_.empty() && broker_.at_end()) break;
    broker_.wait(patience());
  }
  if (!failed_) keep_all();
  {
    const std::lock_guard lock(mutex_);
    runner_ended_ = true;
    changed_.notify_all();
  }
  if (options_.on_end) options_.on_end();
}

void UnitRunner::run_commits() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return commit_waits_ || runner_ended_; });
      if (!commit_waits_) return;
      commit_waits_ = false;
    }
    if (const auto worked = broker_.work(); !worked) {
      fail_with(worked.error());
      return;
    }
  }
}

void UnitRunner::fail_with(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = error;
  }
  failed_ = true;
  broker_.wake();
}

Result<void> UnitRunner::stop() {
  stopping_ = true;
  broker_.hurry();
  broker_.wake();
  if (runner_.joinable()) runner_.join();
  if (committer_.joinable()) committer_.join();
  if (follower_ != nullptr) follower_->stop();
  const std::lock_guard lock(mutex_);
  if (error_) return tl::unexpected<Error>(*error_);
  return {};
}

}  // namespace vitrine
