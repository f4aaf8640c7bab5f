#include "app/driver/workers.h"

namespace vitrine::driver {

Workers::Workers(const net::Endpoint& server, int threads) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this, server] { work(server); });
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    jobs_.clear();
  }
  there_is_work_.notify_all();
  for (auto& thread : threads_) thread.join();
}

bool Workers::submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || jobs_.size() == kQueueMax) return false;
    jobs_.push_back(std::move(job));
  }
  there_is_work_.notify_one();
  return true;
}

void Workers::work(const net::Endpoint& server) {
  Api api(server, {});
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      there_is_work_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
      if (closed_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job(api);
  }
}

}  // namespace vitrine::driver
