#pragma once
// What is asked of a shard's state, on any thread, and answered by the shard between two steps. An
// answer that holds changes of an epoch not yet durable waits for that epoch, for the time of a
// full disk too.
//
// A value is looked up at once. Rows are taken where an epoch ends, so that they are those of one
// commit: at once when nothing was worked on since the last one, else when the shard closes its
// part. Of several shards each has one of these; parts as of the same commit make a page.
//
// Threads: value() and rows() from any; the rest from the shard's.
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "streams/log/record.h"
#include "streams/runtime/shard.h"
#include "streams/store/state_scan.h"

namespace vitrine {

struct RowsPart {
  ScanPart rows;
  Epoch as_of;
  bool still = false;  // the shard is not running: these are of the last commit, too
};

class StateQueries {
 public:
  using Value = std::optional<Bytes>;
  using Rows = Result<RowsPart>;

  explicit StateQueries(const Shard& shard);
  ~StateQueries();

  // Of a shard that does not run (not yet, or no more) the caller's thread takes the answer.
  std::future<Value> value(const std::string& store, BytesView key);
  // As of the end of `through`, or of the next epoch's when the shard has gone past it; the epoch
  // may be empty then. 0: wherever the shard stands or comes to stand first.
  std::future<Rows> rows(const StateScan& scan, Epoch through);

  void open();    // from now on answers come from the shard
  bool answer();  // takes what is asked; true when something was
  bool waits() const { return !at_end_.empty(); }  // somebody wants the epoch's end
  void epoch_closed();
  void committed(Epoch epoch);
  void close();  // the last answers

 private:
  class Question;
  class AskedValue;
  class AskedRows;
  struct Waiting {
    Epoch until;  // which is closed, or committed
    std::unique_ptr<Question> question;
  };
  void ask(std::unique_ptr<Question> question);
  void take(std::unique_ptr<Question> question, Epoch needed);
  Epoch last_closed() const { return Epoch{shard_.epoch().value() - 1}; }

  const Shard& shard_;
  std::vector<Waiting> at_end_;  // of an epoch they will be looked at
  std::vector<Waiting> held_;    // they were, and wait for the commit
  std::mutex mutex_;             // guards the rest
  bool open_ = false;
  std::vector<std::unique_ptr<Question>> asked_;
};

}  // namespace vitrine
