#include "streams/store/rocksdb_files.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/listener.h>
#include <rocksdb/sst_file_writer.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace vitrine {
namespace {

constexpr std::string_view kIncoming = "incoming-";

// What evictions put into the memtable stands below the file, so that it must be flushed first. The
// database does that while nobody may write; a larger one is flushed before, beside them.
constexpr std::uint64_t kMemtableRowsMax = 4'096;

// RocksDB slows down writes from 20 on, and does not ask whoever brings a file.
constexpr std::uint64_t kNewestLevelMax = 12;

rocksdb::Slice as_slice(BytesView bytes) { return {bytes.data(), bytes.size()}; }

class Merges final : public rocksdb::EventListener {
 public:
  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override {
    const std::lock_guard lock(mutex_);
    ++completed_;
    one_more_.notify_all();
  }

  // Returns when the newest level has fewer files than that, or after a while.
  void wait_for_room(rocksdb::DB& db, std::uint64_t files_max) {
    constexpr int kWaits = 100;
    constexpr std::chrono::milliseconds kWait{100};
    const std::string count = rocksdb::DB::Properties::kNumFilesAtLevelPrefix + "0";
    std::string files;
    std::uint64_t seen = completed();
    for (int i = 0; i < kWaits; ++i, seen = completed()) {
      if (!db.GetProperty(count, &files) || std::stoull(files) < files_max) return;
      std::unique_lock lock(mutex_);
      one_more_.wait_for(lock, kWait, [&] { return completed_ != seen; });
    }
  }

 private:
  std::uint64_t completed() {
    const std::lock_guard lock(mutex_);
    return completed_;
  }

  std::mutex mutex_;  // guards the number
  std::condition_variable one_more_;
  std::uint64_t completed_ = 0;
};

}  // namespace

struct SortedFiles::Impl {
  rocksdb::Status write(const std::string& path, const RowBatch& rows) const;

  rocksdb::DB& db;
  const rocksdb::Options options;
  const std::string folder;
  const std::shared_ptr<rocksdb::EventListener> merges;  // a Merges
  std::atomic<std::uint64_t> next{1};
};

std::shared_ptr<rocksdb::EventListener> SortedFiles::merges() { return std::make_shared<Merges>(); }

SortedFiles::SortedFiles(rocksdb::DB& db, const rocksdb::Options& options, std::string folder,
                         std::shared_ptr<rocksdb::EventListener> merges)
    : impl_(new Impl{db, options, std::move(folder), std::move(merges)}) {}

SortedFiles::~SortedFiles() = default;

rocksdb::Status SortedFiles::Impl::write(const std::string& path, const RowBatch& rows) const {
  constexpr bool kForgetPages = false;  // the file is read soon: the kernel keeps it
  rocksdb::SstFileWriter file(rocksdb::EnvOptions(options), options, nullptr, kForgetPages);
  auto status = file.Open(path);
  for (std::size_t i = 0; i < rows.size() && status.ok(); ++i) {
    const RowBatch::Row row = rows.row(i);
    status = row.removed ? file.Delete(as_slice(row.key))
                         : file.Put(as_slice(row.key), as_slice(row.value));
  }
  if (status.ok()) status = file.Finish();  // syncs
  return status;
}

rocksdb::Status SortedFiles::add(const RowBatch& rows) {
  rocksdb::DB& db = impl_->db;
  static_cast<Merges&>(*impl_->merges).wait_for_room(db, kNewestLevelMax);
  const std::string path = impl_->folder + '/' + std::string(kIncoming) +
                           std::to_string(impl_->next++) + ".sst";
  auto status = impl_->write(path, rows);
  std::uint64_t waiting = 0;
  const std::string in_memtable = rocksdb::DB::Properties::kNumEntriesActiveMemTable;
  if (status.ok() && db.GetIntProperty(in_memtable, &waiting) && waiting > kMemtableRowsMax)
    status = db.Flush({});
  if (status.ok()) {
    rocksdb::IngestExternalFileOptions how;
    how.move_files = true;
    how.write_global_seqno = false;  // it stands in the manifest: the file is not written again
    status = db.IngestExternalFile({path}, how);
  }
  // After the move it has a name of RocksDB's own; where it failed nobody needs it.
  if (!status.ok()) [[maybe_unused]] const auto removed = impl_->options.env->DeleteFile(path);
  return status;
}

rocksdb::Status SortedFiles::remove_leftovers(const std::string& folder) {
  rocksdb::Env* const env = rocksdb::Env::Default();
  std::vector<std::string> names;
  auto status = env->GetChildren(folder, &names);
  if (status.IsNotFound()) return rocksdb::Status::OK();  // a new one
  for (const std::string& name : names) {
    if (status.ok() && name.starts_with(kIncoming)) status = env->DeleteFile(folder + '/' + name);
  }
  return status;
}

}  // namespace vitrine
