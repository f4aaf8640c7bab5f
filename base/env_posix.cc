// The Env of a Linux process: files by pread/pwrite, durability by fdatasync and fsync of the
// folder.
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "base/env.h"

namespace vitrine {
namespace {

Code code_of(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT: return Code::StorageFull;
    case ENOENT: return Code::NotFound;
    case EEXIST: return Code::Conflict;
    default: return Code::Io;
  }
}

std::string_view advice_for(int error) {
  switch (error) {
    case ENOSPC: return "; free space on this disk";
    case EDQUOT: return "; raise the quota or free space";
    case EACCES:
    case EPERM: return "; check who owns it and its permissions";
    case EMFILE:
    case ENFILE: return "; raise the limit of open files (ulimit -n)";
    case EROFS: return "; the file system is mounted read-only";
    default: return "";
  }
}

tl::unexpected<Error> os_failure(std::string what, const std::string& path, int error) {
  char buffer[128];
  const char* reason = strerror_r(error, buffer, sizeof buffer);
  return fail(code_of(error),
              std::move(what) + ' ' + path + ": " + reason + std::string(advice_for(error)));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

class PosixFile final : public File {
 public:
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  Result<Bytes> read_at(std::uint64_t offset, ByteCount count) const override {
    Bytes out;
    out.resize(count);
    ByteCount done = 0;
    while (done < count) {
      const ssize_t n =
          ::pread(fd_.get(), out.data() + done, count - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0)
        return os_failure("read at offset " + std::to_string(offset + done) + " of", path_, errno);
      if (n == 0) break;
      done += static_cast<ByteCount>(n);
    }
    out.resize(done);
    return out;
  }

  Result<void> write_at(std::uint64_t offset, BytesView data) override {
    while (!data.empty()) {
      const ssize_t n = ::pwrite(fd_.get(), data.data(), data.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0)
        return os_failure("write at offset " + std::to_string(offset) + " of", path_, errno);
      if (n == 0)
        return os_failure("write at offset " + std::to_string(offset) + " of", path_, ENOSPC);
      data.remove_prefix(static_cast<ByteCount>(n));
      offset += static_cast<std::uint64_t>(n);
    }
    return {};
  }

  Result<void> sync() override {
    // Not repeated on failure: after a failed fdatasync the kernel may have marked the lost pages
    // clean.
    if (::fdatasync(fd_.get()) != 0) return os_failure("sync", path_, errno);
    return {};
  }

  Result<std::uint64_t> size() const override {
    struct stat info {};
    if (::fstat(fd_.get(), &info) != 0) return os_failure("size of", path_, errno);
    return static_cast<std::uint64_t>(info.st_size);
  }

  Result<void> truncate(std::uint64_t size) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0)
      return os_failure("truncate", path_, errno);
    return {};
  }

 private:
  Descriptor fd_;
  std::string path_;
};

// flock on a file of its own, with the holder's process id inside for the message. The kernel gives
// it back when the process ends, so a killed process leaves nothing to clean up.
class PosixLock final : public FolderLock {
 public:
  explicit PosixLock(int fd) : fd_(fd) {}

 private:
  Descriptor fd_;
};

class PosixDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    int flags = O_CLOEXEC;
    if (mode == OpenMode::ReadOnly) flags |= O_RDONLY;
    if (mode == OpenMode::ReadWrite) flags |= O_RDWR;
    if (mode == OpenMode::CreateNew) flags |= O_RDWR | O_CREAT | O_EXCL;
    const int fd = ::open(path.c_str(), flags, 0640);
    if (fd < 0) return os_failure(mode == OpenMode::CreateNew ? "create" : "open", path, errno);
    return std::make_unique<PosixFile>(fd, path);
  }

  Result<std::vector<std::string>> list(const std::string& folder) const override {
    DIR* dir = ::opendir(folder.c_str());
    if (dir == nullptr) return os_failure("list folder", folder, errno);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(dir)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    const int error = errno;
    ::closedir(dir);
    if (error != 0) return os_failure("list folder", folder, error);
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<void> make_folder(const std::string& path) override {
    if (path.empty()) return fail(Code::Invalid, "make folder: the path is empty");
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
      const std::string part = path.substr(0, end);
      if (::mkdir(part.c_str(), 0750) == 0) {
        // The new name itself must survive a power cut, or the folder's durable files would be
        // unreachable.
        const std::size_t slash = part.find_last_of('/');
        VT_TRY_VOID(sync_folder(slash == std::string::npos ? "."
                                : slash == 0               ? "/"
                                                           : part.substr(0, slash)));
      } else if (errno != EEXIST) {
        return os_failure("make folder", part, errno);
      }
      if (end == std::string::npos) break;
    }
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return os_failure("make folder", path, errno);
    if (!S_ISDIR(info.st_mode))
      return fail(Code::Conflict, "make folder " + path + ": a file of this name is there");
    return {};
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0)
      return os_failure("rename to " + to + " of", from, errno);
    return {};
  }

  Result<void> remove(const std::string& path) override {
    if (::remove(path.c_str()) != 0) return os_failure("remove", path, errno);
    return {};
  }

  Result<void> link(const std::string& from, const std::string& to) override {
    if (::link(from.c_str(), to.c_str()) == 0) return {};
    if (errno == EXDEV || errno == EPERM || errno == EMLINK || errno == ENOTSUP)
      return Disk::link(from, to);
    return os_failure("link as " + to + " of", from, errno);
  }

  Result<void> sync_folder(const std::string& path) override {
    const Descriptor fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (fd.get() < 0) return os_failure("open folder", path, errno);
    if (::fsync(fd.get()) != 0) return os_failure("sync folder", path, errno);
    return {};
  }

  Result<std::unique_ptr<FolderLock>> lock_folder(const std::string& path) override {
    const std::string file = path + "/lock";
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) return os_failure("open lock file", file, errno);
    auto lock = std::make_unique<PosixLock>(fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return os_failure("lock", file, errno);
      char holder[24] = {};
      const bool known = ::pread(fd, holder, sizeof holder - 1, 0) > 0;
      return fail(Code::Conflict,
                  "lock " + path + ": in use by " +
                      (known ? "process " + std::string(holder) : "another process") +
                      "; stop it first or choose another folder");
    }
    const std::string pid = std::to_string(::getpid());
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0) {
      // The lock is ours; only the process id for the other side's message is missing (a full disk,
      // say).
    }
    return lock;
  }

  bool exists(const std::string& path) const override { return ::access(path.c_str(), F_OK) == 0; }

  std::string file_system(const std::string& path) const override {
    struct statfs info {};
    if (::statfs(path.c_str(), &info) != 0) return "unknown";
    switch (static_cast<std::uint32_t>(info.f_type)) {
      case 0xEF53: return "ext4";
      case 0x01021994: return "tmpfs";
      case 0x858458f6: return "ramfs";
      case 0x794c7630: return "overlayfs";
      case 0x58465342: return "xfs";
      case 0x9123683E: return "btrfs";
      case 0x2FC12FC1: return "zfs";
      case 0xF2F52010: return "f2fs";
      case 0x6969: return "nfs";
      case 0x65735546: return "fuse";
      case 0x01021997: return "9p";
      default: break;
    }
    char buffer[24];
    std::snprintf(buffer, sizeof buffer, "0x%lx", static_cast<unsigned long>(info.f_type));
    return buffer;
  }
};

class SystemClock final : public Clock {
 public:
  Time now() const override {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  }
  std::int64_t monotonic_nanos() const override {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  }
};

class SystemRandom final : public Random {
 public:
  std::uint64_t next() override {
    std::uint64_t value = 0;
    while (::getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) {
      VT_CHECK(errno == EINTR);
    }
    return value;
  }
};

}  // namespace

Result<void> Disk::link(const std::string& from, const std::string& to) {
  return fail(Code::Unsupported, "link as " + to + " of " + from + ": not offered here");
}

Env& real_env() {
  static SystemClock clock;
  static PosixDisk disk;
  static SystemRandom random;
  static Env env{clock, disk, random};
  return env;
}

}  // namespace vitrine
