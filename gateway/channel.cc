#include "gateway/channel.h"

#include <algorithm>
#include <array>

#include "gateway/json_text.h"

namespace vitrine::gateway {

std::string Channel::cursor(Position at) const {
  return cursor_text({source_.domain, engine_.incarnation(), at});
}

ChannelFrame Channel::event_frame(std::uint64_t seq, Position at, Time time,
                                  std::string_view data) const {
  JsonObject frame;
  frame.text("t", "evt").text("ch", name()).number("seq", seq).text("cursor", cursor(at));
  frame.number("at", millis_of(time)).raw("data", data);
  return {seq, at, std::make_shared<const std::string>(frame.str()), nullptr};
}

ChannelFrame Channel::control_frame(std::string_view type, std::string_view members,
                                    Position at) const {
  JsonObject frame;
  frame.text("t", type).text("ch", name());
  std::string text = frame.str();
  if (!members.empty()) text.insert(text.size() - 1, "," + std::string(members));
  return {0, at, std::make_shared<const std::string>(std::move(text)), nullptr};
}

ChannelFrame Channel::snapshot_frame(Position now) const {
  return control_frame(
      "snapshot",
      JsonObject{}.text("cursor", cursor(now)).raw("data", source_.snapshot()).members(), now);
}

void Channel::publish(Position at, Time time, const std::function<std::string()>& data) {
  if (source_.kind == ChannelKind::Log && (next_seq_ - 1) % kMarkEvery == 0) marks_.push_back(at);
  const std::uint64_t seq = next_seq_++;
  newest_ = at;
  if (members_.empty()) {
    window_.clear();
    window_bytes_ = 0;
    return;
  }
  if (source_.kind == ChannelKind::Tick) {
    window_.clear();
    window_bytes_ = 0;
  }
  window_.push_back(event_frame(seq, at, time, data()));
  window_bytes_ += window_.back().json->size();
  while (window_.size() > 1 && (window_.size() > kWindowFrames || window_bytes_ > kWindowBytes)) {
    window_bytes_ -= window_.front().json->size();
    window_.pop_front();
  }
}

void Channel::place_at_end(Member& member, Position now) const {
  member.next_seq = next_seq_;
  member.after = member.deliver_after = std::max(now, newest_);
}

void Channel::place_after(Member& member, Position cursor) const {
  member.deliver_after = cursor;
  if (cursor >= newest_) return place_at_end(member, cursor);
  // The mark at or before the cursor; frames between it and the cursor are read and not sent.
  const auto mark = std::upper_bound(marks_.begin(), marks_.end(), cursor);
  const auto index =
      mark == marks_.begin() ? 0 : static_cast<std::size_t>(mark - marks_.begin()) - 1;
  member.next_seq = index * kMarkEvery + 1;
  member.after = marks_.empty() ? Position{0} : Position{marks_[index].value() - 1};
}

std::size_t Channel::mark_of_newest(std::uint64_t last) const {
  return next_seq_ - 1 > last ? (next_seq_ - 1 - last) / kMarkEvery : 0;
}

Position Channel::before_newest(std::uint64_t last) const {
  return marks_.empty() ? Position{0} : Position{marks_[mark_of_newest(last)].value() - 1};
}

void Channel::place_newest(Member& member, std::uint64_t last) const {
  member.next_seq = mark_of_newest(last) * kMarkEvery + 1;
  member.after = member.deliver_after = before_newest(last);
}

Channel::Delivered Channel::deliver(Member& member) {
  if (member.blocked) return Delivered::Blocked;
  if (source_.kind != ChannelKind::Log && !catch_up_state(member)) return Delivered::Blocked;
  if (source_.kind == ChannelKind::Log && !skip_if_slow(member)) return Delivered::Blocked;
  while (member.next_seq < next_seq_) {
    if (window_.empty() || member.next_seq < window_.front().seq) return deliver_history(member);
    const ChannelFrame& frame =
        window_[static_cast<std::size_t>(member.next_seq - window_.front().seq)];
    // The newest tick is news, also where no record has come since the last one.
    const bool wanted = source_.kind == ChannelKind::Tick || frame.at > member.deliver_after;
    if (wanted && !member.receiver->push(*this, frame)) {
      member.blocked = member.slow = true;
      return Delivered::Blocked;
    }
    member.next_seq = frame.seq + 1;
    member.after = frame.at;
  }
  member.live = true;
  member.slow = false;
  return Delivered::All;
}

// State and Tick channels never owe old frames: who fell out of the window gets the state as it is.
bool Channel::catch_up_state(Member& member) {
  const bool lost =
      member.next_seq < next_seq_ && (window_.empty() || member.next_seq < window_.front().seq);
  if (source_.kind == ChannelKind::Tick && lost && !window_.empty()) {
    member.next_seq = window_.front().seq;
    return true;
  }
  if (!lost && !member.stale) return true;
  if (!member.receiver->push(*this, snapshot_frame(newest_))) {
    member.blocked = member.slow = member.stale = true;
    return false;
  }
  member.stale = false;
  place_at_end(member, newest_);
  return true;
}

bool Channel::skip_if_slow(Member& member) {
  if (!member.live || !member.slow || next_seq_ - member.next_seq <= kGapFrames) return true;
  Member placed = member;
  place_newest(placed, 50);
  if (!member.receiver->push(*this, gap_frame(member.after, placed.after, "slow"))) {
    member.blocked = member.slow = true;
    return false;
  }
  member = placed;
  return true;
}

ChannelFrame Channel::gap_frame(Position from, Position to, std::string_view reason) const {
  JsonObject what;
  what.text("from", cursor(from)).text("to", cursor(to)).text("reason", reason);
  return control_frame("gap", what.members(), to);
}

Position Channel::earliest() const {
  const std::array<std::string, 1> topics{source_.topic};
  const auto batch = engine_.fetch(topics, Position{1}, 0, 0);
  return batch ? batch->earliest : Position{};
}

// Which frame of the channel the first one in `batch` is: counted back from a frame whose number is
// known. Nothing when none of these records is such a one.
std::optional<std::uint64_t> Channel::seq_of_first(const Journal::Batch& batch) const {
  std::uint64_t before = 0;
  for (const auto& record : batch.records) {
    if (!source_.encode(record)) continue;
    if (!window_.empty() && window_.front().at == record.position)
      return window_.front().seq - before;
    const auto mark = std::lower_bound(marks_.begin(), marks_.end(), record.position);
    if (mark != marks_.end() && *mark == record.position)
      return static_cast<std::uint64_t>(mark - marks_.begin()) * kMarkEvery + 1 - before;
    ++before;
  }
  if (batch.next > newest_) return next_seq_ - before;
  return std::nullopt;
}

// Records that this member was to read have expired. It is told, once, what it has missed, and goes
// on with those that are left; frames keep their numbers.
bool Channel::skip_expired(Member& member, const Journal::Batch& batch) {
  const Position last{batch.earliest.value() - 1};  // that may be gone
  if (member.deliver_after < last &&
      !member.receiver->push(*this, gap_frame(member.deliver_after, last, "expired"))) {
    member.blocked = member.slow = true;
    return false;
  }
  member.deliver_after = std::max(member.deliver_after, last);
  member.after = last;
  if (const auto seq = seq_of_first(batch)) {
    member.next_seq = *seq;
    return true;
  }
  // Too far from any known number: the next known one, at most kMarkEvery - 1 frames later.
  const auto mark = std::lower_bound(marks_.begin(), marks_.end(), batch.next);
  if (mark == marks_.end()) {
    place_at_end(member, newest_);
  } else {
    member.next_seq = static_cast<std::uint64_t>(mark - marks_.begin()) * kMarkEvery + 1;
    member.after = Position{mark->value() - 1};
  }
  return true;
}

Channel::Delivered Channel::deliver_history(Member& member) {
  const std::array<std::string, 1> topics{source_.topic};
  auto batch =
      engine_.fetch(topics, Position{member.after.value() + 1}, kHistoryRecords, kWindowBytes);
  if (!batch) {
    member.receiver->drop(1013, "the log cannot be read");
    return Delivered::Blocked;
  }
  if (batch->earliest.value() > member.after.value() + 1) {
    return skip_expired(member, *batch) ? Delivered::More : Delivered::Blocked;
  }
  for (const auto& record : batch->records) {
    if (member.next_seq >= next_seq_) break;  // committed, not told yet: comes by publish()
    const auto data = source_.encode(record);
    if (data) {
      if (record.position > member.deliver_after &&
          !member.receiver->push(*this, event_frame(member.next_seq, record.position,
                                                    record.record.timestamp, *data))) {
        member.blocked = member.slow = true;
        return Delivered::Blocked;
      }
      ++member.next_seq;
    }
    member.after = record.position;
  }
  if (member.next_seq >= next_seq_) {
    member.live = true;
    member.slow = false;
    return Delivered::All;
  }
  if (batch->next.value() > member.after.value() + 1)
    member.after = Position{batch->next.value() - 1};
  return Delivered::More;
}

}  // namespace vitrine::gateway
