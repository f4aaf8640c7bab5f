#pragma once
// LogKeeper: keeps a journal in order beside its engine: what has expired, what may be retired.
//
// Threads: its own ("vt-keeper") between start() and stop(), or the caller's by tend(). It looks
// four times a second, so that an expired record is unreadable within one; longer work (splitting a
// segment, merging, compacting) goes on until it is done. An Error is logged and tried again after
// ten seconds: a full disk delays it, nothing else.
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/env.h"
#include "streams/log/journal.h"

namespace vitrine {

class LogKeeper {
 public:
  // `now` is server time; `wanted` is called when segments wait for the state to be written.
  LogKeeper(std::string app, Journal& journal, const Clock& clock, std::function<Time()> now,
            std::function<void()> wanted);
  ~LogKeeper() { stop(); }

  void start();
  void stop();
  // One piece of work; false when there is no more for now.
  bool tend();

 private:
  void run();

  const std::string app_;
  Journal& journal_;
  const Clock& clock_;
  const std::function<Time()> now_;
  const std::function<void()> wanted_;
  std::int64_t not_before_nanos_ = 0;
  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace vitrine
