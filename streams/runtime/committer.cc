#include "streams/runtime/committer.h"

#include <pthread.h>

#include <chrono>
#include <utility>

#include "base/log.h"
#include "base/thread_turns.h"

namespace vitrine {

std::uint64_t CommitListeners::add(std::function<void()> notify) {
  const std::lock_guard lock(mutex_);
  listeners_.emplace(next_, std::move(notify));
  return next_++;
}

void CommitListeners::remove(std::uint64_t token) {
  const std::lock_guard lock(mutex_);
  listeners_.erase(token);
}

void CommitListeners::notify() {
  const std::lock_guard lock(mutex_);
  for (const auto& [token, call] : listeners_) call();
}

Committer::Committer(Broker& broker, const Clock& clock, CommitListeners& listeners,
                     std::function<void()> wake_shard)
    : broker_(broker), clock_(clock), listeners_(listeners), wake_shard_(std::move(wake_shard)) {}

void Committer::start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "vt-commit");
    take_short_turns();  // between two commits the disk waits for it
    run();
  });
}

void Committer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = hurry_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (handed_over_ && !failed_) {
    const Error error{Code::Unavailable, "commit: stopped before there was space"};
    finish(&error);
  }
}

void Committer::hurry() {
  {
    const std::lock_guard lock(mutex_);
    hurry_ = true;
  }
  changed_.notify_all();
}

void Committer::hand_over(std::vector<Completion> completions, std::int64_t oldest_nanos,
                          Epoch epoch) {
  {
    const std::lock_guard lock(mutex_);
    VT_CHECK(!handed_over_);
    handed_over_ = true;
    completions_ = std::move(completions);
    oldest_nanos_ = oldest_nanos;
    epoch_ = epoch;
  }
  changed_.notify_all();
}

bool Committer::idle() const {
  const std::lock_guard lock(mutex_);
  return !handed_over_;
}

std::optional<Error> Committer::failed() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

void Committer::finish(const Error* error) {
  std::vector<Completion> completions;
  std::int64_t oldest_nanos = 0;
  {
    const std::lock_guard lock(mutex_);
    completions = std::exchange(completions_, {});
    oldest_nanos = oldest_nanos_;
    handed_over_ = false;
    if (error != nullptr) {
      failed_ = *error;
      has_failed_ = true;
    }
  }
  if (error == nullptr && oldest_nanos != 0) {
    commit_nanos_.record(static_cast<std::uint64_t>(clock_.monotonic_nanos() - oldest_nanos));
  }
  for (Completion& one : completions) {
    if (error == nullptr) {
      one.done(one.position);
    } else {
      one.done(tl::unexpected<Error>(*error));
    }
  }
  if (error == nullptr) listeners_.notify();
  if (trace_ && trace_->committing != nullptr)
    trace_->committing->told = clock_.monotonic_nanos();
}

Result<bool> Committer::run_once() {
  if (trace_ && !idle()) {
    trace_->committing = &trace_->of(epoch_);
    trace_->committing->taken = clock_.monotonic_nanos();
  }
  auto worked = broker_.work();
  if (worked) {
    if (storage_full_.exchange(false)) log(LogLevel::Info, "storage_has_space_again");
    if (*worked) finish(nullptr);
    return worked;
  }
  if (worked.error().code != Code::StorageFull) {
    log(LogLevel::Error, "commit_failed", {{"error", worked.error().message}});
    finish(&worked.error());
  } else if (!storage_full_.exchange(true)) {
    log(LogLevel::Error, "storage_full", {{"error", worked.error().message}});
  }
  return worked;
}

void Committer::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return handed_over_ || stopping_; });
    if (!handed_over_ || failed_) return;
    lock.unlock();
    const auto worked = run_once();
    wake_shard_();
    lock.lock();
    if (worked || failed_) continue;
    if (hurry_) {
      lock.unlock();
      finish(&worked.error());
      wake_shard_();
      return;
    }
    changed_.wait_for(lock, std::chrono::seconds(1), [&] { return hurry_; });
  }
}

}  // namespace vitrine
