#pragma once
// One connection of a primary, from its first byte to its last.
#include <memory>
#include <vector>

#include "streams/standby/port.h"

namespace vitrine {

// What sessions of one server share.
struct LinkHouse {
  Env& env;
  Duration patience;
  std::vector<std::shared_ptr<LogPort>> ports;  // readers behind those they read
  std::function<void()> wake_all;               // somebody got further
  std::function<bool()> stopping;
  std::function<void(const std::string& why)> fenced;
};

class Session {
 public:
  Session(LinkHouse& house, Channel& channel, const Wake& wake)
      : house_(house), channel_(channel), wake_(wake) {}
  // Until the other side goes, or we stop.
  Result<void> run();

 private:
  Result<void> refuse(Code code, bool again, const std::string& why);
  Result<void> set_acks(const standby_wire::Acks& acks);
  Result<void> greet(const standby_wire::Hello& hello);
  // Why the follower cannot go on from where it is.
  Result<void> can_follow(const standby_wire::Hello& hello, const Term& term) const;
  Result<void> follow(const standby_wire::Hello& hello, const Term& term);
  Result<void> seed();
  Result<void> stream();
  Result<bool> send_groups();
  Result<void> send_beat();
  Result<void> hear(Duration wait);
  bool may_send(Epoch epoch);

  LinkHouse& house_;
  Channel& channel_;
  const Wake& wake_;
  std::shared_ptr<LogPort> port_;
  std::size_t number_ = 0;  // of the port
  Epoch sent_;
  Epoch horizon_;  // groups up to here may go when those before us have what they had
  std::vector<Epoch> needs_;
  std::uint64_t beats_ = 0, required_beat_ = 0;  // how many; the last that said so
  bool beat_required_ = false;                   // as the last beat said
  std::int64_t beat_nanos_ = 0;
  std::int64_t heard_nanos_ = 0;
};

}  // namespace vitrine
