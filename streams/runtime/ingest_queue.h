#pragma once
// IngestQueue: what was appended from outside and waits for the shard; bounded in records and
// bytes. Whoever appends copies the record into a block, where the shard reads it and leaves it:
// nothing is allocated for a record, and nothing is freed by another thread than made it.
//
// Threads: any may push(); the shard takes. One mutex inside, once a call whatever the number of
// records. Full: Code::Overloaded, at once.
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "streams/runtime/server_clock.h"
#include "streams/runtime/topic_table.h"
#include "vitrine/engine.h"

namespace vitrine {

// A record on its way to the shard; its bytes stand one after the other in a block.
struct Ingested {
  Time timestamp{};
  const char* bytes = nullptr;
  TopicNumber topic = 0;
  std::uint32_t partition = 0;
  std::uint32_t key_bytes = 0, value_bytes = 0, correlation_bytes = 0;

  RecordView record() const {
    const char* const value = bytes + key_bytes;
    return {{bytes, key_bytes}, {value, value_bytes}, timestamp,
            {value + value_bytes, correlation_bytes}};
  }
};

struct IngestBlock {
  static constexpr std::uint32_t kRecords = 512;
  static constexpr ByteCount kBytes = 128U << 10U;

  // What stands in here never moves: the shard reads the front while the rest is being filled.
  const std::unique_ptr<Ingested[]> records = std::make_unique<Ingested[]>(kRecords);
  const std::unique_ptr<char[]> bytes{new char[kBytes]};
  std::vector<std::unique_ptr<char[]>> large;  // the bytes of records that are too long for it
  std::uint32_t count = 0;
  ByteCount used = 0;
  ByteCount waiting_bytes = 0;  // as they count against the queue's bound
};

// What the shard took: a run of the queue's records in the order they came, each known by its
// place. Places rise, with gaps. Valid until the queue's next take().
class IngestBatch {
 public:
  struct Caller {
    std::uint32_t place;
    Engine::Done done;
  };

  bool empty() const { return records_ == 0; }
  std::size_t size() const { return records_; }
  void clear() {
    parts_.clear();
    callers.clear();
    records_ = 0;
  }
  std::uint32_t places() const {  // they are all below
    return static_cast<std::uint32_t>(parts_.size()) * IngestBlock::kRecords;
  }
  const Ingested& at(std::uint32_t place) const {
    const Part& part = parts_[place / IngestBlock::kRecords];
    return part.block->records[place % IngestBlock::kRecords];
  }
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::uint32_t i = 0; i < parts_.size(); ++i) {
      for (std::uint32_t n = parts_[i].begin; n < parts_[i].end; ++n)
        visit(i * IngestBlock::kRecords + n, parts_[i].block->records[n]);
    }
  }
  std::vector<Caller> callers;  // who wants to know when a record is committed, by its place

 private:
  friend class IngestQueue;
  struct Part {
    const IngestBlock* block;
    std::uint32_t begin, end;
  };
  std::vector<Part> parts_;
  std::uint64_t first_ = 0;  // the queue's number of place 0
  std::size_t records_ = 0;
};

class IngestQueue {
 public:
  IngestQueue(ServerClock& clock, std::size_t records_max, ByteCount bytes_max)
      : clock_(clock), records_max_(records_max), bytes_max_(bytes_max) {}

  struct Arriving {
    TopicNumber topic = 0;
    std::uint32_t partition = 0;
    RecordView record;
    bool keep_timestamp = false;
  };
  // Takes as many as there is room for, from the front, and says how many; Overloaded when there is
  // none. `done` is for the last of them, when all were taken. `first` becomes true when the queue
  // was empty: the shard may have to be woken.
  Result<std::size_t> push(std::span<const Arriving> records, Engine::Done done, bool& first);

  // The oldest, up to these bounds (at least one when there is one). Returns when the oldest came
  // (Clock::monotonic_nanos), 0 when there was none.
  std::int64_t take(std::size_t records_max, ByteCount bytes_max, IngestBatch& out);

  bool empty() const;
  ByteCount bytes() const;
  // How many wait, by topic. Goes over all of them: for metrics.
  std::vector<std::uint64_t> waiting(std::size_t topics) const;

 private:
  // Of all records that ever came, counted through all blocks as if each were full.
  using Sequence = std::uint64_t;
  struct Waiting {
    Sequence sequence;
    Engine::Done done;
  };

  void add(const Arriving& one, Time now, std::unique_ptr<char[]> own);
  void take_records(std::size_t records_max, ByteCount bytes_max, IngestBatch& out);
  void take_callers(IngestBatch& out);
  void reuse_blocks();
  std::unique_ptr<IngestBlock> fresh_block();

  ServerClock& clock_;
  const std::size_t records_max_;
  const ByteCount bytes_max_;
  mutable std::mutex mutex_;
  std::deque<std::unique_ptr<IngestBlock>> blocks_;  // the last one is being filled
  Sequence begin_ = 0;                               // of the first of them
  Sequence taken_ = 0;                               // all before are taken
  std::vector<std::unique_ptr<IngestBlock>> spares_;
  std::vector<Waiting> callers_;
  std::size_t callers_taken_ = 0;  // of them, from the front
  std::size_t records_ = 0;
  ByteCount bytes_ = 0;
  std::int64_t oldest_nanos_ = 0;
};

}  // namespace vitrine
