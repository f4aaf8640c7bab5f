#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <string>

#include "streams/store/rocksdb_files.h"
#include "streams/store/store.h"

namespace vitrine {
namespace {

// Virtual partitions end below 1024, so no state key begins with these bytes.
constexpr std::string_view kAppliedKey{
    "\xff\xff"
    "applied"};

rocksdb::Slice slice(BytesView bytes) { return {bytes.data(), bytes.size()}; }
BytesView view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

// Memory is bounded: two write buffers of 32 MiB, a block cache of 64 MiB that also holds index and
// filter blocks.
rocksdb::Options options_for_state() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 32U << 20U;
  options.max_write_buffer_number = 3;
  // Asking for a key that is not there is what every new key does: a filter answers at once.
  options.memtable_prefix_bloom_size_ratio = 0.05;
  options.memtable_whole_key_filtering = true;
  options.max_open_files = 256;
  options.max_background_jobs = 2;
  // Files go to the disk as they are written: one long sync at the end of each would hold up the
  // journal's short ones.
  options.bytes_per_sync = 256U << 10U;
  options.strict_bytes_per_sync = true;
  // A checkpoint brings files of its own. This keeps all of them in the newest level, instead of
  // one in each level that is still empty.
  options.level_compaction_dynamic_level_bytes = true;
  options.compression = rocksdb::kNoCompression;
  options.keep_log_file_num = 2;
  options.max_log_file_size = 4U << 20U;
  options.avoid_flush_during_shutdown = true;
  options.allow_mmap_reads = false;
  rocksdb::BlockBasedTableOptions table;
  // Few shards: the filter of a file is read as one block of up to some MiB, which must find room
  // beside the blocks of rows.
  constexpr int kCacheShardBits = 2;
  constexpr double kForIndexAndFilters = 0.5;  // of the cache: blocks of rows do not push them out
  table.block_cache =
      rocksdb::NewLRUCache(64U << 20U, kCacheShardBits, false, kForIndexAndFilters);
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  // A key is found in its block by a hash, not by halving.
  table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10, false));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

Error error_of(std::string_view attempt, const std::string& folder, const rocksdb::Status& status) {
  const Code code = status.IsNoSpace()      ? Code::StorageFull
                    : status.IsCorruption() ? Code::Corrupt
                                            : Code::Io;
  const char* advice = "";
  if (code == Code::Corrupt) {
    advice =
        "; bring it back from a backup or a savepoint; while no segment was retired yet, removing "
        "it rebuilds it";
  }
  return {code,
          std::string(attempt) + " state in " + folder + ": " + status.ToString() + advice};
}

// An iterator of RocksDB sees the database as it was when it was made.
class RocksRows final : public FrozenRows {
 public:
  RocksRows(std::string folder, std::unique_ptr<rocksdb::Iterator> at)
      : folder_(std::move(folder)), at_(std::move(at)) {}
  void scan(BytesView prefix, BytesView from, const Visit& visit) const override {
    const Bytes first = Bytes(prefix) + Bytes(from);
    for (at_->Seek(slice(first)); at_->Valid() && at_->key().starts_with(slice(prefix));
         at_->Next()) {
      if (!visit(view(at_->key()).substr(prefix.size()), view(at_->value()))) break;
    }
    VT_CHECK_MSG(at_->status().ok(), error_of("scan", folder_, at_->status()).message);
  }

 private:
  std::string folder_;
  std::unique_ptr<rocksdb::Iterator> at_;
};

class RocksBackend final : public StateBackend {
 public:
  RocksBackend(std::string folder, const rocksdb::Options& options,
               std::shared_ptr<rocksdb::EventListener> merges, std::unique_ptr<rocksdb::DB> db)
      : folder_(std::move(folder)),
        db_(std::move(db)),
        files_(*db_, options, folder_, std::move(merges)) {
    write_.disableWAL = true;  // the journal is the write-ahead log
    std::string value;
    if (db_->Get({}, slice(kAppliedKey), &value).ok()) {
      written_ = true;
      applied_ = ByteReader(value).u64();
    }
  }

  bool get(BytesView key, Bytes& value) const override {
    const auto status = db_->Get(read_, slice(key), &value);
    VT_CHECK_MSG(status.ok() || status.IsNotFound(), error_of("read", folder_, status).message);
    return status.ok();
  }

  Result<void> write(const std::vector<Change>& changes, Epoch applied) override {
    rocksdb::WriteBatch batch;
    for (const Change& change : changes) {
      if (change.removed) {
        batch.Delete(slice(change.key));
      } else {
        batch.Put(slice(change.key), slice(change.value));
      }
    }
    Bytes epoch;
    put_u64(epoch, applied.value());
    batch.Put(slice(kAppliedKey), slice(epoch));
    if (const auto status = db_->Write(write_, &batch); !status.ok()) {
      return tl::unexpected<Error>(error_of("write", folder_, status));
    }
    written_ = true;
    applied_ = applied.value();
    return {};
  }

  // In the memtable, or as a file of their own. Either is there whole or not at all, and applied()
  // is written after it.
  Result<void> write_rows(const RowBatch& rows) override {
    rocksdb::Status status;
    if (rows.bytes() >= SortedFiles::kBytesMin) {
      status = files_.add(rows);
    } else {
      rocksdb::WriteBatch batch(rows.bytes());
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const RowBatch::Row row = rows.row(i);
        if (row.removed) {
          batch.Delete(slice(row.key));
        } else {
          batch.Put(slice(row.key), slice(row.value));
        }
      }
      status = db_->Write(write_, &batch);
    }
    if (!status.ok()) return tl::unexpected<Error>(error_of("write", folder_, status));
    written_ = true;
    return {};
  }
  bool rows_beside() const override { return true; }

  Epoch applied() const override { return Epoch{applied_}; }
  bool empty() const override { return !written_; }

  Result<void> flush() override {
    if (const auto status = db_->Flush({}); !status.ok())
      return tl::unexpected<Error>(error_of("flush", folder_, status));
    return {};
  }

  Result<void> copy_to(const std::string& folder) override {
    rocksdb::Checkpoint* made = nullptr;
    auto status = rocksdb::Checkpoint::Create(db_.get(), &made);
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
    if (status.ok()) status = checkpoint->CreateCheckpoint(folder);  // flushes first
    if (status.ok()) return {};
    return tl::unexpected<Error>(error_of("copy to " + folder, folder_, status));
  }

  std::unique_ptr<FrozenRows> freeze() const override {
    return std::make_unique<RocksRows>(folder_,
                                       std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(read_)));
  }

  void scan(BytesView prefix,
            const std::function<void(BytesView, BytesView)>& visit) const override {
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(read_));
    for (at->Seek(slice(prefix)); at->Valid() && at->key().starts_with(slice(prefix)); at->Next()) {
      visit(view(at->key()), view(at->value()));
    }
    VT_CHECK_MSG(at->status().ok(), error_of("scan", folder_, at->status()).message);
  }

 private:
  std::string folder_;
  std::unique_ptr<rocksdb::DB> db_;
  SortedFiles files_;
  rocksdb::ReadOptions read_;
  rocksdb::WriteOptions write_;
  std::atomic<std::uint64_t> applied_{0};
  std::atomic<bool> written_{false};
};

// RocksDB's own diary would be a file in the folder.
class NoDiary final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

}  // namespace

Result<std::unique_ptr<StateBackend>> rocksdb_backend_for_reading(const std::string& folder) {
  rocksdb::Options options = options_for_state();
  options.info_log = std::make_shared<NoDiary>();
  options.max_open_files = -1;  // all are opened now: the owner may remove some meanwhile
  rocksdb::DB* db = nullptr;
  if (const auto status = rocksdb::DB::OpenForReadOnly(options, folder, &db); !status.ok())
    return tl::unexpected<Error>(error_of("open", folder, status));
  return std::make_unique<RocksBackend>(folder, options, SortedFiles::merges(),
                                        std::unique_ptr<rocksdb::DB>(db));
}

Result<std::unique_ptr<StateBackend>> rocksdb_backend(const std::string& folder) {
  rocksdb::Options options = options_for_state();
  const auto merges = SortedFiles::merges();
  options.listeners.push_back(merges);
  rocksdb::DB* db = nullptr;
  auto status = SortedFiles::remove_leftovers(folder);
  if (status.ok()) status = rocksdb::DB::Open(options, folder, &db);
  if (!status.ok()) return tl::unexpected<Error>(error_of("open", folder, status));
  return std::make_unique<RocksBackend>(folder, options, merges,
                                        std::unique_ptr<rocksdb::DB>(db));
}

}  // namespace vitrine
