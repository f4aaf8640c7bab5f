#pragma once
// Engine: runs one App on the embedded log. The same App runs in TestDriver; later on Kafka.
//
//   auto engine = Engine::open(real_env(), app, {.folder = "./var/log/shop"});
//   (*engine)->start();
//   (*engine)->append({.topic = "shop.commands", .record = {...}});
//
// One App = one commit domain = one journal. Records flow through all hops within an epoch; nothing
// is visible to readers before its epoch is durable. Latency is one to two fsyncs, whatever the
// number of hops.
//
// Threads: append, fetch, committed_end, state_get, state_scan, at_least, on_commit may be called
// from any thread. The shards and the committer are threads of the engine ("vt-shard",
// "vt-commit"); without start() the engine is driven by poll() on the caller's thread.
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "streams/log/journal.h"
#include "streams/log/record.h"
#include "streams/store/state_scan.h"

namespace vitrine {

class App;
class Topology;
class StateBackend;

struct EngineOptions {
  std::string folder;  // journal in <folder>/journal, state in <folder>/state
  // How many threads work on the App: a power of two, at most as many as the topics it reads have
  // partitions. Each owns a part of the keys; what changes its key goes from one to the other. One
  // journal, one commit for all. May differ from one start to the next.
  std::uint32_t shards = 1;
  // What one shard may hold in memory for another, a power of two from 256 on; what finds no room
  // is read back from the log.
  ByteCount shard_ring_bytes = 1U << 20U;
  std::vector<class Engine*>
      upstreams;  // domains whose committed records this App reads; they must outlive it
  std::vector<std::string> extra_topics;    // topics that are appended but not read by the App
  // How long records of a topic stay, where that differs from what its Topic says; also for
  // dead-letter topics and extra_topics. An unknown name is refused.
  std::map<std::string, TopicKeep> keep;
  // An upstream's records that expired before this App had read them are an error at open(), unless
  // this says to go on with those that are left.
  bool skip_expired = false;
  // An upstream whose log is not the one this App has read (it was restored from an older backup,
  // or lost its end) is an error at open(), unless this says to go on where the two part: then
  // everything after is read, and what the App made of the records that are no more stays.
  bool skip_replaced = false;
  std::size_t ingest_records_max = 65'536;  // waiting appends; beyond: Code::Overloaded
  ByteCount ingest_bytes_max = 64U << 20U;
  std::size_t epoch_records_max = 50'000;
  ByteCount epoch_bytes_max = 8U << 20U;
  // The one knob between latency and throughput: commits begin at least this far apart, unless an
  // epoch is full. 0: work drives them, a commit begins as soon as the disk is free. Longer spares
  // syncs, bytes and CPU a record, and a record waits for half of it on average; the first one
  // after a pause does not wait. The curve is in docs/performance.md (library_bench knob).
  Duration linger{0};
  ByteCount state_cache_bytes = 256U << 20U;
  // State is flushed after so many changes, or so many bytes of them: bounds the tail to restore.
  std::uint64_t checkpoint_deltas = 1'000'000;
  ByteCount checkpoint_bytes = 128U << 20U;
  // For benches: when each epoch reached which step. Of an engine with one shard.
  std::shared_ptr<class EpochTrace> trace;
  Duration tick{0};  // > 0: wall ticks reach the App at least this often even without timers
  JournalOptions journal;
  // Where state lives; empty: RocksDB in <folder>/state. The simulator puts memory_backend() here.
  std::function<Result<std::unique_ptr<StateBackend>>(const std::string& folder)> state_backend;
};

struct Append {
  std::string topic;
  Record record;  // its timestamp is replaced by server time unless keep_timestamp
  bool keep_timestamp = false;
};

// A record to append, borrowed for the length of the call.
struct AppendView {
  std::string_view topic;
  RecordView record;
  bool keep_timestamp = false;
};

class Engine : public StateReader {
 public:
  static Result<std::unique_ptr<Engine>> open(Env& env, App& app, EngineOptions options);
  static Result<std::unique_ptr<Engine>> open(Env& env, std::shared_ptr<const Topology> topology,
                                              EngineOptions options);
  ~Engine() override = default;  // stops

  virtual Result<void> start() = 0;
  virtual void stop() = 0;          // drains what was accepted, commits, joins
  virtual Result<bool> poll() = 0;  // driven mode: one step and its commit; false when idle

  // Accepted is not durable: wait for `done` (called on the committer's thread, once, after the
  // commit or with the Error that ended it) or for the outcome record. Overloaded when the ingest
  // bound is reached, StorageFull while the disk is full, Unavailable after stop().
  using Done = std::function<void(Result<Position>)>;
  virtual Result<void> append(Append record, Done done = {}) = 0;
  // Many at once, at a fraction of the cost: they are accepted from the front, and it says how
  // many; fewer than all when the ingest bound is reached, or one of them is refused. An Error
  // when the first one is. `done` is the last one's, when all were accepted.
  virtual Result<std::size_t> append_many(std::span<const AppendView> records, Done done = {});

  // Committed records only. See Journal::read; a reader whose `from` is below the batch's
  // `earliest` has missed records that have expired.
  virtual Result<Journal::Batch> fetch(std::span<const std::string> topics, Position from,
                                       std::size_t max_records, ByteCount max_bytes) const = 0;
  virtual Position committed_end() const = 0;
  virtual Incarnation incarnation() const = 0;
  // Of whoever has read this log under an earlier incarnation: what he knows below this position is
  // still in it, what he knows from there on has gone or was replaced.
  virtual Position same_below(Incarnation known) const;
  virtual const RecoveryReport& recovery() const = 0;
  virtual bool storage_full() const = 0;

  // A consumer that must see every record: from its position on nothing expires or is compacted.
  // Not remembered; moved on by calling again, ended by let_go(). Apps that read this one as an
  // upstream do it by themselves while they are open.
  virtual void hold(const std::string& who, Position from);
  virtual void let_go(const std::string& who);

  // Copies log and state as of one commit into `folder`, which must not be there or be empty, while
  // the engine goes on; see vitrine/backup.h. Any thread, one at a time; takes as long as the
  // newest segments need to be copied, and nothing is retired meanwhile.
  virtual Result<struct BackupReport> backup(const std::string& folder);
  // The same under a name in <folder>/savepoints, kept until it is removed.
  virtual Result<struct BackupReport> savepoint(const std::string& name);

  // Calls `notify` on the committer's thread after each commit; it must only wake somebody. Returns
  // a token for removal.
  virtual std::uint64_t on_commit(std::function<void()> notify) = 0;
  virtual void remove_on_commit(std::uint64_t token) = 0;

  // The committed value of one key of a named store (encoded), at most one epoch old. Any thread.
  // Rows in order of their keys: state_scan(). vitrine/state_view.h is the typed way to both.
  std::optional<Bytes> state_get(const std::string& store, BytesView key) const override = 0;
  // Waits until the record at `written` (as append's `done` told) is committed: whatever is read of
  // state from then on includes what it did. Hops that an epoch at its bounds carried over come
  // with the next one. Unavailable when that takes longer than `patience`.
  virtual Result<void> at_least(Position written,
                                Duration patience = std::chrono::seconds{5});

  virtual std::uint32_t shards() const { return 1; }
  // What an operator wants to know: lag, epochs, cache, checkpoints; vitrine/engine_metrics.h.
  virtual struct EngineMetrics metrics() const;
  // The App as it runs here: topics, operators, states and ways between; vitrine/topology_map.h.
  virtual struct TopologyMap map() const;

  virtual const std::string& name() const = 0;
  virtual const class Histogram& sync_nanos() const = 0;    // this journal's fdatasync
  virtual const class Histogram& commit_nanos() const = 0;  // oldest append of the epoch -> durable
};

}  // namespace vitrine
