#pragma once
// A channel: one contiguous log of frames, encoded once for all who listen, and the cursors of its
// members into it.
//
// Only the newest frames are kept in memory (kWindowFrames, kWindowBytes). Log channels can read
// older ones again from the engine, from any cursor; state-like channels send a snapshot instead. A
// channel without members keeps no frame at all.
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/cursor.h"
#include "net/server.h"
#include "vitrine/engine.h"

namespace vitrine::gateway {

enum class ChannelKind {
  Log,    // every frame, from any cursor
  State,  // a snapshot, then changes; a reader who fell behind gets a new snapshot
  Tick,   // only the newest matters; skipped ones are not missed
};

struct ChannelFrame {
  std::uint64_t seq =
      0;  // dense in its channel, from 1; 0 for snapshots and other frames outside the log
  Position at;
  net::Frame json;        // the frame of docs/api.md
  mutable net::Frame ws;  // encoded on the first use

  const net::Frame& for_socket() const {
    if (!ws) ws = net::ws_text_frame(*json);
    return ws;
  }
};

// Where a channel's content comes from.
struct ChannelSource {
  std::string key;   // unique among all channels, "viewer.orders#vwr_1"
  std::string name;  // as clients know it, "viewer.orders"
  ChannelKind kind = ChannelKind::State;
  Domain domain = Domain::Shop;
  std::function<std::string()> snapshot = {};  // its data now, JSON
  std::string topic = {};                      // Log: where frames are read again
  std::function<std::optional<std::string>(const Positioned&)> encode =
      {};  // Log: a record's data, if it is in here
};

class Channel;

// Who gets frames: a socket or an event stream.
class Receiver {
 public:
  virtual ~Receiver() = default;
  // False, and nothing queued, when its connection is full.
  virtual bool push(const Channel& channel, const ChannelFrame& frame) = 0;
  virtual void drop(std::uint16_t code, std::string_view reason) = 0;
};

struct Member {
  Receiver* receiver = nullptr;
  Channel* channel = nullptr;
  std::uint64_t next_seq = 1;  // of the first public record after `after`
  Position after;              // read up to here
  Position deliver_after;      // what is not newer the client has already
  bool slow = false;           // was full since it last was up to date
  bool live = false;           // it was up to date once: falling behind from now on is slowness
  bool blocked = false;        // its connection is full; waits for on_drained
  bool stale = false;          // missed changes of a State channel: needs a snapshot
  std::int64_t blocked_since_nanos = 0;
};

class Channel {
 public:
  static constexpr std::size_t kWindowFrames = 512;
  static constexpr ByteCount kWindowBytes = 256U << 10U;
  static constexpr std::size_t kMarkEvery = 16;
  static constexpr std::uint64_t kGapFrames =
      384;  // a slow reader this far behind skips to the newest
  static constexpr std::size_t kHistoryRecords = 128;  // read from the engine in one visit

  Channel(ChannelSource source, Engine& engine) : source_(std::move(source)), engine_(engine) {}

  void publish(Position at, Time time, const std::function<std::string()>& data);
  enum class Delivered { All, More, Blocked };
  Delivered deliver(Member& member);

  // Sets a member's place: after a cursor, or at the newest `last` frames.
  void place_after(Member& member, Position cursor) const;
  void place_newest(Member& member, std::uint64_t last) const;
  void place_at_end(Member& member, Position now) const;
  // What is newer holds the newest `last` frames, and at most kMarkEvery - 1 older ones.
  Position before_newest(std::uint64_t last) const;

  // Records of its topic before this position may have expired; 0: none has.
  Position earliest() const;

  // The frames that do not belong to the log.
  ChannelFrame snapshot_frame(Position now) const;
  ChannelFrame control_frame(std::string_view type, std::string_view members, Position at) const;
  ChannelFrame gap_frame(Position from, Position to, std::string_view reason) const;

  const ChannelSource& source() const { return source_; }
  const std::string& name() const { return source_.name; }
  std::string cursor(Position at) const;
  std::uint64_t next_seq() const { return next_seq_; }
  std::vector<Member*>& members() { return members_; }
  Engine& engine() const { return engine_; }

  std::size_t flush_index = 0;  // the rotating flush: the next member to visit
  bool dirty = false;
  bool again = false;  // something came or is left since its pass began

 private:
  ChannelFrame event_frame(std::uint64_t seq, Position at, Time time, std::string_view data) const;
  Delivered deliver_history(Member& member);
  bool skip_if_slow(Member& member);
  bool skip_expired(Member& member, const Journal::Batch& batch);
  std::optional<std::uint64_t> seq_of_first(const Journal::Batch& batch) const;
  std::size_t mark_of_newest(std::uint64_t last) const;
  bool catch_up_state(Member& member);

  ChannelSource source_;
  Engine& engine_;
  std::uint64_t next_seq_ = 1;
  Position newest_;
  std::deque<ChannelFrame> window_;
  ByteCount window_bytes_ = 0;
  std::vector<Position> marks_;  // marks_[i] is the position of frame i * kMarkEvery + 1
  std::vector<Member*> members_;
};

}  // namespace vitrine::gateway
