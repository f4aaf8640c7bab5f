#include "streams/runtime/shard_links.h"

#include <algorithm>

namespace vitrine {

ShardLinks::ShardLinks(std::uint32_t shards, std::size_t ring_bytes) : shards_(shards) {
  for (std::uint32_t from = 0; from < shards; ++from) {
    for (std::uint32_t to = 0; to < shards; ++to)
      links_.push_back(from == to ? nullptr : std::make_unique<Link>(ring_bytes));
  }
}

void ShardLinks::post(std::uint32_t from, Epoch epoch, Position next,
                      const std::vector<SourceClock>& clocks) {
  for (std::uint32_t to = 0; to < shards_; ++to) {
    if (to == from) continue;
    Link& one = link(from, to);
    {
      const std::lock_guard lock(one.mutex);
      one.mail = {one.ring.sent(), epoch, next, clocks};
    }
    one.version.fetch_add(1, std::memory_order_release);
  }
}

bool ShardLinks::mail(std::uint32_t from, std::uint32_t to, std::uint64_t& seen, ShardMail& out) {
  Link& one = link(from, to);
  const std::uint64_t version = one.version.load(std::memory_order_acquire);
  if (version == seen) return false;
  const std::lock_guard lock(one.mutex);
  seen = version;
  out = one.mail;
  return true;
}

std::uint64_t ShardLinks::waiting(std::uint32_t from) {
  std::uint64_t most = 0;
  for (std::uint32_t to = 0; to < shards_; ++to) {
    if (to == from) continue;
    const ShardRing& one = ring(from, to);
    most = std::max(most, one.sent() - one.worked_on());
  }
  return most;
}

bool ShardLinks::all_worked_on() {
  for (std::uint32_t from = 0; from < shards_; ++from) {
    if (waiting(from) > 0) return false;
  }
  return true;
}

}  // namespace vitrine
