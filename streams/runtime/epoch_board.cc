#include "streams/runtime/epoch_board.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vitrine {

void EpochBoard::begin(Epoch committed) {
  committed_ = committed.value();
  target_ = committed.value() + 1;
}

bool EpochBoard::raise(Epoch building) {
  if (!disk_is_free(building)) return false;
  std::uint64_t expected = building.value();
  return target_.compare_exchange_strong(expected, building.value() + 1,
                                         std::memory_order_acq_rel);
}

std::optional<EpochPart> EpochBoard::hand_in(std::uint32_t shard, EpochPart part) {
  std::vector<std::optional<EpochPart>> all;
  {
    const std::lock_guard lock(mutex_);
    VT_CHECK(!parts_[shard]);
    parts_[shard] = std::move(part);
    if (++in_ < parts_.size()) return std::nullopt;
    in_ = 0;
    all = std::exchange(parts_, std::vector<std::optional<EpochPart>>(parts_.size()));
  }
  return joined(std::move(all));
}

// In order of the shards, as their positions are.
EpochPart EpochBoard::joined(std::vector<std::optional<EpochPart>> parts) {
  EpochPart whole = std::move(*parts.front());
  if (parts.size() == 1) return whole;
  std::vector<Bytes> steps{whole.group.take_steps()};
  for (std::size_t i = 1; i < parts.size(); ++i) {
    EpochPart& part = *parts[i];
    steps.push_back(part.group.take_steps());
    whole.group.absorb(std::move(part.group));
    std::move(part.completions.begin(), part.completions.end(),
              std::back_inserter(whole.completions));
    if (whole.oldest_nanos == 0 ||
        (part.oldest_nanos != 0 && part.oldest_nanos < whole.oldest_nanos))
      whole.oldest_nanos = part.oldest_nanos;
  }
  whole.group.set_steps(join_parts(steps));
  return whole;
}

}  // namespace vitrine
