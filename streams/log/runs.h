#pragma once
// Runs as files: writing one, keeping a few open, walking over those of a topic.
//
// Threads: a RunWriter belongs to one thread. RunFiles guards itself. A RunSet never changes;
// readers keep the one they began with, and a run's file is removed only when nobody holds it.
// Bounds: RunFiles keeps kOpenMax files and their indexes (about 40 bytes a block of 64 KiB) in
// memory; a run that is not open costs about 150 bytes.
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/env.h"
#include "streams/log/run_format.h"

namespace vitrine {

struct Run {
  run_format::RunInfo info;
  std::string path;
};
using RunList = std::vector<std::shared_ptr<const Run>>;  // in the order of positions

struct RunSet {
  std::map<std::string, RunList, std::less<>> topics;
  const RunList& of(std::string_view topic) const;
};

// Writes one run; without finish() the file holds nothing and may be removed.
class RunWriter {
 public:
  static Result<RunWriter> create(Disk& disk, const std::string& folder, std::uint64_t id,
                                  std::string topic);
  // In the order of positions; commit times never run backwards.
  Result<void> add(const run_format::RunRecord& record);
  ByteCount bytes() const { return offset_ + block_.size(); }
  std::uint64_t records() const { return info_.records; }
  // Everything on disk but the file's name: the caller syncs the folder.
  Result<run_format::RunInfo> finish();

 private:
  RunWriter() = default;
  Result<void> end_block();
  Result<void> write(BytesView bytes);

  std::shared_ptr<File> file_;
  run_format::RunInfo info_;
  std::vector<run_format::BlockInfo> blocks_;
  run_format::BlockEncoder encoder_;
  Bytes block_;
  run_format::BlockInfo open_;
  std::uint64_t offset_ = 0;
  ByteCount unsynced_ = 0;
};

// A run's file and index, verified against trailer and manifest.
struct OpenRun {
  std::shared_ptr<const Run> run;
  std::shared_ptr<const File> file;
  std::vector<run_format::BlockInfo> blocks;

  // The verified bytes of one block. Code::Corrupt names file and offset.
  Result<Bytes> read(const run_format::BlockInfo& block) const;
};

class RunFiles {
 public:
  explicit RunFiles(Disk& disk) : disk_(disk) {}
  Result<std::shared_ptr<const OpenRun>> open(const std::shared_ptr<const Run>& run);
  void forget(const Run& run);

 private:
  static constexpr std::size_t kOpenMax = 32;
  Disk& disk_;
  std::mutex mutex_;                              // guards the list
  std::list<std::shared_ptr<const OpenRun>> open_;  // the newest use first
};

// Walks over a topic's runs from a position on. Borrowed views hold until the next call.
class RunCursor {
 public:
  RunCursor(RunFiles& files, std::string topic, std::shared_ptr<const RunSet> runs, Position from);
  RunCursor(const RunCursor&) = delete;
  RunCursor& operator=(const RunCursor&) = delete;
  // Moves to the next record; false at the end.
  Result<bool> next();
  const run_format::RunRecord& record() const { return record_; }
  const std::string& topic() const { return topic_; }

 private:
  Result<bool> next_block();

  RunFiles& files_;
  const std::string topic_;
  const std::shared_ptr<const RunSet> runs_;
  const RunList& list_;
  const Position from_;
  std::size_t next_run_ = 0;  // of list_
  std::shared_ptr<const OpenRun> open_;
  std::size_t next_block_ = 0;
  Bytes block_;
  run_format::BlockDecoder decoder_;
  run_format::RunRecord record_;
};

}  // namespace vitrine
