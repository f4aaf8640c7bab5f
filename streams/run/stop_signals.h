#pragma once
// Waits for SIGTERM and SIGINT on a thread of its own, so that no code runs inside a handler.
// SIGUSR2 ends the wait.
#include <signal.h>

#include <functional>
#include <thread>
#include <utility>

namespace vitrine::run_detail {

class StopSignals {
 public:
  explicit StopSignals(std::function<void()> on_stop) : on_stop_(std::move(on_stop)) {}
  // Before any other thread starts: all inherit it.
  static void block() {
    const sigset_t set = watched();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
  }
  void start() {
    thread_ = std::thread([this] {
      const sigset_t set = watched();
      int signal = 0;
      sigwait(&set, &signal);
      if (signal != SIGUSR2) on_stop_();
    });
  }
  ~StopSignals() {
    if (!thread_.joinable()) return;
    pthread_kill(thread_.native_handle(), SIGUSR2);
    thread_.join();
  }

 private:
  static sigset_t watched() {
    sigset_t set;
    sigemptyset(&set);
    for (int signal : {SIGTERM, SIGINT, SIGUSR2}) sigaddset(&set, signal);
    return set;
  }
  const std::function<void()> on_stop_;
  std::thread thread_;
};

}  // namespace vitrine::run_detail
