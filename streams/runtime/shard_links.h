#pragma once
// ShardLinks: what the shards of one engine tell each other. From every shard to every other one a
// ring of records and a mailbox that holds the newest word only: how many records went before it,
// up to where there will be no more, and the sender's clocks.
//
// Threads: shard k calls what is `from` k and what is `to` k; the rest is for any thread.
#include <memory>
#include <mutex>
#include <vector>

#include "streams/runtime/shard_ring.h"
#include "streams/topology/task.h"

namespace vitrine {

struct ShardMail {
  std::uint64_t sent = 0;  // records before this word
  Epoch epoch;             // that the sender had closed
  Position next;           // its further records are not before this
  std::vector<SourceClock> clocks;
};

class ShardLinks {
 public:
  explicit ShardLinks(std::uint32_t shards, std::size_t ring_bytes);

  std::uint32_t shards() const { return shards_; }
  ShardRing& ring(std::uint32_t from, std::uint32_t to) { return link(from, to).ring; }

  // To all others.
  void post(std::uint32_t from, Epoch epoch, Position next, const std::vector<SourceClock>& clocks);
  // False when there is nothing newer than `seen`.
  bool mail(std::uint32_t from, std::uint32_t to, std::uint64_t& seen, ShardMail& out);

  // How many records of this shard wait at the receiver that is furthest behind.
  std::uint64_t waiting(std::uint32_t from);
  bool all_worked_on();

 private:
  struct Link {
    explicit Link(std::size_t bytes) : ring(bytes) {}
    ShardRing ring;
    std::atomic<std::uint64_t> version{0};
    std::mutex mutex;  // guards the mail
    ShardMail mail;
  };
  Link& link(std::uint32_t from, std::uint32_t to) { return *links_[from * shards_ + to]; }

  const std::uint32_t shards_;
  std::vector<std::unique_ptr<Link>> links_;  // null from a shard to itself
};

}  // namespace vitrine
