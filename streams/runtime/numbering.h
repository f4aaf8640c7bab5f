#pragma once
// Which positions a shard gives its records. A lone shard counts on where the last epoch ended.
// Several number without asking each other: epoch and shard have a block of their own, so that a
// position tells who gave it, and the first of the next epoch is known before this one is over.
// Blocks are mostly gaps, which positions may have.
#include <cstdint>

#include "streams/log/record.h"

namespace vitrine {

class Numbering {
 public:
  // A record of an epoch at its bounds may still emit so many and more.
  static constexpr std::uint64_t kBlock = std::uint64_t{1} << 20U;

  // `first` is the epoch that is built next, and `from` the first position it may use.
  Numbering(std::uint32_t shards, Epoch first, Position from)
      : shards_(shards), epoch_(first), base_(shards == 1 ? from.value() : aligned(from)) {}

  bool dense() const { return shards_ == 1; }
  Position base_of(Epoch epoch) const {
    return Position{base_ + (epoch.value() - epoch_.value()) * kBlock * shards_};
  }
  Position block_of(Epoch epoch, std::uint32_t shard) const {
    return Position{base_of(epoch).value() + shard * kBlock};
  }
  // Of positions given under this number of shards.
  std::uint32_t shard_of(Position position) const {
    return static_cast<std::uint32_t>(position.value() / kBlock % shards_);
  }

 private:
  std::uint64_t aligned(Position from) const {
    const std::uint64_t all = kBlock * shards_;
    return (from.value() + all - 1) / all * all;
  }
  const std::uint64_t shards_;
  const Epoch epoch_;
  const std::uint64_t base_;
};

}  // namespace vitrine
