#pragma once
// LogPort: one log of a primary, as its standby sees it. Stands as a gate in the journal, holds the
// newest group until the standby has it, and knows who follows and how far.
//
// Threads: any. Its mutex is held for moments only; durable() waits on a condition.
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/metrics.h"
#include "streams/runtime/embedded_engine.h"
#include "streams/standby/channel.h"
#include "vitrine/standby.h"

namespace vitrine {

class LogPort final : public CommitGate {
 public:
  // Reads the folder's term, or begins one.
  static Result<std::shared_ptr<LogPort>> open(Env& env, EmbeddedEngine& engine, bool acks_required,
                                               Duration patience);

  Result<void> durable(const ShippedGroup& group) override;
  Result<void> may_begin(Epoch last) override;
  void hurry() override;

  const std::string& app() const { return engine_.name(); }
  EmbeddedEngine& engine() { return engine_; }
  const Journal& journal() const { return engine_.journal(); }
  Term term() const;
  StandbyServer::Log told() const;
  bool acks_required() const;
  void require_acks(bool required);
  // Waits until may_begin() says yes, or the time is over.
  bool wait(Duration patience);
  // A later term exists: nothing is acknowledged any more, and no Engine opens here again.
  void fence(std::uint64_t term);
  void close();  // no session comes any more

  // --- Of a session. One at a time: who else follows already is in the way, unless it is the same
  // follower again, whose old connection then ends.
  Result<std::uint64_t> claim(std::uint64_t follower, Channel& channel, const Wake& wake);
  void release(std::uint64_t claim);
  // The first group after this one; nothing when there is none yet.
  Result<std::optional<ShippedGroup>> next(Epoch after) const;
  Epoch last_durable() const;
  // What a beat says. Whoever hears that acks are required may note that it misses nothing: from
  // now on that is assumed, until it is known to have heard a later word.
  standby_wire::Beat beat();
  // False when the follower says what it cannot have.
  bool acknowledged(Epoch last, Epoch state, bool complete);
  Epoch acknowledged() const;

 private:
  LogPort(Env& env, EmbeddedEngine& engine, Term term, bool acks_required, Duration patience);
  bool passes(Epoch epoch) const;

  Env& env_;
  EmbeddedEngine& engine_;
  const Duration patience_;
  Gauge& lag_;
  Gauge& connected_;
  mutable std::mutex mutex_;  // guards the rest
  mutable std::condition_variable changed_;
  Term term_;
  std::optional<ShippedGroup> newest_;
  bool required_ = true;
  bool complete_ = true;       // the follower has noted that it misses nothing
  std::uint64_t claim_ = 0;    // 0: nobody follows
  std::uint64_t claims_ = 0;
  std::uint64_t follower_ = 0;
  Channel* channel_ = nullptr;
  const Wake* wake_ = nullptr;
  Epoch acknowledged_;
  Epoch state_;
  bool hurry_ = false;
  bool closed_ = false;
};

}  // namespace vitrine
