#pragma once
// Inbox: what the other shards have for one shard, in the order of each sender. From the rings
// where it is there; from the log where a ring was full, or where the last life ended.
//
// How far each sender's records were worked on is part of the receiver's committed state: whoever
// starts again begins there. Threads: the receiving shard's only.
#include <optional>
#include <vector>

#include "streams/broker/broker.h"
#include "streams/runtime/numbering.h"
#include "streams/runtime/shard_links.h"
#include "streams/runtime/topic_table.h"

namespace vitrine {

class Inbox {
 public:
  Inbox(std::uint32_t shard, const TopicTable& topics, const Numbering& numbering,
        const Broker& broker, ShardLinks& links);

  // Records of `from` are worked on from `next` on; those before `end` stand in the log.
  void begin(std::uint32_t from, Position next, Position end);
  Position next(std::uint32_t from) const { return inlets_[from].next; }

  // The next record of this sender that a shard in `epoch` may work on; after work, done(). One of
  // a later epoch waits: what it causes must not stand in a commit before it.
  std::optional<RingRecord> peek(std::uint32_t from, Epoch epoch);
  void done(std::uint32_t from, Position position);
  // Adds the clocks that have changed, of all senders whose word is due: all of everybody's records
  // up to its epoch are done, so that no clock is ahead of a record that others sent with it.
  void hear(Epoch epoch, std::vector<SourceClock>& clocks);
  // The last epoch of which everybody's records are done.
  Epoch told() const;
  // Learns up to where senders have nothing more for us.
  void look_for_mail(Epoch epoch);
  // There is a record, or news of clocks.
  bool ready(Epoch epoch);
  bool restored() const;  // nothing of before the start is left
  bool wants(TopicNumber topic, std::uint32_t partition) const {
    return topics_.is_everywhere(topic) || (partition & (links_.shards() - 1)) == shard_;
  }

 private:
  struct Inlet {
    Position next;
    Position end;               // of what is to be read from the log at first
    std::uint64_t expected = 0;  // number of the next record in the ring
    std::vector<Positioned> read;  // from the log
    std::size_t read_at = 0;
    std::uint64_t mail_seen = 0;
    bool has_mail = false;
    ShardMail mail;
    std::vector<SourceClock> clocks;  // as last told
    Epoch told;  // its records are done up to here
  };
  bool from_log(std::uint32_t from) const;
  void read(std::uint32_t from, std::uint64_t records_max, Position end);
  RingRecord first_read(const Inlet& inlet) const;
  static bool has_news(const Inlet& inlet) { return inlet.mail.clocks != inlet.clocks; }

  const std::uint32_t shard_;
  const TopicTable& topics_;
  const Numbering& numbering_;
  const Broker& broker_;
  ShardLinks& links_;
  std::vector<Inlet> inlets_;  // by sender
};

}  // namespace vitrine
