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
//   rewritten into a fresh segment and synced before open() returns. Damage at or below a proven
//   position is Code::Corrupt, naming file and offset. A cut tail is reported in RecoveryReport and
//   begins a new incarnation.
// What is verified when: open() reads the newest segment to its last byte, of older ones what finds
//   their groups; every other byte is verified when it is read. verify() reads all.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "streams/log/record.h"
#include "streams/log/shipping.h"
#include "streams/log/topic_keep.h"

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
  // A journal that holds topics with a retention or compaction ends a segment after this time, so
  // that its records can leave the disk.
  Duration segment_time = std::chrono::minutes{10};
  // Sealed segments that stay as they are, with their state changes; older ones are retired when
  // they are released. Where topics have a retention or compaction none stays.
  ByteCount tail_bytes = 256U << 20U;
  ByteCount run_bytes = 256U << 20U;            // small runs are merged up to this size
  ByteCount compact_memory_bytes = 64U << 20U;  // for the keys of one compaction
  bool recycle = true;      // retired segments are written over, which spares their zeros
  // Groups come by take(): what a torn tail held is still where it came from, so that cutting it
  // begins no new incarnation.
  bool follows = false;
  bool verify_all = false;  // open() reads and verifies every byte, not only what is not proven
  // Called once when a sync failed. The default prints it and ends the process; tests put their
  // own, and after it returns every commit() is refused.
  std::function<void(const Error&)> on_sync_failure;
  // For traces: when the fdatasync of a commit began and ended, on the committer's thread.
  std::function<void(std::int64_t begun_nanos, std::int64_t ended_nanos)> on_synced;
};

// One state change: the value after the epoch, or its removal. Borrowed from whoever tells it, for
// the length of the call.
struct Delta {
  std::string_view store;
  BytesView key;
  BytesView value;
  bool removed = false;
};

// Collects one epoch's work. Not thread-safe; built by the shard, handed to commit() by value.
class Group {
 public:
  explicit Group(Epoch epoch, Position first);
  // A part of the group that begins at `first`: its own records are numbered from `from` on.
  Group(Epoch epoch, Position first, Position from);
  Group(Group&&) noexcept;
  Group& operator=(Group&&) noexcept;
  ~Group();

  // Gives the record the next position and returns it. `topic` is a name known to the journal's
  // caller; the journal keeps its own numbering of names in the directory.
  Position append(std::string_view topic, std::uint32_t partition, const RecordView& record);
  // The same by the number of a topic-partition in this group, which is asked for when its first
  // record is about to follow.
  using Section = std::uint32_t;
  Section section(std::string_view topic, std::uint32_t partition);
  Position append(Section section, const RecordView& record);
  void add_delta(std::string_view store, BytesView key, BytesView value, bool removed);
  void set_steps(Bytes steps);  // opaque to the journal
  // Server time of the commit: what retention counts from. Without it, or when it is before the
  // last group's, the journal takes the wall clock's and the last group's time.
  void set_time(Time time);

  // Takes another part of the same epoch in: its records were numbered after all of ours. Steps
  // stay as they are; take_steps() gives them out for whoever puts them together.
  void absorb(Group&& part);
  Bytes take_steps();

  Epoch epoch() const;
  Position next_position()
      const;  // the position the next record would get; the next group begins here
  std::size_t records() const;
  // Counted by name, for metrics: records of topics, changes of states.
  struct Contents {
    std::vector<std::pair<std::string, std::uint64_t>> records, changes;
  };
  Contents contents() const;
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
  std::uint64_t groups = 0;  // in segments: those in runs are not counted
  std::uint64_t runs = 0;
  ByteCount rewritten_bytes = 0;
};

class Journal {
 public:
  static Result<std::unique_ptr<Journal>> open(Env& env, std::string folder,
                                               JournalOptions options = {});
  // For tools: what is complete at this moment, also beside a running or after a killed process.
  // Changes nothing, takes no lock, and does not follow later commits. The newest group may not be
  // durable yet; its committer decides. commit() is refused (Unsupported). When the writer
  // has retired or replaced a file meanwhile it is opened anew, and committed_end() may move on.
  static Result<std::unique_ptr<Journal>> open_read_only(Disk& disk, std::string folder);
  // For tools and backups: reads everything and verifies every checksum, of segments and runs.
  static Result<void> verify(Disk& disk, const std::string& folder);
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
  //
  // `earliest`: of these topics some record before it has expired. A reader that asked for less
  // than this has missed records, and gets those that are left. 0 when nothing has expired.
  // Compaction is not told: what it takes away was replaced by a later record of the same key.
  struct Batch {
    std::vector<Positioned> records;
    Position next;
    Position earliest;
  };
  virtual Result<Batch> read(std::span<const std::string> topics, Position from,
                             std::size_t max_records, ByteCount max_bytes) const = 0;
  // The same without copies: each record is borrowed for the length of the call. The batch that is
  // returned has no records.
  using RecordVisitor = std::function<void(const std::string& topic, std::uint32_t partition,
                                           Position position, const RecordView& record)>;
  virtual Result<Batch> visit(std::span<const std::string> topics, Position from,
                              std::size_t max_records, ByteCount max_bytes,
                              const RecordVisitor& visitor) const = 0;

  // State changes and steps of every committed group after `after`, in order; for restoring stores
  // and for replay. Groups up to retired() have steps only, and are passed over when they had none.
  using GroupVisitor = std::function<Result<void>(Epoch, BytesView steps, std::span<const Delta>)>;
  virtual Result<void> replay(Epoch after, const GroupVisitor& visit) const = 0;

  // Copies the journal as of one commit into an existing, empty folder, while commits and reads go
  // on: runs by a second name where the disk has that, the segments by their bytes. `first` is
  // called before, with nothing being retired meanwhile: the place to copy the state that belongs
  // to it. Everything is durable on return. A journal opened from a copy that has a file `restored`
  // beside it begins a new incarnation.
  struct Copy {
    Epoch epoch;
    Position end;
    ByteCount bytes_copied = 0;
    ByteCount bytes_linked = 0;
  };
  virtual Result<Copy> copy_to(const std::string& folder,
                               const std::function<Result<void>()>& first) = 0;

  virtual std::vector<std::string> topics() const = 0;  // every name that has a record, sorted

  // --- What is kept. Without any of these calls everything stays as it was written, for ever.

  // How long records of a topic are kept; for ever unless said. Not remembered: said at each open.
  virtual void keep(const std::string& topic, const TopicKeep& keep) = 0;
  // State changes up to `epoch` are durable elsewhere: segments that end there or before may become
  // runs, which hold records and steps only.
  virtual void release(Epoch epoch) = 0;
  // Segments up to here should be retired; they wait for release(). 0: none does.
  virtual Epoch wants_released() const = 0;
  virtual Epoch retired() const = 0;
  // A consumer that must see every record: from its position on nothing expires or is compacted,
  // however old. Not remembered.
  virtual void hold(const std::string& who, Position from) = 0;
  virtual void let_go(const std::string& who) = 0;
  // One piece of the work behind all this: expire what is too old at `now`, turn a segment into
  // runs, merge, compact. True: there may be more. `now` is server time and never runs backwards.
  // One thread at a time, beside commits and reads. After an Error (full disk) nothing is lost: the
  // same work is tried by the next call.
  virtual Result<bool> tend(Time now) = 0;

  // --- For a standby (streams/standby): groups leave as they stand, and are the same elsewhere.

  // The first group after `after`; nothing when there is none yet. OutOfRange: it is in runs, which
  // hold no state changes.
  virtual Result<std::optional<ShippedGroup>> ship(Epoch after) const;
  // Commits groups of another journal of this incarnation: the same epochs, positions, times and
  // bytes, with one sync for all of them. Each is verified before any of it is written. The
  // committer's thread, instead of commit().
  virtual Result<void> take(std::span<const ShippedGroup> groups);
  // From now on a group is shown when the gate lets it pass. Null: at once. Not while a commit is
  // on its way.
  virtual void set_gate(std::shared_ptr<CommitGate> gate);
  virtual CommitGate* gate() const;
  // Groups after this one are not retired, whatever release() says: somebody still copies them.
  virtual void keep_groups(Epoch after);
  virtual Position held() const;   // the least position that some hold() names
  virtual Time last_time() const;  // of the last commit

  // fdatasync durations of this journal, for the histogram beside every latency figure.
  virtual const class Histogram& sync_nanos() const = 0;
};

}  // namespace vitrine
