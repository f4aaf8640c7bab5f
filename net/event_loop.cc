#include "net/event_loop.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace vitrine::net {
namespace {

constexpr int kEventsMax = 256;

epoll_event make_event(std::uint32_t events, FdHandler* handler) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = handler;
  return event;
}

}  // namespace

Result<std::unique_ptr<Loop>> Loop::create() {
  const int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  const int wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  epoll_event event = make_event(EPOLLIN, nullptr);
  if (epoll_fd < 0 || wake_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, wake_fd, &event) != 0) {
    const std::string why = std::strerror(errno);
    if (epoll_fd >= 0) close(epoll_fd);
    if (wake_fd >= 0) close(wake_fd);
    return fail(Code::Io, "create an event loop: " + why + "; raise the limit of open files");
  }
  return std::unique_ptr<Loop>(std::make_unique<EventLoop>(epoll_fd, wake_fd));
}

EventLoop::EventLoop(int epoll_fd, int wake_fd) : epoll_fd_(epoll_fd), wake_fd_(wake_fd) {
  read_clock();
}

EventLoop::~EventLoop() {
  close(epoll_fd_);
  close(wake_fd_);
}

void EventLoop::run() {
  while (!stopped_.load(std::memory_order_acquire)) visit();
  stopped_.store(false, std::memory_order_release);
}

void EventLoop::stop() {
  stopped_.store(true, std::memory_order_release);
  wake();
}

void EventLoop::post(std::function<void()> work) {
  bool was_empty = false;
  {
    const std::lock_guard lock(posted_mutex_);
    was_empty = posted_.empty();
    posted_.push_back(std::move(work));
  }
  if (was_empty) wake();
}

void EventLoop::wake() {
  const std::uint64_t one = 1;
  // The only way to fail is a full counter, and then the loop is awake already.
  [[maybe_unused]] const auto written = write(wake_fd_, &one, sizeof one);
}

void EventLoop::visit() {
  epoll_event events[kEventsMax];
  const int count = epoll_wait(epoll_fd_, events, kEventsMax, busy_ ? 0 : wait_ms());
  read_clock();
  for (int i = 0; i < count; ++i) {
    if (events[i].data.ptr == nullptr) {
      std::uint64_t ignored = 0;
      [[maybe_unused]] const auto got = read(wake_fd_, &ignored, sizeof ignored);
    } else {
      static_cast<FdHandler*>(events[i].data.ptr)->on_events(events[i].events);
    }
  }
  run_posted();
  run_timers();
  busy_ = false;
  for (std::size_t i = 0; i < hooks_.size(); ++i) busy_ = hooks_[i]->end_of_visit() || busy_;
}

void EventLoop::read_clock() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  now_ms_ = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

int EventLoop::wait_ms() const {
  if (timers_.empty()) return -1;
  const std::int64_t ms = timers_.begin()->first.first - now_ms_;
  return static_cast<int>(std::clamp<std::int64_t>(ms, 0, 60'000));
}

void EventLoop::run_posted() {
  std::vector<std::function<void()>> work;
  {
    const std::lock_guard lock(posted_mutex_);
    work.swap(posted_);
  }
  for (auto& item : work) item();
}

void EventLoop::run_timers() {
  // Timers made meanwhile have larger ids; one that is due at once waits for the next visit.
  const std::uint64_t newest = last_timer_;
  while (!timers_.empty()) {
    const auto [due, id] = timers_.begin()->first;
    if (due > now_ms_ || id > newest) return;
    Timer timer = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    if (timer.every_ms == 0) {
      timer_due_.erase(id);
      timer.work();
      continue;
    }
    timer_due_[id] = now_ms_ + timer.every_ms;
    timer.work();
    if (timer_due_.contains(id)) timers_.emplace(std::pair{timer_due_[id], id}, std::move(timer));
  }
}

std::uint64_t EventLoop::add_timer(int ms, int every_ms, std::function<void()> work) {
  // The visit's clock may be old when the caller is not inside a visit.
  read_clock();
  const std::uint64_t id = ++last_timer_;
  const std::int64_t due = now_ms_ + std::max(ms, 0);
  timer_due_[id] = due;
  timers_.emplace(std::pair{due, id}, Timer{every_ms, std::move(work)});
  return id;
}

std::uint64_t EventLoop::after(int ms, std::function<void()> work) {
  return add_timer(ms, 0, std::move(work));
}

std::uint64_t EventLoop::every(int ms, std::function<void()> work) {
  const int period = std::max(ms, 1);
  return add_timer(period, period, std::move(work));
}

void EventLoop::cancel(std::uint64_t timer) {
  const auto found = timer_due_.find(timer);
  if (found == timer_due_.end()) return;
  timers_.erase({found->second, timer});
  timer_due_.erase(found);
}

bool EventLoop::watch(int fd, std::uint32_t events, FdHandler& handler) {
  epoll_event event = make_event(events, &handler);
  return epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) == 0;
}

void EventLoop::change(int fd, std::uint32_t events, FdHandler& handler) {
  epoll_event event = make_event(events, &handler);
  VT_CHECK(epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, fd, &event) == 0);
}

void EventLoop::unwatch(int fd) { epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr); }

void EventLoop::remove_hook(VisitHook& hook) { std::erase(hooks_, &hook); }

}  // namespace vitrine::net
