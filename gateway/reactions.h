#pragma once
// Taps, counted before they reach the log: one ReactionTick a show and 100 ms, however many tap.
//
// Exact: a tap is in exactly one tick, and is acknowledged when that tick is committed; a tick that
// the log refused is told to all of its taps, and counts nothing. Bound: kWaitingMax taps in one
// tick. Threads: the loop's only.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gateway/call.h"
#include "streams/log/record.h"

namespace vitrine::gateway {

class Reactions {
 public:
  static constexpr int kTickMs = 100;
  static constexpr std::size_t kWaitingMax = 100'000;
  explicit Reactions(Core& core) : core_(core) {}
  ~Reactions();
  void start();

  static bool is_kind(std::string_view kind);  // like, love, wow, fire, laugh
  void add(const std::string& show, const std::string& kind, std::uint64_t count, Refuse refuse,
           std::function<void(Position)> done);
  // The log is full: tells all whose tick waits in it. Their taps may still be counted.
  void give_up();

 private:
  struct Waiter {
    Refuse refuse;
    std::function<void(Position)> done;
  };
  struct Tick {
    std::map<std::string, std::uint64_t> counts;
    std::vector<Waiter> waiters;
  };
  using Waiters = std::shared_ptr<std::vector<Waiter>>;
  void tick();

  Core& core_;
  std::map<std::string, Tick> ticks_;  // by show
  std::vector<Waiters> appended_;      // not yet committed
  std::size_t waiting_ = 0;
  std::uint64_t timer_ = 0;
};

}  // namespace vitrine::gateway
