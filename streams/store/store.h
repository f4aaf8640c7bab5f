#pragma once
// Named, typed, keyed state with a byte budget, over a backend on disk.
//
// A Store<K, V> is an open-addressing cache of typed values. Every change is collected as a delta
// (the value after the epoch) for the journal; only entries whose last change is committed may be
// evicted; the backend (RocksDB, WAL off, or memory) is never ahead of the journal. find/upsert on
// a cold key reads the backend.
//
// Threads: the task's thread only. committed() is called on that thread too, when the runtime
// learns an epoch is durable. Cost: a hit is one hash and one probe; a miss is one backend Get (3
// to 7 microseconds on RocksDB).
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "streams/log/record.h"
#include "streams/store/row_batch.h"
#include "streams/store/row_home.h"

namespace vitrine {

struct Delta;
class SmallestRows;  // state_scan.h

// What a backend held at one moment, whatever is written after. Any thread, one at a time; the
// backend must outlive it.
class FrozenRows {
 public:
  virtual ~FrozenRows() = default;
  // Keys that begin with `prefix`, without it, from `from` on, in order, while visit says true.
  using Visit = std::function<bool(BytesView key, BytesView value)>;
  virtual void scan(BytesView prefix, BytesView from, const Visit& visit) const = 0;
};

// Where a store's keys of one virtual partition stand in a backend.
Bytes backend_prefix(std::uint32_t virtual_partition, BytesView store);

// Bytes under a key prefix; the contract RocksDB and the in-memory backend both keep.
// Threads: get() and scan() from any thread, also beside a write; the rest from one at a time;
// flush() may run beside the others, and where state is lasting() so may one write() that leaves
// applied() as it is. write_rows() may run beside everything where rows_beside() says so.
class StateBackend {
 public:
  virtual ~StateBackend() = default;
  virtual bool get(BytesView key, Bytes& value) const = 0;
  // Atomically applies the changes and remembers that everything up to `applied` is included.
  struct Change {
    Bytes key;
    Bytes value;
    bool removed;
  };
  virtual Result<void> write(const std::vector<Change>& changes, Epoch applied) = 0;
  // Puts sorted rows in, newer than all that was written before, and leaves applied() as it is.
  // They may outlive a crash that takes what was written before them: what is put in here is also
  // in the journal's tail.
  virtual Result<void> write_rows(const RowBatch& rows);
  virtual bool rows_beside() const { return false; }
  virtual Epoch applied() const = 0;
  virtual bool empty() const = 0;    // nothing was ever written
  virtual Result<void> flush() = 0;  // what was written survives a crash
  // False: it does not, and the journal must keep all state changes.
  virtual bool lasting() const { return true; }
  // A copy of what was written, in a folder that is not there yet, durable; shares files that never
  // change. Any thread. Backends that do not last have nothing to copy.
  virtual Result<void> copy_to(const std::string& folder);
  virtual void scan(
      BytesView prefix,
      const std::function<void(BytesView key, BytesView value)>& visit) const = 0;  // key order
  // As it is now. Called on the writer's thread. Unless a backend knows better: a copy of all.
  virtual std::unique_ptr<FrozenRows> freeze() const;
};

std::unique_ptr<StateBackend> memory_backend();

// One backend for the stores of several shards: a view each. Writes go one after the other, and
// applied() of the backend is the epoch up to which all of them have written.
class SharedBackend {
 public:
  SharedBackend(StateBackend& backend, std::uint32_t shards);
  ~SharedBackend();
  StateBackend& of(std::uint32_t shard);
  Epoch applied() const;  // any thread

 private:
  struct State;
  class View;
  std::unique_ptr<State> state_;
  std::vector<std::unique_ptr<View>> views_;
};
Result<std::unique_ptr<StateBackend>> rocksdb_backend(const std::string& folder);
// As it was last flushed, also beside a process that has it open. Changes no file; write() refuses.
Result<std::unique_ptr<StateBackend>> rocksdb_backend_for_reading(const std::string& folder);

// The untyped face of a Store<K, V>, for the runtime.
class AnyStore {
 public:
  virtual ~AnyStore() = default;
  virtual const std::string& name() const = 0;
  // Undo marks: between begin_record() and undo_record()/the next begin_record() changes can be
  // taken back.
  virtual void begin_record() = 0;
  virtual void undo_record() = 0;
  // Moves out what changed since the last call, as absolute values, in a deterministic order (order
  // of first change).
  virtual void drain(
      Epoch epoch,
      const std::function<void(BytesView key, BytesView value, bool removed)>& visit) = 0;
  virtual void committed(Epoch epoch) = 0;  // entries changed in epochs <= this may be evicted
  virtual void restore(BytesView key, BytesView value,
                       bool removed) = 0;  // a delta from the journal's tail
  // Every live entry (cache over backend), in encoded-key order. For restoring indexes and
  // interactive scans.
  virtual void scan(const std::function<void(BytesView key, BytesView value)>& visit) const = 0;
  virtual bool get(BytesView key, Bytes& value) const = 0;
  // Adds every row that the backend does not hold as it is now, removed ones too. False when some
  // change among those that were wanted is not known to be committed. Passes over the whole cache.
  virtual bool newer_rows(SmallestRows& out) const = 0;
  // False while the key's last change is not known to be committed.
  virtual bool settled(BytesView key) const = 0;
  virtual ByteCount bytes() const = 0;
  virtual void put_row(BytesView key, BytesView value) = 0;  // by its bytes, as a record's change
  virtual void erase_row(BytesView key) = 0;
};

template <class K, class V>
class Store;        // typed_store.h
class CachedStore;  // cached_store.h

// All state of one task. Owns the stores and hands out typed ones by name; the same name twice with
// other types ends the process (the App refuses it before).
//
//   StoreSet stores{*backend, 256U << 20U};
//   auto& counts = stores.keyed<std::string, std::int64_t>("word-counts");
//
// Per record: begin_record(), the operators, and undo_record() when they failed. Per epoch:
// drain(), and committed() when the epoch is durable. Entries are evicted inside begin_record() and
// restore() only, so references into stores stay valid for the length of a record. Only what is
// committed leaves: the budget can be exceeded by what two epochs change.
class StoreSet {
 public:
  StoreSet(StateBackend& backend, ByteCount budget_bytes, ShardPlace place = {});
  ~StoreSet();
  StoreSet(const StoreSet&) = delete;
  StoreSet& operator=(const StoreSet&) = delete;

  template <class K, class V>
  Store<K, V>& keyed(std::string_view name, RowHome home = RowHome::Key);  // in typed_store.h
  const ShardPlace& place() const { return place_; }
  // Rows of `store` live where the rows of the same key of that other store live.
  void live_like(CachedStore& store, std::string_view other);
  // Said while a task is made: rows under windows live where the window's key lives, from here on.
  void below_windows(bool below) { below_windows_ = below; }

  std::vector<AnyStore*> all() const;           // in the order they were made
  AnyStore* find(std::string_view name) const;  // null when there is none
  const StateBackend& backend() const { return backend_; }

  void begin_record();
  void undo_record();
  using DeltaVisitor =
      std::function<void(const std::string& store, BytesView key, BytesView value, bool removed)>;
  std::size_t drain(Epoch epoch, const DeltaVisitor& visit);  // returns how many
  bool changed() const;                                       // drain() would have something to say
  void committed(Epoch epoch);
  // The shard that a written row belongs to; `store` as it was written. Number 0 for a store the
  // program no longer has.
  std::uint32_t shard_of(std::string_view store, BytesView key) const;
  // The virtual partition a row of `store` (as it was written) lives in; of a store of the shard's
  // own, or one the program no longer has, the shard's number.
  std::uint32_t home_of(std::string_view store, BytesView key) const;
  // A delta of the journal's tail, of this shard. False when the program no longer has that store:
  // the delta is not needed then.
  bool restore(std::string_view store, BytesView key, BytesView value, bool removed);
  // Many, in their order; those of other shards are passed over. Returns how many were needed.
  std::size_t restore(std::span<const Delta> deltas);

  // A checkpoint makes the backend hold everything up to `epoch`, in slices, so that nobody waits
  // long. Each slice must be called when all drained epochs are committed. Goes on from slice to
  // slice until it returns true; then the backend's applied() is `epoch`. After an Error (disk
  // full) nothing is lost: the same slice is tried again by the next call.
  void begin_checkpoint(Epoch epoch);
  Result<bool> checkpoint_slice(std::size_t changes_max);
  bool checkpointing() const { return checkpointing_; }
  // Of changes drained or restored since the last one began.
  ByteCount bytes_since_checkpoint() const { return bytes_since_checkpoint_; }
  // A slice in its parts, so that another thread may write while records go on: images are taken
  // between two records, in as many calls as it says More, and written when it is Full. Of what is
  // on its way to disk none is taken: where only such rows are left it says Unsettled, and wants
  // `all_settled` (all drained epochs are committed, none is being built) from then on. Nothing:
  // all is there, and write_slice(), which says so to the backend, belongs to this thread.
  enum class Gathered { More, Full, Unsettled, Nothing };
  Gathered gather_slice(std::size_t changes_max, bool all_settled);
  bool wants_settled() const { return wants_settled_; }
  // What is gathered in one call where records go on between: at least a few, more where many rows
  // change, so that a checkpoint comes to its end however fast they do.
  std::size_t gather_at_once();
  Result<void> write_slice();
  // Until the end of a slice is told its entries stay in the cache: what one becomes must not be
  // overwritten by what it was. To be called again until ended() when `entries_max` is not all of
  // them. Returns what checkpoint_slice() does.
  Result<bool> end_slice(Result<void> written, std::size_t entries_max = kAll);
  bool ending() const;  // end_slice() has more to do
  static constexpr std::size_t kAll = ~std::size_t{0};

  ByteCount bytes() const;
  std::uint64_t evictions() const { return evictions_; }
  std::uint64_t misses() const;  // reads that went to the backend
  std::uint64_t hits() const;    // reads and changes of an entry in the cache

 private:
  friend class CachedStore;
  struct Slice;  // store_set.cc
  CachedStore& add(std::unique_ptr<CachedStore> store);
  // Null when there is none; of other types: ends the process.
  CachedStore* known(std::string_view name, std::string_view key, std::string_view value) const;
  void touched(CachedStore& store) { touched_.push_back(&store); }
  void trim_for_record();
  void trim_for_restore();
  void trim(ByteCount target_bytes, std::size_t victims_max, ByteCount rows_bytes_max);

  CachedStore* find_written(std::string_view name) const;
  ByteCount slice_bytes_max() const;

  StateBackend& backend_;
  const ByteCount budget_bytes_;
  const ShardPlace place_;
  bool below_windows_ = false;
  ByteCount bytes_ = 0;            // kept by the stores
  bool backend_empty_;             // nothing was ever written: misses need no read
  bool nothing_to_evict_ = false;  // until the next commit
  bool checkpointing_ = false;
  Epoch checkpoint_epoch_;
  std::size_t checkpoint_store_ = 0;
  bool wants_settled_ = false;
  std::uint64_t changes_since_gather_ = 0;
  ByteCount bytes_since_checkpoint_ = 0;
  std::unique_ptr<Slice> slice_;  // gathered, and not known to be written
  std::size_t clock_store_ = 0;
  std::uint64_t evictions_ = 0;
  std::vector<std::unique_ptr<CachedStore>> stores_;
  std::vector<CachedStore*> touched_;  // by the current record
};

}  // namespace vitrine
