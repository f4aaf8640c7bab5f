#pragma once
// LogFollower: one log of a standby, and the connection that fills it.
//
// Threads: its own ("vt-standby"); told() any. One connection after the other; what is wrong for
// good ends it, and told() says why.
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "streams/standby/channel.h"
#include "streams/standby/followed_log.h"
#include "vitrine/standby.h"

namespace vitrine {

class LogFollower {
 public:
  static Result<std::unique_ptr<LogFollower>> open(Env& env, StandbyLog log,
                                                   const StandbyOptions& options,
                                                   const LinkKey& key);
  ~LogFollower() { stop(); }
  void start();
  void stop();
  Standby::Log told() const;

 private:
  LogFollower(Env& env, StandbyLog log, const StandbyOptions& options, const LinkKey& key);
  Result<void> open_what_is_there();
  void run();
  Result<void> one_connection();
  Result<void> refused(const standby_wire::Refused& refused);
  Result<void> begin(const standby_wire::Welcome& welcome, Channel& channel);
  Result<void> check_states(const standby_wire::Welcome& welcome);
  Result<void> follow(Channel& channel);
  Result<void> take(std::vector<ShippedGroup> groups, Channel& channel);
  Result<void> heard(const standby_wire::Beat& beat);
  Result<void> send_ack(Channel& channel);
  Result<void> note(Term next);  // durably
  tl::unexpected<Error> for_good(Code code, const std::string& why);
  bool stopping() const;

  Env& env_;
  const StandbyLog log_;
  const StandbyOptions options_;
  const LinkKey key_;
  const Wake wake_;
  std::unique_ptr<FollowedLog> copy_;
  std::uint64_t self_ = 0;
  bool ended_ = false;       // for good
  bool first_beat_ = false;  // of this connection, yet to come
  std::uint64_t beat_ = 0;   // the last one that was noted
  mutable std::mutex mutex_;  // guards the rest, and is held to change term_ and copy_
  std::condition_variable changed_;
  bool stopping_ = false;
  Term term_;  // log 0: the folder is empty
  Standby::Log told_;
  std::thread thread_;
};

}  // namespace vitrine
