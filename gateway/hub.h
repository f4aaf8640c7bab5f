#pragma once
// All channels and their members, and the flush that serves them.
//
// The flush rotates: at most kVisitMembers members, then the loop serves others, then the next. At
// once when idle; when passes cost time their distance grows with it, up to kFlushMsMax, so that a
// member gets more frames by one send. Bounds: a receiver has at most kChannelsMax channels; one
// whose connection stays full for kBlockedMsMax is closed (4408). Threads: the loop's only.
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/env.h"
#include "gateway/channel.h"

namespace vitrine::gateway {

class Hub {
 public:
  static constexpr std::size_t kVisitMembers = 128;
  static constexpr int kFlushMsMax = 50;
  static constexpr int kBlockedMsMax = 15'000;
  static constexpr std::size_t kChannelsMax = 32;

  using Place = std::function<Position()>;  // where the domain's tail stands
  Hub(Env& env, net::Loop& loop) : env_(env), loop_(loop) {}
  ~Hub();
  void serve(Domain domain, Engine& engine, Place place);

  // Log channels exist from their first record on, State and Tick channels while somebody listens.
  void ensure(const ChannelSource& source);
  void publish(const std::string& key, Position at, Time time,
               const std::function<std::string()>& data);
  bool has_members(const std::string& key) const;
  // Where to read the newest `last` frames of a Log channel from; position 0 when it has none.
  Position before_newest(const std::string& key, std::uint64_t last) const;

  // Sends `subbed` and what belongs to it. False when the receiver has too many channels.
  bool subscribe(Receiver& receiver, const ChannelSource& source, std::string_view cursor);
  void unsubscribe(Receiver& receiver, const std::string& name);
  void remove(Receiver& receiver);
  void drained(Receiver& receiver);
  void sweep();  // once a second: closes who stayed blocked

  std::size_t members() const { return member_count_; }

 private:
  struct Side {
    Engine* engine = nullptr;
    Place place;
  };
  using Members = std::vector<std::unique_ptr<Member>>;
  Channel& channel_of(const ChannelSource& source);
  void detach(Member& member);
  void begin(Member& member, std::string_view cursor);
  void mark_dirty(Channel& channel);
  void schedule();
  void visit();

  Env& env_;
  net::Loop& loop_;
  Side& side_of(Domain domain);
  std::map<Domain, Side> sides_;
  std::unordered_map<std::string, std::unique_ptr<Channel>> channels_;
  std::unordered_map<Receiver*, Members> receivers_;
  std::deque<Channel*> dirty_;
  bool scheduled_ = false;
  std::int64_t pass_nanos_ = 0;  // spent since the flush last was idle
  std::size_t member_count_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace vitrine::gateway
