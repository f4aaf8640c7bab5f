#pragma once
// Steps: what a commit remembers so that the same can be done again. Format: docs/formats/steps.md.
//
// One step = one turn of the shard: the wall time it saw, the records it took in (a range of the
// group's positions), and the ranges of committed records it read from other domains. Inside a step
// the order is (timestamp, topic, partition, position), where a record's timestamp counts at least
// as much as that of the one before it in its partition.
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

struct Step {
  Time wall{};
  Position ingest_first;  // of the records appended from outside; they stand one after the other
  std::uint64_t ingest_records = 0;
  std::vector<UpstreamRange> upstreams;
  // Records emitted by earlier steps that were still to be read when the step began and were read
  // first: those from this position on. 0 when there were none.
  Position carried_from;
  friend bool operator==(const Step&, const Step&) = default;
};

Bytes encode_steps(const std::vector<Step>& steps);
Result<std::vector<Step>> decode_steps(BytesView bytes);

}  // namespace vitrine
