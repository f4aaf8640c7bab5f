#pragma once
// Steps: what a commit remembers so that the same can be done again. Format: docs/formats/steps.md.
//
// One step = one turn of the shard: the wall time it saw, the records it took in (a range of the
// group's positions), and the ranges of committed records it read from other domains. Inside a step
// the order is (timestamp, topic, partition, position), where a record's timestamp counts at least
// as much as that of the one before it in its partition. With several shards each has steps of its
// own, with what it received from the others.
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "streams/log/record.h"

namespace vitrine {

struct UpstreamRange {
  std::string domain;
  Incarnation incarnation;
  Position from;              // first position asked for
  Position next;              // where the following step goes on
  std::uint64_t records = 0;  // how many of the topology's inputs lay between
  friend bool operator==(const UpstreamRange&, const UpstreamRange&) = default;
};

// Records that another shard wrote into its log for us.
struct ReceivedRange {
  std::uint32_t shard = 0;
  Position first, last;
  std::uint64_t records = 0;  // taken, with all of this shard's for us in between
  friend bool operator==(const ReceivedRange&, const ReceivedRange&) = default;
};

// A clock that a shard told, this one or another; it counts behind what was received in this step.
struct HeardClock {
  std::uint32_t shard = 0;
  std::string topic;
  Time stream{}, wall{};
  friend bool operator==(const HeardClock&, const HeardClock&) = default;
};

struct Step {
  Time wall{};
  Position ingest_first;  // of the records appended from outside; they stand one after the other
  std::uint64_t ingest_records = 0;
  std::vector<UpstreamRange> upstreams;
  // Records emitted by earlier steps that were still to be read when the step began and were read
  // first: those from this position on. 0 when there were none.
  Position carried_from;
  // Of several shards only.
  std::uint32_t shard = 0;
  std::vector<ReceivedRange> received;  // in the order they were worked on
  std::vector<HeardClock> heard;
  friend bool operator==(const Step&, const Step&) = default;
};

// The steps of a lone shard: version 1.
Bytes encode_steps(const std::vector<Step>& steps);
// The steps of one of several shards, and those of all of them put together: version 2. Empty when
// nobody had a step.
Bytes encode_part(std::uint32_t shard, const std::vector<Step>& steps);
Bytes join_parts(const std::vector<Bytes>& parts);
// Either; those of several shards follow each other by the shard's number.
Result<std::vector<Step>> decode_steps(BytesView bytes);

}  // namespace vitrine
