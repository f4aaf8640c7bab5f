#include "streams/runtime/shard_ring.h"

#include <bit>

#include "base/plant.h"
#include "base/result.h"

namespace vitrine {

ShardRing::ShardRing(std::size_t bytes) : capacity_(bytes), bytes_(new char[bytes]) {
  VT_CHECK(std::has_single_bit(bytes) && bytes >= 4 * sizeof(Head));
}

void ShardRing::send(Epoch epoch, Position position, std::uint32_t topic, std::uint32_t partition,
                     const RecordView& record) {
  const std::uint64_t number = sent_.load(std::memory_order_relaxed);
  const std::size_t payload = record.key.size() + record.value.size() + record.correlation.size();
  // Entries begin at multiples of a head's alignment, so that a head always fits before the end.
  const std::size_t size = (2 * sizeof(Head) + payload - 1) / sizeof(Head) * sizeof(Head);
  std::uint64_t write = written_.load(std::memory_order_relaxed);
  const std::size_t to_end = capacity_ - (write & (capacity_ - 1));
  const std::size_t needed = size > to_end ? to_end + size : size;
  if (size <= capacity_ / 4) {
    if (write + needed - read_seen_ > capacity_) read_seen_ = read_.load(std::memory_order_acquire);
    if (write + needed - read_seen_ <= capacity_) {
      if (size > to_end) {
        Head skip{};
        skip.size = kSkip;
        std::memcpy(at(write), &skip, sizeof skip);
        write += to_end;
      }
      const Head head{number,
                      epoch.value(),
                      position.value(),
                      millis_of(record.timestamp),
                      static_cast<std::uint32_t>(size),
                      topic,
                      partition,
                      static_cast<std::uint32_t>(record.key.size()),
                      static_cast<std::uint32_t>(record.value.size()),
                      static_cast<std::uint32_t>(record.correlation.size()),
                      {}};
      char* out = at(write);
      std::memcpy(out, &head, sizeof head);
      out += sizeof head;
      for (const BytesView part : {record.key, record.value, record.correlation}) {
        if (!part.empty()) std::memcpy(out, part.data(), part.size());
        out += part.size();
      }
      written_.store(write + size, std::memory_order_release);
    } else if (planted("full_ring_loses_a_record")) {
      return;
    }
  }
  sent_.store(number + 1, std::memory_order_release);
}

std::optional<RingRecord> ShardRing::front() const {
  const std::uint64_t end = written_.load(std::memory_order_acquire);
  std::uint64_t read = read_.load(std::memory_order_relaxed);
  if (read == end) return std::nullopt;
  Head head{};
  std::memcpy(&head, at(read), sizeof head);
  if (head.size == kSkip) {
    read += capacity_ - (read & (capacity_ - 1));
    std::memcpy(&head, at(read), sizeof head);
  }
  const char* in = at(read) + sizeof head;
  RingRecord out{head.number, Epoch{head.epoch}, Position{head.position}, head.topic,
                 head.partition, {}};
  out.record.key = {in, head.key};
  out.record.value = {in + head.key, head.value};
  out.record.correlation = {in + head.key + head.value, head.correlation};
  out.record.timestamp = time_of_millis(head.millis);
  return out;
}

void ShardRing::pop() {
  std::uint64_t read = read_.load(std::memory_order_relaxed);
  Head head{};
  std::memcpy(&head, at(read), sizeof head);
  if (head.size == kSkip) {
    read += capacity_ - (read & (capacity_ - 1));
    std::memcpy(&head, at(read), sizeof head);
  }
  read_.store(read + head.size, std::memory_order_release);
}

}  // namespace vitrine
