#pragma once
// Env hands out everything that is not a function of its inputs: clock, disk, randomness. Whoever
// needs one of them takes it as a parameter; the simulator hands out its own, and the same seed
// then gives the same run.
//
// Threads: every class here may be called from any thread unless it says otherwise.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace vitrine {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;                      // wall clock; may jump
  virtual std::int64_t monotonic_nanos() const = 0;  // never runs backwards; for measuring
};

class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;
};

// An open file. One writer at a time; readers may call read_at() meanwhile. Offsets and sizes are
// in bytes.
class File {
 public:
  virtual ~File() = default;
  // Reads up to `count` bytes; fewer only at the end of the file.
  virtual Result<Bytes> read_at(std::uint64_t offset, ByteCount count) const = 0;
  // All of `data` or an Error. Code::StorageFull when the disk is full: nothing may be assumed of
  // the range then.
  virtual Result<void> write_at(std::uint64_t offset, BytesView data) = 0;
  // Durable on return. An Error is final: the kernel may have dropped the pages, so the caller ends
  // the process.
  virtual Result<void> sync() = 0;
  virtual Result<std::uint64_t> size() const = 0;
  virtual Result<void> truncate(std::uint64_t size) = 0;
};

// Held while the object lives; given back by its destructor and by the end of the process, however
// it ends.
class FolderLock {
 public:
  virtual ~FolderLock() = default;
};

enum class OpenMode { ReadOnly, ReadWrite, CreateNew };

class Disk {
 public:
  virtual ~Disk() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual Result<std::vector<std::string>> list(
      const std::string& folder) const = 0;                       // names, sorted by bytes
  virtual Result<void> make_folder(const std::string& path) = 0;  // and its parents; fine if there
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& path) = 0;
  // A second name for the same file. Unsupported where the file system has none, or between two of
  // them: copy then.
  virtual Result<void> link(const std::string& from, const std::string& to);
  virtual Result<void> sync_folder(
      const std::string& path) = 0;  // makes creations, renames and removals durable
  // One holder at a time over all processes. Code::Conflict when another holds it, naming its
  // process where known.
  virtual Result<std::unique_ptr<FolderLock>> lock_folder(const std::string& path) = 0;
  virtual bool exists(const std::string& path) const = 0;
  // The file system's name ("ext4", "tmpfs", "overlayfs"), for durability tests that must refuse
  // memory.
  virtual std::string file_system(const std::string& path) const = 0;
};

struct Env {
  Clock& clock;
  Disk& disk;
  Random& random;
};

// The real thing. One for the process; lives until it ends.
Env& real_env();

}  // namespace vitrine
