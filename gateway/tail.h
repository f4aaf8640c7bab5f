#pragma once
// Follows one engine's committed records on the loop's thread, in position order, in bounded
// batches.
//
// on_commit only wakes: the committer's thread posts to the loop, the loop fetches. Between two
// batches the loop serves others, so a long backlog does not stall it. Threads: everything on the
// loop's thread.
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/server.h"
#include "vitrine/engine.h"

namespace vitrine::gateway {

struct TailSink {
  std::function<void(const Positioned&)> on_record;
  // After each batch: were these all the committed records, as far as was known when it was read?
  std::function<void(bool at_end)> on_batch;
};

class Tail {
 public:
  static constexpr std::size_t kBatchRecords = 1024;
  static constexpr ByteCount kBatchBytes = 1U << 20U;

  Tail(Engine& engine, net::Loop& loop, std::vector<std::string> topics, TailSink sink);
  ~Tail();
  Tail(const Tail&) = delete;
  Tail& operator=(const Tail&) = delete;

  // Delivers everything committed up to now, before returning. For the start, before anybody is
  // served.
  Result<void> catch_up();
  // From now on records come as they are committed.
  void follow();

  // Every committed record below it was delivered.
  Position next() const { return next_; }
  Engine& engine() const { return engine_; }

 private:
  struct Wake;                       // outlives the tail: the committer may just be calling
  Result<bool> deliver_one_batch();  // was it the last one?
  void pump();

  Engine& engine_;
  net::Loop& loop_;
  std::vector<std::string> topics_;
  TailSink sink_;
  Position next_{1};
  std::shared_ptr<Wake> wake_;
  std::uint64_t token_ = 0;
};

}  // namespace vitrine::gateway
