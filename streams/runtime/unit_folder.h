#pragma once
// UnitFolder: where a process keeps the state of its units between its lives: <folder>/unit-k, a
// backend, and <folder>/unit-k.at, the place in the changelog up to which it has everything.
//
// The changelog is the truth. The backend holds committed rows only; besides those up to the place
// it may hold newer ones, which reading on from the place brings again. So nothing is to be done
// after an unclean end or a lost unit: whoever opens it reads the rest. What cannot be used is
// thrown away, and read anew from the changelog's beginning.
//
// Threads: one.
#include <memory>
#include <string>

#include "base/env.h"
#include "streams/broker/broker.h"
#include "streams/store/store.h"

namespace vitrine {

class UnitFolder {
 public:
  // A changelog forgets after a day (Kafka's delete.retention.ms) that a row was removed: what has
  // not been kept for longer than this would have it still.
  static constexpr Duration kOldest = std::chrono::hours{12};

  // `folder` empty: state is in memory, and nothing is kept.
  UnitFolder(Env& env, std::string folder) : env_(env), folder_(std::move(folder)) {}
  bool keeps() const { return !folder_.empty(); }

  struct Kept {
    std::unique_ptr<StateBackend> backend;
    Bytes place;  // empty: the backend is, too
  };
  Result<Kept> open(Unit unit);
  // Nothing of it may be open.
  Result<void> drop(Unit unit);
  // The backend, flushed, has all up to there.
  Result<void> keep(Unit unit, BytesView place);

 private:
  std::string path(Unit unit) const { return folder_ + "/unit-" + std::to_string(unit.value()); }
  Bytes place_of(Unit unit) const;

  Env& env_;
  const std::string folder_;
};

}  // namespace vitrine
