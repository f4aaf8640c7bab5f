#pragma once
// A few threads for the calls that wait: a purchase takes as long as the payment provider does.
//
// Bound: kQueueMax jobs wait; beyond that submit() says no and the caller drops the job (a crowd
// has other things to do).
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "app/driver/api.h"

namespace vitrine::driver {

class Workers {
 public:
  static constexpr std::size_t kQueueMax = 1000;
  using Job = std::function<void(Api&)>;

  Workers(const net::Endpoint& server, int threads);
  ~Workers();  // waits for the running jobs; `stop` of their calls must be true by then. Queued
               // jobs are dropped.
  bool submit(Job job);

 private:
  void work(const net::Endpoint& server);

  std::mutex mutex_;  // guards jobs_ and closed_
  std::condition_variable there_is_work_;
  std::deque<Job> jobs_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace vitrine::driver
