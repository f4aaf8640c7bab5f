#pragma once
// Named, typed, keyed state with a byte budget, over a backend on disk.
//
// A Store<K, V> is an open-addressing cache of typed values. Every change is collected as a delta (the value after the epoch)
// for the journal; only entries whose last change is committed may be evicted; the backend (RocksDB, WAL off, or memory) is
// never ahead of the journal. find/upsert on a cold key reads the backend.
//
// Threads: the task's thread only. committed() is called on that thread too, when the runtime learns an epoch is durable.
// Cost: a hit is one hash and one probe; a miss is one backend Get (3 to 7 microseconds on RocksDB).
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "streams/log/record.h"

namespace vitrine {

struct Delta;

// Bytes under a key prefix; the contract RocksDB and the in-memory backend both keep.
class StateBackend {
 public:
  virtual ~StateBackend() = default;
  virtual bool get(BytesView key, Bytes& value) const = 0;
  // Atomically applies the changes and remembers that everything up to `applied` is included.
  struct Change { Bytes key; Bytes value; bool removed; };
  virtual Result<void> write(const std::vector<Change>& changes, Epoch applied) = 0;
  virtual Epoch applied() const = 0;
  virtual Result<void> flush() = 0;                       // what was written survives a crash
  virtual void scan(BytesView prefix, const std::function<void(BytesView key, BytesView value)>& visit) const = 0;  // key order
};

std::unique_ptr<StateBackend> memory_backend();
Result<std::unique_ptr<StateBackend>> rocksdb_backend(const std::string& folder);

// The untyped face of a Store<K, V>, for the runtime.
class AnyStore {
 public:
  virtual ~AnyStore() = default;
  virtual const std::string& name() const = 0;
  // Undo marks: between begin_record() and undo_record()/the next begin_record() changes can be taken back.
  virtual void begin_record() = 0;
  virtual void undo_record() = 0;
  // Moves out what changed since the last call, as absolute values, in a deterministic order (order of first change).
  virtual void drain(Epoch epoch, const std::function<void(BytesView key, BytesView value, bool removed)>& visit) = 0;
  virtual void committed(Epoch epoch) = 0;                // entries changed in epochs <= this may be evicted
  virtual void restore(BytesView key, BytesView value, bool removed) = 0;   // a delta from the journal's tail
  // Every live entry (cache over backend), in encoded-key order. For restoring indexes and interactive scans.
  virtual void scan(const std::function<void(BytesView key, BytesView value)>& visit) const = 0;
  virtual bool get(BytesView key, Bytes& value) const = 0;
  virtual ByteCount bytes() const = 0;
};

// All state of one task. Owns the stores; hands out typed ones by name (the same name twice with other types is refused).
class StoreSet;

}  // namespace vitrine
