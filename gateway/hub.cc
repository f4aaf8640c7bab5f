#include "gateway/hub.h"

#include <algorithm>

#include "base/metrics.h"
#include "gateway/json_text.h"

namespace vitrine::gateway {

Hub::~Hub() { *alive_ = false; }

void Hub::serve(Domain domain, Engine& engine, Place place) {
  sides_[domain] = {&engine, std::move(place)};
}

Hub::Side& Hub::side_of(Domain domain) {
  const auto found = sides_.find(domain);
  VT_CHECK(found != sides_.end());
  return found->second;
}

Channel& Hub::channel_of(const ChannelSource& source) {
  auto& channel = channels_[source.key];
  if (!channel) {
    const Side& side = side_of(source.domain);
    channel = std::make_unique<Channel>(source, *side.engine);
  }
  return *channel;
}

void Hub::ensure(const ChannelSource& source) { channel_of(source); }

void Hub::publish(const std::string& key, Position at, Time time,
                  const std::function<std::string()>& data) {
  const auto found = channels_.find(key);
  if (found == channels_.end()) return;
  found->second->publish(at, time, data);
  if (!found->second->members().empty()) mark_dirty(*found->second);
}

bool Hub::has_members(const std::string& key) const {
  const auto found = channels_.find(key);
  return found != channels_.end() && !found->second->members().empty();
}

Position Hub::before_newest(const std::string& key, std::uint64_t last) const {
  const auto found = channels_.find(key);
  return found == channels_.end() ? Position{0} : found->second->before_newest(last);
}

bool Hub::subscribe(Receiver& receiver, const ChannelSource& source, std::string_view cursor) {
  unsubscribe(receiver, source.name);
  Members& mine = receivers_[&receiver];
  if (mine.size() >= kChannelsMax) return false;
  Channel& channel = channel_of(source);
  auto member = std::make_unique<Member>();
  member->receiver = &receiver;
  member->channel = &channel;
  mine.push_back(std::move(member));
  ++member_count_;
  channel.members().push_back(mine.back().get());
  begin(*mine.back(), cursor);
  mark_dirty(channel);
  return true;
}

// The first frames of a subscription. When they do not fit the receiver is closed: a queue that
// cannot take them was full before anything was asked for.
void Hub::begin(Member& member, std::string_view cursor_text) {
  Channel& channel = *member.channel;
  Receiver& receiver = *member.receiver;
  const Side& side = side_of(channel.source().domain);
  const Position now{side.place().value() - 1};
  bool fits = true;
  const auto send = [&](const ChannelFrame& frame) {
    fits = fits && receiver.push(channel, frame);
  };
  const auto subbed = [&](Position at) {
    send(channel.control_frame("subbed", JsonObject{}.text("cursor", channel.cursor(at)).members(),
                               at));
  };

  std::optional<Cursor> cursor;
  bool resume = false;
  if (cursor_text == "0") {
    resume = true;
    cursor = Cursor{channel.source().domain, side.engine->incarnation(), Position{0}};
  } else if (!cursor_text.empty()) {
    cursor = parse_cursor(cursor_text);
    resume = cursor && cursor->domain == channel.source().domain &&
             cursor->incarnation == side.engine->incarnation() &&
             cursor->position < side.engine->committed_end();
    if (!resume)
      send(channel.control_frame("reset", JsonObject{}.text("reason", "unknown cursor").members(),
                                 now));
  }
  const bool is_log = channel.source().kind == ChannelKind::Log;
  Position from = cursor ? cursor->position : Position{};
  if (is_log && resume && channel.earliest().value() > from.value() + 1) {
    // What came after the cursor has expired in part. A snapshot makes up for it, if there is one.
    const Position last{channel.earliest().value() - 1};
    if (channel.source().snapshot) {
      resume = false;
      send(channel.control_frame("reset", JsonObject{}.text("reason", "expired").members(), now));
    } else {
      send(channel.gap_frame(from, last, "expired"));
      from = last;
    }
  }
  if (is_log && resume) {
    channel.place_after(member, from);
    subbed(from);
  } else if (is_log && !channel.source().snapshot) {
    channel.place_newest(member, 50);
    subbed(channel.next_seq() == 1 ? now : member.after);
  } else {
    channel.place_at_end(member, now);
    subbed(now);
    send(channel.snapshot_frame(now));
  }
  if (!fits) receiver.drop(4408, "its queue is full");
}

void Hub::detach(Member& member) {
  Channel& channel = *member.channel;
  auto& members = channel.members();
  const auto at = static_cast<std::size_t>(std::find(members.begin(), members.end(), &member) -
                                           members.begin());
  members.erase(members.begin() + static_cast<std::ptrdiff_t>(at));
  if (at < channel.flush_index) --channel.flush_index;  // nobody may be passed over by the shift
  --member_count_;
  if (!members.empty() || channel.source().kind == ChannelKind::Log) return;
  std::erase(dirty_, &channel);
  channels_.erase(channel.source().key);
}

void Hub::unsubscribe(Receiver& receiver, const std::string& name) {
  const auto found = receivers_.find(&receiver);
  if (found == receivers_.end()) return;
  auto& mine = found->second;
  const auto it = std::find_if(mine.begin(), mine.end(),
                               [&](const auto& m) { return m->channel->name() == name; });
  if (it == mine.end()) return;
  detach(**it);
  mine.erase(it);
}

void Hub::remove(Receiver& receiver) {
  const auto found = receivers_.find(&receiver);
  if (found == receivers_.end()) return;
  for (auto& member : found->second) detach(*member);
  receivers_.erase(found);
}

void Hub::drained(Receiver& receiver) {
  const auto found = receivers_.find(&receiver);
  if (found == receivers_.end()) return;
  for (auto& member : found->second) {
    if (!member->blocked) continue;
    member->blocked = false;
    member->blocked_since_nanos = 0;
    mark_dirty(*member->channel);
  }
}

void Hub::sweep() {
  const std::int64_t now = env_.clock.monotonic_nanos();
  std::vector<Receiver*> slow;
  for (auto& [receiver, members] : receivers_) {
    for (auto& member : members) {
      if (!member->blocked) continue;
      if (member->blocked_since_nanos == 0) member->blocked_since_nanos = now;
      if (now - member->blocked_since_nanos > std::int64_t{kBlockedMsMax} * 1'000'000) {
        slow.push_back(receiver);
        break;
      }
    }
  }
  for (Receiver* receiver : slow) {
    remove(*receiver);
    receiver->drop(4408, "too slow a reader");
  }
}

void Hub::mark_dirty(Channel& channel) {
  if (channel.dirty) {
    channel.again = true;  // members visited before the change are visited again by the next pass
  } else {
    channel.dirty = true;
    dirty_.push_back(&channel);
  }
  schedule();
}

void Hub::schedule() {
  if (scheduled_) return;
  scheduled_ = true;
  auto visit_if_alive = [this, alive = alive_] {
    if (*alive) visit();
  };
  // Passes may take at most about a third of the loop's time.
  const auto wait_ms = std::min<std::int64_t>(kFlushMsMax, pass_nanos_ * 2 / 1'000'000);
  pass_nanos_ = 0;
  if (wait_ms == 0) {
    loop_.post(visit_if_alive);
  } else {
    loop_.after(static_cast<int>(wait_ms), visit_if_alive);
  }
}

void Hub::visit() {
  static Histogram& visits =
      histogram("vitrine_gateway_flush_visit_seconds", "one visit of the rotating flush");
  const std::int64_t started = env_.clock.monotonic_nanos();
  std::size_t budget = kVisitMembers;
  bool new_pass = false;
  while (budget > 0 && !dirty_.empty() && !new_pass) {
    Channel& channel = *dirty_.front();
    while (budget > 0 && channel.flush_index < channel.members().size()) {
      --budget;
      Member& member = *channel.members()[channel.flush_index++];
      if (channel.deliver(member) == Channel::Delivered::More) channel.again = true;
    }
    if (channel.flush_index < channel.members().size()) break;
    dirty_.pop_front();
    channel.flush_index = 0;
    channel.dirty = channel.again;
    if (channel.again) dirty_.push_back(&channel);
    channel.again = false;
    new_pass = !dirty_.empty() && dirty_.front() == &channel;
  }
  const std::int64_t spent = env_.clock.monotonic_nanos() - started;
  visits.record(static_cast<std::uint64_t>(spent));
  pass_nanos_ += spent;
  scheduled_ = false;
  if (dirty_.empty()) return;
  if (new_pass) return schedule();
  scheduled_ = true;
  loop_.post([this, alive = alive_] {
    if (*alive) visit();
  });
}

}  // namespace vitrine::gateway
