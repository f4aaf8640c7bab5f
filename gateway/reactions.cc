#include "gateway/reactions.h"

#include <algorithm>
#include <array>

#include "commerce/model/topics.h"
#include "gateway/ask.h"

namespace vitrine::gateway {

Reactions::~Reactions() {
  if (timer_ != 0) core_.loop.cancel(timer_);
}

void Reactions::start() {
  timer_ = core_.loop.every(kTickMs, [this] { tick(); });
}

bool Reactions::is_kind(std::string_view kind) {
  constexpr std::array<std::string_view, 5> kKinds{"like", "love", "wow", "fire", "laugh"};
  return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}

void Reactions::add(const std::string& show, const std::string& kind, std::uint64_t count,
                    Refuse refuse, std::function<void(Position)> done) {
  if (waiting_ >= kWaitingMax)
    return refuse({ProblemType::Overloaded, "Too many reactions at once.", 1});
  ++waiting_;
  Tick& tick = ticks_[show];
  tick.counts[kind] += count;
  tick.waiters.push_back({std::move(refuse), std::move(done)});
}

void Reactions::give_up() {
  for (const auto& waiters : std::exchange(appended_, {})) {
    for (auto& waiter : *waiters) {
      waiter.refuse({ProblemType::StorageFull, "The disk is full.", 10});
    }
    waiters->clear();
  }
}

void Reactions::tick() {
  auto ticks = std::move(ticks_);
  ticks_.clear();
  waiting_ = 0;
  for (auto& [show, tick] : ticks) {
    ReactionTick message;
    for (const auto& [kind, count] : tick.counts) {
      auto& entry = *message.add_counts();
      entry.set_kind(kind);
      entry.set_count(count);
    }
    auto waiters = std::make_shared<std::vector<Waiter>>(std::move(tick.waiters));
    appended_.push_back(waiters);
    auto tell = [this, waiters](const Result<Position>& result) {
      for (auto& waiter : *waiters) {
        if (result) {
          waiter.done(*result);
        } else {
          waiter.refuse(problem_of(result.error()));
        }
      }
      waiters->clear();
      std::erase(appended_, waiters);
    };
    Append append{.topic = topics::show_reactions.name(),
                  .record = {show, encoded(message), {}, core_.new_id("cmd_")}};
    auto accepted = core_.audience.append(
        std::move(append), [loop = &core_.loop, tell](Result<Position> result) {
          loop->post([tell, result = std::move(result)] { tell(result); });
        });
    if (!accepted) tell(tl::unexpected<Error>(accepted.error()));
  }
}

}  // namespace vitrine::gateway
