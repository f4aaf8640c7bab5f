#pragma once
// RemoteLog: a log elsewhere (Kafka's topics) as a MirrorEngine sees it: committed records in, new
// records out.
//
// Threads: read() by one thread; append() by any; wake() by any.
#include <functional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "streams/log/journal.h"
#include "vitrine/engine.h"

namespace vitrine {

class RemoteLog {
 public:
  struct Batch {
    // Committed records, in an order that keeps each partition's own. Their positions are those
    // over there, increasing within a partition; a mirror gives its own. What one input caused in
    // one partition is never split over batches.
    std::vector<Positioned> records;
    // Where to go on after these records: opaque, below 64 KiB. Given to open() after a restart.
    Bytes place;
    // These were all the records there were when it was read.
    bool at_end = false;
  };

  virtual ~RemoteLog() = default;

  // The next records after those of the last call; waits up to `patience` for the first one. No
  // records and no Error: there were none. Unavailable when the other side is away: ask again.
  virtual Result<Batch> read(Duration patience) = 0;

  // As Engine::append: accepted, or refused at once. `done` is called once, when the record is
  // durable over there, or with the Error that ended it; the position it is told says nothing.
  virtual Result<void> append(Append record, Engine::Done done) = 0;

  // Makes a read() that waits return soon. For stopping.
  virtual void wake() = 0;
};

}  // namespace vitrine
