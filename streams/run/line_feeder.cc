#include "streams/run/line_feeder.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <new>

namespace vitrine::run_detail {

// Shared with a test that kills us: between the two an epoch is open.
struct LineFeeder::Counters {
  std::atomic<std::uint64_t> taken{0};
  std::atomic<std::uint64_t> durable{0};
};

LineFeeder::LineFeeder(Engine& engine, FeedOptions options)
    : engine_(engine), options_(std::move(options)) {
  std::array<int, 2> ends{-1, -1};
  VT_CHECK(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
  wake_read_ = ends[0];
  wake_write_ = ends[1];
}

LineFeeder::~LineFeeder() {
  if (fd_ > 0) close(fd_);
  close(wake_read_);
  close(wake_write_);
  if (counters_ != nullptr) munmap(counters_, sizeof(Counters));
}

void LineFeeder::stop() {
  stopping_ = true;
  [[maybe_unused]] const auto ignored = write(wake_write_, "x", 1);
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

Result<void> LineFeeder::open() {
  fd_ = options_.path == "-" ? STDIN_FILENO : ::open(options_.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0)
    return fail(Code::Io, "read lines of " + options_.path + ": " + std::strerror(errno));
  if (options_.progress.empty()) return {};
  const int fd = ::open(options_.progress.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0 || ftruncate(fd, sizeof(Counters)) != 0) {
    return fail(Code::Io, "open " + options_.progress + ": " + std::strerror(errno));
  }
  void* at = mmap(nullptr, sizeof(Counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (at == MAP_FAILED)
    return fail(Code::Io, "map " + options_.progress + ": " + std::strerror(errno));
  counters_ = new (at) Counters;
  counters_->taken = options_.skip;
  counters_->durable = options_.skip;
  return {};
}

// A file counts as readable at its end, too: whoever waited for that would turn for ever.
bool LineFeeder::wait_for_input(bool at_end) const {
  constexpr int kLookAgain_ms = 200;
  std::array<pollfd, 2> fds{pollfd{wake_read_, POLLIN, 0}, pollfd{fd_, POLLIN, 0}};
  poll(fds.data(), at_end ? 1 : 2, at_end ? kLookAgain_ms : -1);
  return !stopping_;
}

Result<void> LineFeeder::take(std::string_view line) {
  if (++seen_ <= options_.skip) return {};
  Append append{options_.topic, {{}, Bytes(line), {}, {}}, false};
  if (!options_.input_id.empty())
    append.record.correlation = line_correlation(options_.input_id, seen_);
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (failed_) return tl::unexpected<Error>(*failed_);
      ++in_flight_;
    }
    const auto accepted =
        engine_.append(append, [this, number = seen_](const Result<Position>& done) {
          const std::lock_guard lock(mutex_);
          --in_flight_;
          if (!done && !failed_) failed_ = done.error();
          if (done && counters_ != nullptr)
            counters_->durable = std::max(counters_->durable.load(), number);
          changed_.notify_all();
        });
    if (accepted) break;
    std::unique_lock lock(mutex_);
    --in_flight_;
    const Code code = accepted.error().code;
    if (code != Code::Overloaded && code != Code::StorageFull) return accepted;
    // Try again when something was committed, and now and then: others may hold the place.
    changed_.wait_for(lock, std::chrono::milliseconds(20));
    if (stopping_) return {};
  }
  if (counters_ != nullptr) counters_->taken = seen_;
  return {};
}

Result<bool> LineFeeder::read_some(std::string& rest) {
  std::array<char, 65'536> chunk;
  const ssize_t got = read(fd_, chunk.data(), chunk.size());
  if (got < 0 && errno != EINTR && errno != EAGAIN) {
    return fail(Code::Io, "read lines of " + options_.path + ": " + std::strerror(errno));
  }
  if (got == 0) return false;
  if (got < 0) return true;
  rest.append(chunk.data(), static_cast<std::size_t>(got));
  std::size_t begin = 0;
  for (std::size_t end; !stopping_ && (end = rest.find('\n', begin)) != rest.npos;
       begin = end + 1) {
    VT_TRY_VOID(take(std::string_view(rest).substr(begin, end - begin)));
  }
  rest.erase(0, begin);
  if (rest.size() > kLineBytesMax) {
    return fail(Code::OutOfRange, "read lines of " + options_.path + ": line " +
                                      std::to_string(seen_ + 1) + " is longer than " +
                                      std::to_string(kLineBytesMax) + " bytes");
  }
  return true;
}

Result<void> LineFeeder::run() {
  VT_TRY_VOID(open());
  std::string rest;
  bool at_end = false;
  while (wait_for_input(at_end)) {
    VT_TRY(const bool more, read_some(rest));
    at_end = !more;
    if (!at_end || options_.follow) continue;
    if (!rest.empty()) VT_TRY_VOID(take(rest));
    if (seen_ < options_.skip) {
      return fail(Code::Conflict,
                  "read lines of " + options_.path + ": it has " + std::to_string(seen_) +
                      " lines, but the log took " + std::to_string(options_.skip) +
                      " before; if it is another file, say --again or --input-id NAME");
    }
    break;
  }
  return {};
}

Result<void> LineFeeder::settle() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return in_flight_ == 0 || failed_; });
  if (failed_) return tl::unexpected<Error>(*failed_);
  return {};
}

}  // namespace vitrine::run_detail
