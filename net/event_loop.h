#pragma once
// The loop behind net::Loop: epoll, timers, and work at the end of each visit. For net's own files
// only.
//
// A visit is: wait, serve the ready sockets, run posted work and due timers, then the hooks. Hooks
// are where connections are flushed, so everything queued during one visit leaves in one send.
#include <atomic>
#include <map>
#include <mutex>
#include <unordered_map>

#include "net/server.h"

namespace vitrine::net {

class FdHandler {
 public:
  virtual ~FdHandler() = default;
  virtual void on_events(std::uint32_t epoll_events) = 0;
};

class VisitHook {
 public:
  virtual ~VisitHook() = default;
  virtual bool end_of_visit() = 0;  // true: more to do, come again without waiting
};

class EventLoop final : public Loop {
 public:
  EventLoop(int epoll_fd, int wake_fd);
  ~EventLoop() override;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void run() override;
  void stop() override;
  void post(std::function<void()> work) override;
  std::uint64_t after(int ms, std::function<void()> work) override;
  std::uint64_t every(int ms, std::function<void()> work) override;
  void cancel(std::uint64_t timer) override;

  // A handler must stay alive until the end of the visit in which it was unwatched.
  bool watch(int fd, std::uint32_t events, FdHandler& handler);
  void change(int fd, std::uint32_t events, FdHandler& handler);
  void unwatch(int fd);
  void add_hook(VisitHook& hook) { hooks_.push_back(&hook); }
  void remove_hook(VisitHook& hook);

  // Milliseconds of the monotonic clock, read once a visit.
  std::int64_t now_ms() const { return now_ms_; }

 private:
  struct Timer {
    int every_ms = 0;  // 0: once
    std::function<void()> work;
  };
  std::uint64_t add_timer(int ms, int every_ms, std::function<void()> work);
  void visit();
  void read_clock();
  int wait_ms() const;
  void run_posted();
  void run_timers();
  void wake();

  int epoll_fd_;
  int wake_fd_;
  bool busy_ = false;
  std::atomic<bool> stopped_{false};
  std::int64_t now_ms_ = 0;
  std::uint64_t last_timer_ = 0;
  std::map<std::pair<std::int64_t, std::uint64_t>, Timer> timers_;  // by (due, id)
  std::unordered_map<std::uint64_t, std::int64_t> timer_due_;
  std::vector<VisitHook*> hooks_;
  std::mutex posted_mutex_;  // guards posted_
  std::vector<std::function<void()>> posted_;
};

}  // namespace vitrine::net
