#include "streams/runtime/log_keeper.h"

#include <pthread.h>

#include <chrono>
#include <utility>

#include "base/log.h"

namespace vitrine {

LogKeeper::LogKeeper(std::string app, Journal& journal, const Clock& clock,
                     std::function<Time()> now, std::function<void()> wanted)
    : app_(std::move(app)),
      journal_(journal),
      clock_(clock),
      now_(std::move(now)),
      wanted_(std::move(wanted)) {}

void LogKeeper::start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "vt-keeper");
    run();
  });
}

void LogKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool LogKeeper::tend() {
  constexpr std::int64_t kPauseNanos = 10'000'000'000;
  if (clock_.monotonic_nanos() < not_before_nanos_) return false;
  const auto more = journal_.tend(now_());
  if (!more) {
    not_before_nanos_ = clock_.monotonic_nanos() + kPauseNanos;
    log(LogLevel::Error, "log_keeping_failed", {{"app", app_}, {"error", more.error().message}});
    return false;
  }
  if (journal_.wants_released() != Epoch{}) wanted_();
  return *more;
}

void LogKeeper::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const bool more = tend();
    lock.lock();
    if (!more)
      changed_.wait_for(lock, std::chrono::milliseconds(250), [&] { return stopping_; });
  }
}

}  // namespace vitrine
