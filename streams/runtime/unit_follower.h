#pragma once
// UnitFollower: stands by. It keeps the state of units that other processes own in this process's
// state folder, as their commits leave it, so that a unit which is assigned to us has only the last
// moments of its changelog to read.
//
// The changelog is the truth here, too: what goes wrong is logged and tried again later, and a
// folder that does not fit is begun anew. Nobody waits for it but who takes a unit over.
//
// Threads: "vt-follow" does it; without start() the caller's turn().
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/env.h"
#include "base/metrics.h"
#include "streams/broker/unit_broker.h"
#include "streams/runtime/unit_folder.h"

namespace vitrine {

class UnitFollower {
 public:
  UnitFollower(Env& env, std::string app, UnitBroker& broker, std::string state_folder);
  ~UnitFollower() { stop(); }
  UnitFollower(const UnitFollower&) = delete;
  UnitFollower& operator=(const UnitFollower&) = delete;

  void start();
  // Keeps what it has, and lets go of all.
  void stop();

  // These from now on, and no others. Any thread.
  void follow(const std::vector<Unit>& units);
  // Not this one any more; when it returns nothing of its folder is open. Any thread. Takes as long
  // as writing what was read in the last moments.
  void leave(Unit unit);

  // Reads what is there, waiting at most so long for it. How many rows it was.
  std::size_t turn(Duration at_most);

 private:
  struct Followed {
    std::unique_ptr<StateBackend> backend;
    std::vector<StateBackend::Change> changes;  // read, not written yet
    std::uint64_t rows = 0;                     // written since its place was kept
    std::int64_t kept_nanos = 0;
  };
  void run();
  Result<std::size_t> read(Duration at_most);
  Result<void> open(Unit unit);
  Result<void> write(Followed& one);
  Result<void> keep(Unit unit, Followed& one);
  void close_unwanted();
  void open_wanted();
  void give_up(const Error& error);

  Env& env_;
  const std::string app_;
  UnitBroker& broker_;
  UnitFolder folder_;
  Gauge& units_;
  Counter& rows_;
  std::unique_ptr<RowFollower> rows_of_;
  std::map<Unit, Followed> followed_;
  std::int64_t rests_until_nanos_ = 0;  // after an error
  bool told_ = true;                    // that it is up with what was opened last

  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::set<Unit> wanted_, open_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace vitrine
