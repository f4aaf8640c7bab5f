#pragma once
// How a program that serves is asked to end: by a signal, or by something it has learnt. Also
// before it serves: whoever waits for something looks at asked().
#include <signal.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace vitrine {

class Ending {
 public:
  void ask(std::string why = {}) {
    std::function<void()> act;
    {
      const std::lock_guard lock(mutex_);
      if (asked_) return;
      asked_ = true;
      why_ = std::move(why);
      act = act_;
    }
    if (act) act();
  }
  // From now on this is what ending means; at once when it was asked before.
  void means(std::function<void()> act) {
    bool now = false;
    {
      const std::lock_guard lock(mutex_);
      act_ = act;
      now = asked_;
    }
    if (now && act) act();
  }
  bool asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  std::string why() const {  // empty: a person wants it
    const std::lock_guard lock(mutex_);
    return why_;
  }

 private:
  mutable std::mutex mutex_;  // guards the rest
  bool asked_ = false;
  std::string why_;
  std::function<void()> act_;
};

// SIGTERM and SIGINT, and others if named. They are blocked in every thread and taken by this one.
class Signals {
 public:
  explicit Signals(std::initializer_list<int> more = {}) {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    for (const int signal : more) sigaddset(&set_, signal);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
  }
  ~Signals() {
    ended_ = true;
    if (thread_.joinable()) thread_.join();
  }
  // Called once, with the signal.
  void on_end(std::function<void(int)> act) {
    thread_ = std::thread([this, act = std::move(act)] {
      const timespec wait{0, 100'000'000};
      while (!ended_) {
        const int got = sigtimedwait(&set_, nullptr, &wait);
        if (got > 0) return act(got);
      }
    });
  }

 private:
  sigset_t set_{};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace vitrine
