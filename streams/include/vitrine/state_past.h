#pragma once
// State as it was: the value of any store after a commit of the past, by another program than the
// one that runs the engine, which may be running.
//
//   VT_TRY(const auto past, StatePast::open(real_env().disk, "./var/log/shop",
//                                           AsOf::position(Position{1234})));
//   VT_TRY(auto stock, StateView<std::string, Stock>::of(*past, "stock"));
//
// State is told as of a commit, never between two. What is possible follows from what is kept: the
// journal holds the state changes since the segments that were retired (retired(): with the
// defaults a few gigabytes of log), so
//
// - any commit, while no segment was retired;
// - any commit after a savepoint or a backup whose changes since are still in the journal;
// - else those rows that have not changed since the commit, and those that changed before it in
//   what is left of the journal: their values follow from the changes alone.
//
// What cannot be told is refused: Code::OutOfRange says from where on it can, and what to keep.
// Savepoints in the engine's folder are found; other copies are named. Each question reads the
// journal from the state it starts from: seconds for millions of changes. Threads: any.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/env.h"
#include "base/time.h"
#include "streams/log/commits.h"
#include "streams/store/state_scan.h"

namespace vitrine {

struct AsOf {
  std::optional<Position> at;  // after the commit that holds it
  std::optional<Time> before;  // after the last commit at or before it, by the server's clock

  static AsOf position(Position position) { return {position, {}}; }
  static AsOf time(Time time) { return {{}, time}; }
};

class StatePast final : public StateReader {
 public:
  // `copies`: folders of backups or savepoints of the same engine, beside its own savepoints.
  static Result<std::unique_ptr<StatePast>> open(Disk& disk, std::string folder, AsOf as_of,
                                                 std::vector<std::string> copies = {});

  const Commit& commit() const { return commit_; }  // the one it is as of

  // Nothing also when it cannot be told: state_scan says so.
  std::optional<Bytes> state_get(const std::string& store, BytesView key) const override;
  Result<StatePage> state_scan(const StateScan& scan) const override;
  std::vector<std::string> state_types() const override;

 private:
  struct Changes {  // of a journal: those of the commits after one, through another
    std::string journal;
    std::optional<Epoch> after;  // none: what the state has
    Epoch through;
  };
  // Rows of a state, and changes put over them.
  struct Plan {
    std::string copy;  // the folder whose state it is; empty: begin with nothing
    std::vector<Changes> changes;
    // The state may be newer than the commit: a row that changed since, and not before in what is
    // left of the journal, cannot be told.
    bool check_later = false;
  };
  // A folder with state and journal, as it is now.
  struct Source {
    std::string folder;
    Commits commits;

    std::string journal() const { return folder + "/journal"; }
    Epoch end() const { return commits.all.empty() ? commits.retired : commits.all.back().epoch; }
    std::optional<Commit> find(const AsOf& as_of) const;
  };

  StatePast(Disk& disk, std::string folder, AsOf as_of)
      : disk_(disk), folder_(std::move(folder)), as_of_(as_of) {}
  Result<Source> look_at(const std::string& folder) const;
  std::vector<Plan> plans(const Source& engine) const;
  Error refused(const Source& engine, const std::string& why) const;
  Result<StatePage> scan_once(const StateScan& scan) const;
  Result<StatePage> rows_of(const Plan& plan, const StateScan& scan) const;

  Disk& disk_;
  const std::string folder_;
  const AsOf as_of_;
  std::vector<Source> copies_;
  Commit commit_;
};

}  // namespace vitrine
