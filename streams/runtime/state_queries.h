#pragma once
// Scans of state, asked on any thread and answered by the shard between two steps. An answer that
// holds changes of an epoch not yet durable waits for that epoch, for the time of a full disk too.
//
// Threads: ask() from any; the rest from the shard's. With several shards each has one of these:
// ask all, then merge the parts.
#include <functional>
#include <future>
#include <mutex>
#include <vector>

#include "streams/log/record.h"
#include "streams/store/state_scan.h"
#include "streams/store/store.h"

namespace vitrine {

class StateQueries {
 public:
  using Answer = Result<ScanPart>;

  // `look_in` has the parts of a shard that stands still: before it runs and after it has ended.
  std::future<Answer> ask(const StateScan& scan, const std::function<Answer()>& look_in);
  void open();  // from now on answers come from the shard

  // Takes what is asked; true when something was. `needed` is the epoch that makes all changes so
  // far durable.
  bool answer(const StoreSet& stores, Epoch needed);
  void committed(Epoch epoch);
  void close(const StoreSet& stores);  // the last answers; ask() looks in by itself again

 private:
  struct Question {
    StateScan scan;
    std::promise<Answer> answer;
  };
  struct Held {
    Epoch needed;
    ScanPart part;
    std::promise<Answer> answer;
  };
  std::vector<Held> held_;
  std::mutex mutex_;  // guards the rest
  bool open_ = false;
  std::vector<Question> questions_;
};

// A part that may be told only when it is settled.
Result<ScanPart> settled_part(const StoreSet& stores, const StateScan& scan);

}  // namespace vitrine
