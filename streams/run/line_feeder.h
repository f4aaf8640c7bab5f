#pragma once
// Reads lines of a file or of standard input and appends them to a topic, in order, with
// back-pressure.
//
// Threads: run() on a thread of its own; stop() from any. Lines are taken until the end (a file
// that is followed has none) or stop(). A last line without newline counts when the end is the end,
// not while the file is followed.
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>

#include "streams/run/line_progress.h"

namespace vitrine::run_detail {

struct FeedOptions {
  std::string path;        // "-" is standard input
  std::string input_id;    // empty: lines carry no number
  std::uint64_t skip = 0;  // lines that the log has already
  bool follow = false;     // wait for more at the end
  std::string topic;
  std::string progress;  // see RunOptions
};

class LineFeeder {
 public:
  static constexpr std::size_t kLineBytesMax = 1U << 20U;

  LineFeeder(Engine& engine, FeedOptions options);
  ~LineFeeder();
  Result<void> run();
  void stop();
  // Waits until every taken line is durable, or the first Error.
  Result<void> settle();

 private:
  struct Counters;
  Result<void> open();
  Result<bool> read_some(std::string& rest);  // false at the end
  Result<void> take(std::string_view line);
  bool wait_for_input(bool at_end) const;

  Engine& engine_;
  const FeedOptions options_;
  int fd_ = -1;
  int wake_read_ = -1, wake_write_ = -1;
  std::atomic<bool> stopping_{false};
  std::uint64_t seen_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t in_flight_ = 0;
  std::optional<Error> failed_;
  Counters* counters_ = nullptr;  // memory-mapped, or null
};

}  // namespace vitrine::run_detail
