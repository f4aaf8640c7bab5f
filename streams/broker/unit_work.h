#pragma once
// UnitWork: everything one epoch of one unit did, which becomes durable together: records, state
// changes, steps, and how far its inputs are consumed.
//
// Packed one after the other into few buffers that are used again, so that emitting costs a copy
// and no allocation. Threads: one at a time. Views are valid until the next add or clear().
#include <cstdint>
#include <vector>

#include "streams/broker/broker.h"
#include "streams/log/record.h"

namespace vitrine {

// A record on its way to a partition of a topic. `topic` is its number in the topology.
class WorkRecords {
 public:
  void add(std::uint32_t topic, std::uint32_t partition, const RecordView& record) {
    places_.push_back({bytes_.size(), record.timestamp, topic, partition,
                       static_cast<std::uint32_t>(record.key.size()),
                       static_cast<std::uint32_t>(record.value.size()),
                       static_cast<std::uint32_t>(record.correlation.size())});
    bytes_.append(record.key).append(record.value).append(record.correlation);
  }
  // Takes back what was added since size() was `size`.
  void truncate(std::size_t size) {
    if (size == places_.size()) return;
    bytes_.resize(places_[size].offset);
    places_.resize(size);
  }
  void clear() {
    places_.clear();
    bytes_.clear();
  }

  std::size_t size() const { return places_.size(); }
  ByteCount bytes() const { return bytes_.size(); }
  std::uint32_t topic(std::size_t i) const { return places_[i].topic; }
  std::uint32_t partition(std::size_t i) const { return places_[i].partition; }
  RecordView record(std::size_t i) const {
    const Place& place = places_[i];
    const BytesView all(bytes_);
    const std::size_t value = place.offset + place.key_bytes;
    return {all.substr(place.offset, place.key_bytes), all.substr(value, place.value_bytes),
            place.timestamp, all.substr(value + place.value_bytes, place.correlation_bytes)};
  }
  // What caused it caused one behind it in its partition, too: they have one correlation.
  bool has_more(std::size_t i) const {
    const BytesView caused_by = record(i).correlation;
    if (caused_by.empty()) return false;
    for (std::size_t j = i + 1; j < size() && record(j).correlation == caused_by; ++j) {
      if (topic(j) == topic(i) && partition(j) == partition(i)) return true;
    }
    return false;
  }

 private:
  friend class LastUpdates;
  struct Place {
    std::size_t offset;
    Time timestamp;
    std::uint32_t topic;
    std::uint32_t partition;
    std::uint32_t key_bytes, value_bytes, correlation_bytes;
    std::size_t bytes() const { return std::size_t{key_bytes} + value_bytes + correlation_bytes; }
  };
  std::vector<Place> places_;
  Bytes bytes_;
};

// A row of state as it is after the epoch. `row` is backend_prefix() of `home`, the virtual
// partition it lives in, and the key; a backend has it by virtual_partition(key).
struct RowView {
  std::uint32_t home = 0;
  BytesView row;
  BytesView value;
  bool removed = false;
};

class WorkRows {
 public:
  void add(std::uint32_t home, BytesView store, BytesView key, BytesView value, bool removed);
  void clear() {
    places_.clear();
    bytes_.clear();
  }
  std::size_t size() const { return places_.size(); }
  RowView row(std::size_t i) const {
    const Place& place = places_[i];
    const BytesView all(bytes_);
    return {place.home, all.substr(place.offset, place.row_bytes),
            all.substr(place.offset + place.row_bytes, place.value_bytes), place.removed};
  }

 private:
  struct Place {
    std::size_t offset;
    std::uint32_t row_bytes, value_bytes;
    std::uint16_t home;
    bool removed;
  };
  std::vector<Place> places_;
  Bytes bytes_;
};

// The store and the key that a row's bytes say. False: they are no row.
bool read_row(BytesView row, std::uint32_t& home, BytesView& store, BytesView& key);
// The same of a changelog's row; Corrupt, with what was being done, where it is none.
Result<void> need_row(const char* doing, BytesView row, BytesView& store, BytesView& key);

// From here on a partition of an input is still to be read.
struct InputPosition {
  std::uint32_t topic = 0;  // its number in the topology
  std::uint32_t partition = 0;
  std::int64_t next = 0;
  friend auto operator<=>(const InputPosition&, const InputPosition&) = default;
};

struct UnitWork {
  Unit unit;
  Generation generation;
  Epoch epoch;
  Time wall{};  // of the last step
  WorkRecords records;
  WorkRows rows;
  Bytes steps;
  std::vector<InputPosition> consumed;  // of its own partitions, all that were ever read

  void clear() {
    records.clear();
    rows.clear();
    steps.clear();
    consumed.clear();
  }
};

}  // namespace vitrine
