#pragma once
// The bytes of runs and of the manifest. docs/formats/runs.md says it in words, with test vectors;
// this header is the only code that knows it.
//
// A run holds the records of one topic from one stretch of the journal, in blocks of about 64 KiB,
// with an index of the blocks at its end. It is written once and never changed. The manifest lists
// all runs and where the segments begin; it is replaced as a whole.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "streams/log/record.h"

namespace vitrine::run_format {

inline constexpr ByteCount kRunHeaderBytes = 16;  // magic and id; the first block begins here
inline constexpr ByteCount kTrailerBytes = 32;
inline constexpr ByteCount kBlockBytes = 64U << 10U;  // a block ends with the record that fills it

// What the manifest says of a run.
struct RunInfo {
  std::uint64_t id = 0;
  std::string topic;  // empty: the steps of the groups, one record each; its position is the epoch
  ByteCount bytes = 0;
  std::uint64_t records = 0;
  Position first;
  Position last;
  Time first_time{};  // of commits
  Time last_time{};
  bool compacted = false;  // every record before its end that another of the same key replaced in
                           // this or an earlier run is gone
  friend bool operator==(const RunInfo&, const RunInfo&) = default;
};

struct Manifest {
  std::uint64_t first_segment = 1;  // segments with smaller ids are void
  Epoch retired;                    // groups up to here are in runs; their deltas are gone
  Position next{1};                 // of the first group that is not
  Time time{};                      // of the last retired group
  std::uint64_t next_run = 1;
  std::map<std::string, Position> starts;  // by topic: records before it have expired
  std::vector<RunInfo> runs;               // by topic, then position
};

Bytes encode(const Manifest& manifest);
std::optional<Manifest> decode_manifest(BytesView bytes);

struct BlockInfo {
  std::uint64_t offset = 0;
  std::uint32_t bytes = 0;
  std::uint32_t crc = 0;
  std::uint32_t records = 0;
  Position first;
  Position last;
  Time first_time{};
  Time last_time{};
};

std::uint32_t run_salt(std::uint64_t id);
std::uint32_t block_crc(std::uint64_t run, std::uint64_t offset, BytesView block);

Bytes run_header(std::uint64_t id);
// The index and the trailer, as they follow the last block.
Bytes run_end(std::uint64_t id, const std::string& topic, const std::vector<BlockInfo>& blocks,
              std::uint64_t index_offset);
struct Trailer {
  std::uint64_t index_offset = 0;
  std::uint32_t index_bytes = 0;
  std::uint32_t index_crc = 0;
};
// `bytes` are the last kTrailerBytes of the file.
std::optional<Trailer> decode_trailer(BytesView bytes, std::uint64_t id);
std::optional<std::vector<BlockInfo>> decode_index(BytesView bytes, const Trailer& trailer,
                                                   std::uint64_t id, std::string& topic);

// One record as a run tells it.
struct RunRecord {
  Position position;
  std::uint32_t partition = 0;
  Time committed{};
  RecordView record;
};

// Records of one block. Position, timestamp and commit time go on from the record before; they
// start at the block's first position, 0 and its first commit time.
class BlockEncoder {
 public:
  void begin(Position first, Time first_time);
  void add(const RunRecord& record, Bytes& out);

 private:
  std::uint64_t position_ = 0;
  std::int64_t millis_ = 0;
  std::int64_t committed_ = 0;
};

class BlockDecoder {
 public:
  BlockDecoder() : in_(BytesView{}) {}
  BlockDecoder(BytesView block, const BlockInfo& info);
  // False at the end or when malformed; ok() tells them apart.
  bool next(RunRecord& out);
  bool ok() const { return in_.ok(); }

 private:
  ByteReader in_;
  std::uint64_t position_ = 0;
  std::int64_t millis_ = 0;
  std::int64_t committed_ = 0;
};

std::string run_name(std::uint64_t id);                          // run-000000000000000a.vtr
std::optional<std::uint64_t> run_id_of(std::string_view name);   // empty for other files

}  // namespace vitrine::run_format
