#pragma once
// MigrationMap: where the records of one topic of an embedded log went on Kafka. By partition:
// how many, the offset behind the last one, and of every so many the position it had and the offset
// it has. Between two of those records are counted, on both sides, in their order.
//
// Bounded: at most kPlacesMax places over all partitions (two of a partition at least). When a
// partition has its share, every second one goes, and the next ones are noted half as often.
// Threads: one.
#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "streams/log/record.h"

namespace vitrine::kafka {

struct MigrationMap {
  static constexpr std::size_t kPlacesMax = 1'024;

  struct Place {  // of one record
    Position position;
    std::int64_t offset = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };
  struct Part {
    std::uint64_t records = 0;
    std::int64_t next_offset = 0;  // behind the last record that was copied
    std::uint64_t stride = 1;      // places are those of the records 0, stride, 2 * stride, …
    std::vector<Place> places;
    friend bool operator==(const Part&, const Part&) = default;
  };

  Incarnation incarnation;  // of the log
  Position next{1};         // the log is copied up to here
  std::vector<Part> parts;

  static MigrationMap of(Incarnation incarnation, std::uint32_t partitions);

  // The next record of a partition: positions and offsets rise.
  void add(std::uint32_t partition, Position position, std::int64_t offset);
  std::uint64_t records() const;
  // The last place noted at or before the position; none: the partition's records come after it.
  std::optional<Place> before(std::uint32_t partition, Position position) const;

  Bytes encode() const;
  static Result<MigrationMap> decode(BytesView bytes);
};

// What a sequence of records was: equal keys, values, times and correlations in the same order have
// equal digests. Finds what went wrong by accident; it is no signature.
class RecordDigest {
 public:
  void add(const RecordView& record);
  void add_bytes(BytesView bytes);  // with their length
  void add_number(std::uint64_t number);
  std::uint64_t records() const { return records_; }
  std::uint64_t value() const { return value_; }
  friend bool operator==(const RecordDigest&, const RecordDigest&) = default;

 private:
  std::uint64_t records_ = 0;
  std::uint64_t value_ = 14'695'981'039'346'656'037U;  // FNV-1a
};

}  // namespace vitrine::kafka
