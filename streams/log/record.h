#pragma once
// What a log holds. A record has a key (its order), a value, a timestamp (server time, never
// backwards within a journal) and a correlation: the id of the command it answers, empty when it
// answers none. One command may yield several records; they share its correlation and one commit.
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/id.h"
#include "base/time.h"

namespace vitrine {

// Where a record stands in its journal. Increasing over all topics of the journal, with gaps. The
// first is 1; 0 = before all.
using Position = Id<struct PositionTag, std::uint64_t>;
// The number of a commit: everything in one epoch becomes durable together or not at all. The first
// is 1.
using Epoch = Id<struct EpochTag, std::uint64_t>;
// Drawn when a log is created and again when recovery had to cut a tail: cursors of another
// incarnation are void.
using Incarnation = Id<struct IncarnationTag, std::uint64_t>;

struct Record {
  Bytes key;
  Bytes value;
  Time timestamp{};
  Bytes correlation;
  friend bool operator==(const Record&, const Record&) = default;
};

struct RecordView {
  BytesView key;
  BytesView value;
  Time timestamp{};
  BytesView correlation;
  Record copy() const { return {Bytes(key), Bytes(value), timestamp, Bytes(correlation)}; }
};

inline RecordView view_of(const Record& r) { return {r.key, r.value, r.timestamp, r.correlation}; }

// A record as a reader gets it: owned, with its place.
struct Positioned {
  std::string topic;
  std::uint32_t partition = 0;
  Position position;
  Record record;
};

}  // namespace vitrine
