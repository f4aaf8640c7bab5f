#pragma once
// ShardRing: records one shard has written into its log for another, in memory. A cache of the
// log's tail: when it is full a record is left out, and the receiver reads it back by position once
// it is committed. So memory is bounded, and a cycle of topics cannot wait for itself.
//
// Each record has the number it has among all of the sender for this receiver: a number that is
// missing is one to be read back. Threads: one sender, one receiver. Cost: a copy in, none out.
#include <atomic>
#include <cstring>
#include <memory>
#include <optional>

#include "streams/log/record.h"

namespace vitrine {

struct RingRecord {
  std::uint64_t number = 0;
  Epoch epoch;  // of the sender when it wrote the record
  Position position;
  std::uint32_t topic = 0;
  std::uint32_t partition = 0;
  RecordView record;  // valid until pop()
};

class ShardRing {
 public:
  explicit ShardRing(std::size_t bytes);  // a power of two
  ShardRing(const ShardRing&) = delete;
  ShardRing& operator=(const ShardRing&) = delete;

  // Counts the record as sent; whether it found room is seen by its number only.
  void send(Epoch epoch, Position position, std::uint32_t topic, std::uint32_t partition,
            const RecordView& record);
  std::uint64_t sent() const { return sent_.load(std::memory_order_acquire); }

  // The oldest, or nothing. Ask sent() first: what was sent by then and is not here was left out.
  std::optional<RingRecord> front() const;
  void pop();

  // How many of all that were sent the receiver has worked on, read back ones included.
  void worked_on(std::uint64_t records) { done_.store(records, std::memory_order_release); }
  std::uint64_t worked_on() const { return done_.load(std::memory_order_acquire); }

 private:
  struct Head {
    std::uint64_t number;
    std::uint64_t epoch;
    std::uint64_t position;
    std::int64_t millis;
    std::uint32_t size;  // of the whole entry; the head alone with kSkip: go on at the beginning
    std::uint32_t topic, partition;
    std::uint32_t key, value, correlation;
    std::uint32_t unused[2];
  };
  static_assert(sizeof(Head) == 64, "entries are multiples of it, and so is the ring");
  static constexpr std::uint32_t kSkip = 0xffffffffU;
  char* at(std::uint64_t offset) const { return bytes_.get() + (offset & (capacity_ - 1)); }

  const std::size_t capacity_;
  const std::unique_ptr<char[]> bytes_;  // pages that are never used are never there
  alignas(64) std::atomic<std::uint64_t> written_{0};
  std::uint64_t read_seen_ = 0;  // the sender's copy of read_
  std::atomic<std::uint64_t> sent_{0};
  alignas(64) std::atomic<std::uint64_t> read_{0};
  std::atomic<std::uint64_t> done_{0};
};

}  // namespace vitrine
