#include "streams/runtime/lineage.h"

#include <algorithm>

namespace vitrine {

Lineage Lineage::decode(BytesView bytes) {
  Lineage out;
  ByteReader in(bytes);
  while (in.ok() && !in.at_end()) {
    const Incarnation incarnation{in.u64()};
    out.since_.push_back({incarnation, Position{in.varint()}});
  }
  return out;
}

Bytes Lineage::encode() const {
  Bytes out;
  for (const Since& one : since_) {
    put_u64(out, one.incarnation.value());
    put_varint(out, one.from.value());
  }
  return out;
}

bool Lineage::begins(Incarnation incarnation, Position end) {
  if (!since_.empty() && since_.back().incarnation == incarnation) return false;
  since_.push_back({incarnation, std::max(end, Position{1})});
  // The oldest is forgotten, not where it began: it counts as unknown, not as one history.
  if (since_.size() > kKept) {
    since_[1].from = since_[0].from;
    since_.erase(since_.begin());
  }
  return true;
}

Position Lineage::same_below(Incarnation known) const {
  const auto same = [&](const Since& one) { return one.incarnation == known; };
  const auto at = std::find_if(since_.rbegin(), since_.rend(), same);
  Position below{~std::uint64_t{0}};
  for (auto later = since_.rbegin(); later != at; ++later) below = std::min(below, later->from);
  return below;
}

}  // namespace vitrine
