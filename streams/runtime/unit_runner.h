#pragma once
// UnitRunner: runs an App's units on a UnitBroker: a Task and its state for each, epochs driven by
// work, the next one computed while the last one commits.
//
// Threads: "vt-unit" turns, "vt-commit" does what blocks; without start() the caller's turn() does
// all of it. Figures may be read by any thread.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/env.h"
#include "base/metrics.h"
#include "streams/broker/unit_broker.h"
#include "streams/runtime/server_clock.h"
#include "streams/runtime/unit_folder.h"
#include "streams/runtime/unit_follower.h"
#include "streams/runtime/unit_task.h"

namespace vitrine {

struct UnitOptions {
  UnitBounds bounds;
  // Commits begin at least this far apart, unless an epoch is full. 0: work drives them.
  Duration linger{0};
  std::size_t fetch_records_max = 1'000;  // of one step
  // Topics, not read by the App, of which a commit writes only each key's last record.
  std::vector<std::string> last_only;
  // The broker's commits are no transactions: state may be ahead of what counts as consumed. A unit
  // then begins where its committed offsets are, and what follows them is counted again.
  bool at_least_once = false;
  // Where units' state is kept between lives (UnitFolder). Empty: it is in memory only.
  std::string state_folder;
  // With a state folder: it also has the state of units that others own, and follows it, so that
  // they are taken over without reading their changelog. Needs the room, and the reading, of all.
  bool stands_by = false;
  // So many bytes of changes are the most that are read back after a kill.
  ByteCount checkpoint_bytes = 128U << 20U;
  bool until_now = false;  // ends when everything that is there has been worked through
  // On threads of the runner; must only wake somebody.
  std::function<void()> on_commit;
  std::function<void()> on_end;  // by itself, or after an error: stop() then tells it
};

// Counters of the process, by App (docs/metrics.md).
struct UnitFigures {
  explicit UnitFigures(const std::string& app);
  Gauge& units;
  Counter &records, &emitted, &rows, &commits, &again, &reloads, &rows_restored;
  Histogram& commit_nanos;  // from closing an epoch to knowing that it is committed
};

class UnitRunner {
 public:
  UnitRunner(Env& env, std::shared_ptr<const Topology> topology, UnitBroker& broker,
             UnitOptions options);
  ~UnitRunner() { stop(); }
  UnitRunner(const UnitRunner&) = delete;
  UnitRunner& operator=(const UnitRunner&) = delete;

  void start();
  // Commits what was taken, ends the threads. The error that had ended them before, if any.
  Result<void> stop();
  bool failed() const { return failed_; }
  // Without start(): one turn, and the commit it began. False when there was nothing to do.
  Result<bool> turn();

  const UnitFigures& figures() const { return figures_; }

 private:
  using Tasks = std::map<Unit, std::unique_ptr<UnitTask>>;
  Result<bool> step();
  Result<bool> learn();
  Result<void> open(Unit unit, Generation generation);
  std::int64_t patience_with(Code code) const;
  std::vector<bool> last_only_topics() const;
  Result<void> begin(UnitTask& task, BytesView after);
  Result<void> try_open(Unit unit, Generation generation);
  bool wants_checkpoint() const;
  bool checkpoint();
  void keep(UnitTask& task, const Result<Bytes>& place);
  void keep_all();
  void follow_others();
  Result<void> done(const BrokerEvent& event, const std::vector<BrokerEvent>& events);
  void lose(Unit unit);
  Result<bool> try_again();
  bool holds(const UnitTask& task) const;
  Result<bool> let_go();
  Result<bool> take();
  bool hear_ends();
  bool reads(Unit unit, std::uint32_t topic, std::uint32_t partition) const;
  bool tick();
  bool close_epoch();
  void hand_over(std::vector<const UnitWork*> works);
  bool hand_over_again(const std::vector<BrokerEvent>& events);
  Duration lingers() const;
  Duration patience() const;
  bool any_full() const;
  void work_on(std::span<const Fetched> records);
  void run();
  void run_commits();
  void fail_with(const Error& error);

  Env& env_;
  const std::shared_ptr<const Topology> topology_;
  UnitBroker& broker_;
  const UnitOptions options_;
  const TopicTable topics_;
  std::vector<std::uint32_t> partitions_;
  ServerClock clock_;
  UnitFolder folder_;
  std::unique_ptr<UnitFollower> follower_;  // stands_by
  std::vector<Unit> others_, followed_;     // units that are not ours, and those it was told of
  std::int64_t others_since_ = kLongAgo, others_looked_ = kLongAgo;  // nanoseconds
  Tasks tasks_;
  std::vector<std::unique_ptr<UnitTask>> lost_;  // with a commit on the way
  std::vector<Unit> leaving_;  // Revoking, not yet released
  std::vector<UnitTask*> in_flight_;  // each in tasks_ or lost_
  struct Waiting {  // to be opened again
    Generation generation;
    std::int64_t since, tried;  // nanoseconds
  };
  std::map<Unit, Waiting> waiting_;
  int tries_ = 0;  // of the commit on the way
  Ticket ticket_;
  std::int64_t closed_nanos_ = kLongAgo;
  std::map<Unit, std::vector<Fetched>> sorted_;
  UnitFigures figures_;

  std::atomic<bool> stopping_{false};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  bool commit_waits_ = false;
  bool runner_ended_ = false;
  std::optional<Error> error_;
  std::thread runner_, committer_;
};

}  // namespace vitrine
