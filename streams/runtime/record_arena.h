#pragma once
// RecordArena: records packed one after the other in one buffer, so that emitting costs a copy and
// no allocation. Threads: one. Views are valid until the next add() or clear().
#include <cstdint>
#include <vector>

#include "streams/log/record.h"

namespace vitrine {

class RecordArena {
 public:
  void add(std::uint32_t topic, std::uint32_t partition, Position position,
           const RecordView& record) {
    places_.push_back({topic, partition, position, record.timestamp, bytes_.size(),
                       static_cast<std::uint32_t>(record.key.size()),
                       static_cast<std::uint32_t>(record.value.size()),
                       static_cast<std::uint32_t>(record.correlation.size())});
    bytes_.append(record.key).append(record.value).append(record.correlation);
  }
  void clear() {
    places_.clear();
    bytes_.clear();
  }

  std::size_t size() const { return places_.size(); }
  std::uint32_t topic(std::size_t i) const { return places_[i].topic; }
  std::uint32_t partition(std::size_t i) const { return places_[i].partition; }
  Position position(std::size_t i) const { return places_[i].position; }
  RecordView record(std::size_t i) const {
    const Place& place = places_[i];
    const BytesView all(bytes_);
    const std::size_t value = place.offset + place.key_bytes;
    return {all.substr(place.offset, place.key_bytes), all.substr(value, place.value_bytes),
            place.timestamp, all.substr(value + place.value_bytes, place.correlation_bytes)};
  }

 private:
  struct Place {
    std::uint32_t topic;
    std::uint32_t partition;
    Position position;
    Time timestamp;
    std::size_t offset;
    std::uint32_t key_bytes, value_bytes, correlation_bytes;
  };
  std::vector<Place> places_;
  Bytes bytes_;
};

}  // namespace vitrine
