#pragma once
// The journal: the write-ahead log of one commit domain. Groups go in, each durable as a whole;
// records come out by position.
//
// A group is one epoch: the records it appended (to any topics), the state changes it made
// (absolute values), and its steps (what the runtime needs to do the same again). Format:
// docs/formats/journal.md, with test vectors.
//
// Durability: commit() returns when the group is on disk (write + fdatasync). A failed sync ends
// the process: the kernel may
//   have dropped the pages, so nothing we hold can be trusted. StorageFull is not a failed sync:
//   nothing was committed, the journal stays usable, try again when there is space.
// Threads: one committer. Any number of readers may call read(), committed_end() meanwhile.
// Recovery: complete groups are kept; what is not proven durable (by a later durable_through) is
// rewritten into a fresh
//   segment and synced before open() returns. Damage at or below a proven position is
//   Code::Corrupt, naming file and offset. A cut tail is reported in RecoveryReport and begins a
//   new incarnation.
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/env.h"
#include "streams/log/record.h"

namespace vitrine {

struct JournalOptions {
  ByteCount segment_bytes =
      64U << 20U;  // pre-written with zeros before use, the next one in the background
  ByteCount tail_cache_bytes = 32U << 20U;  // newest committed records kept in memory for readers
  ByteCount prewrite_at_open_bytes =
      4U << 20U;  // filled with zeros before open() returns, where it begins a segment
  ByteCount prewrite_bytes =
      4U << 20U;  // how far ahead of the writer zeros are kept from then on; 0: not at all
  bool sync =
      true;  // false only in benches that state it: acknowledged records may be lost on power cut
  bool background =
      true;  // a thread pre-writes; false: commit() does, a slice at a time (simulator)
  // Called once when a sync failed. The default prints it and ends the process; tests put their
  // own, and after it returns every commit() is refused.
  std::function<void(const Error&)> on_sync_failure;
};

// One state change: the value after the epoch, or its removal.
struct Delta {
  std::string store;
  Bytes key;
  Bytes value;
  bool removed = false;
};

// Collects one epoch's work. Not thread-safe; built by the shard, handed to commit() by value.
class Group {
 public:
  explicit Group(Epoch epoch, Position first);
  Group(Group&&) noexcept;
  Group& operator=(Group&&) noexcept;
  ~Group();

  // Gives the record the next position and returns it. `topic` is a name known to the journal's
  // caller; the journal keeps its own numbering of names in the directory.
  Position append(std::string_view topic, std::uint32_t partition, const RecordView& record);
  void add_delta(std::string_view store, BytesView key, BytesView value, bool removed);
  void set_steps(Bytes steps);  // opaque to the journal

  Epoch epoch() const;
  Position next_position()
      const;  // the position the next record would get; the next group begins here
  std::size_t records() const;
  ByteCount bytes() const;  // about what it will take on disk
  bool empty() const;

 private:
  friend class JournalFiles;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct RecoveryReport {
  bool created = false;   // there was no journal
  bool tail_cut = false;  // bytes after the last complete group were dropped: a new incarnation
  Epoch last_epoch;       // 0 when empty
  Position next_position;
  std::uint64_t groups = 0;
  ByteCount rewritten_bytes = 0;
};

class Journal {
 public:
  static Result<std::unique_ptr<Journal>> open(Env& env, std::string folder,
                                               JournalOptions options = {});
  // For tools: what is complete at this moment, also beside a running or after a killed process.
  // Changes nothing, takes no lock, and does not follow later commits. The newest group may not be
  // durable yet; its committer decides. commit() is refused (Unsupported).
  static Result<std::unique_ptr<Journal>> open_read_only(Disk& disk, std::string folder);
  virtual ~Journal() = default;

  virtual const RecoveryReport& recovery() const = 0;
  virtual Incarnation incarnation() const = 0;

  // Groups come in order: epoch = last + 1, first position >= the last group's next_position.
  // After an Error the group is untouched, so that the caller may try it again when there is space.
  virtual Result<void> commit(Group&& group) = 0;

  // Everything below is committed and may be read. committed_end() is the next position not yet
  // committed.
  virtual Position committed_end() const = 0;
  virtual Epoch committed_epoch() const = 0;

  // Committed records of these topics with position >= `from`, in position order over all of them,
  // at most max_records and about max_bytes (always at least one when there is one). `next` is
  // where to go on: it moves past records of other topics.
  struct Batch {
    std::vector<Positioned> records;
    Position next;
  };
  virtual Result<Batch> read(std::span<const std::string> topics, Position from,
                             std::size_t max_records, ByteCount max_bytes) const = 0;

  // State changes and steps of every committed group after `after`, in order; for restoring stores
  // and for replay.
  using GroupVisitor = std::function<Result<void>(Epoch, BytesView steps, std::span<const Delta>)>;
  virtual Result<void> replay(Epoch after, const GroupVisitor& visit) const = 0;

  virtual std::vector<std::string> topics() const = 0;  // every name that has a record, sorted

  // fdatasync durations of this journal, for the histogram beside every latency figure.
  virtual const class Histogram& sync_nanos() const = 0;
};

}  // namespace vitrine
