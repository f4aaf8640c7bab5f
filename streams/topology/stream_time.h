#pragma once
// Stream time: how far a task has got in event time.
//
// It is the greatest record timestamp seen, and moves on with the wall clock while no records come,
// so that an idle stream still closes its windows. Replaying old records works the same: only what
// passes on the wall since the last record counts. Kept in the store "stream-time" (only in
// topologies that use event time), so that a closed window stays closed.
#include <optional>
#include <tuple>

#include "base/time.h"
#include "streams/store/typed_store.h"
#include "vitrine/serde.h"

namespace vitrine {

inline constexpr Duration kAheadMax = std::chrono::minutes{5};  // beyond the wall tick: refused

class StreamTime {
 public:
  static constexpr const char* kStore = "stream-time";
  struct Anchor {
    Time stream{};
    Time wall{};
    auto fields() { return std::tie(stream, wall); }
  };

  explicit StreamTime(StoreSet* stores);  // nullptr: event time is not used, only the wall is kept

  void restored();
  void on_wall(Time now) { wall_ = std::max(wall_, now); }
  void on_record(Time timestamp);  // moves stream time on, never back
  // What passed on the wall is written down, so that a restart does not turn it back.
  void settle();

  Time wall() const { return wall_; }
  bool used() const { return store_ != nullptr; }
  bool too_far_ahead(Time timestamp) const;
  std::optional<Time> now() const;  // none before the first record
  // When the wall shows this, stream time will have reached `event` without further records.
  Time wall_of(Time event) const;

 private:
  void write();
  Store<std::string, Anchor>* store_ = nullptr;
  std::optional<Anchor> anchor_;
  Time wall_ = Time::min();
};

}  // namespace vitrine
