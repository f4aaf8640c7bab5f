#pragma once
// What two joined streams remember of each other: the records of both sides, for as long as
// partners may come. Without types; interval_join_node.h is the typed skin.
//
// A record of the left side at time t waits for those of the right side from t - before to
// t + after. It is kept until stream time has passed t + after and the grace (one of the right
// side: t + before); then it goes, and is told as unmatched when its side asks for that. The state
// "name" holds a row a record; which rows a key has, in order of time, is an index in memory.
//
// Threads: the task's only. Cost: a record is one row, one alarm and one entry of the index, and a
// look-up for each partner. Memory: as many records as come within the interval and the grace.
#include <functional>
#include <string>
#include <tuple>

#include "streams/store/typed_store.h"
#include "streams/topology/alarms.h"
#include "streams/topology/graph.h"
#include "streams/topology/row_index.h"
#include "streams/topology/scoped_row.h"

namespace vitrine::nodes {

enum class Side : std::uint8_t { Left = 0, Right = 1 };
constexpr Side other(Side side) { return side == Side::Left ? Side::Right : Side::Left; }

struct JoinOptions {
  std::string name;  // of the state
  Duration before{}, after{}, grace{};
  bool left_alone = false, right_alone = false;  // unmatched records of that side are told
};

struct KeptRecord {
  static constexpr std::string_view serde_name = "kept-record:1";
  Bytes value;
  bool matched = false;
  auto fields() { return std::tie(value, matched); }
};

class JoinBuffer : public AlarmOwner {
 public:
  // With the names of both values' types: others under the same name are refused.
  static StateSpec spec(const std::string& name, std::string_view left, std::string_view right);

 protected:
  JoinBuffer(JoinOptions options, Wiring& wiring);

  // Its time is up already: counted, not joined.
  bool late(Side side, Time at) const;
  // Those of the other side that this record meets, in order of time and position, and marks them
  // as met; true when there were any. `visit` may throw what user code throws.
  using Visit = std::function<void(BytesView value, Time at)>;
  bool meet(Side side, BytesView key, Time at, const Visit& visit);
  void keep(Side side, BytesView key, BytesView value, const Moment& moment, bool matched);

  // A record whose time is up had no partner.
  virtual void alone(Side side, BytesView key, BytesView value, const Moment& moment) = 0;

 private:
  void fire(AlarmClock clock, const Alarm& alarm, const Moment& moment) override;
  Bytes discard(AlarmClock clock, const Alarm& alarm) override;
  void restored() override;
  Time expires(Side side, Time at) const;
  bool told_alone(Side side) const;
  Bytes forget(const Alarm& alarm);

  const JoinOptions options_;
  StreamTime& time_;
  Store<ScopedRow, KeptRecord>& store_;  // by key; then side, time, position and a number
  Alarms expiring_;
  RowIndex rows_;
};

}  // namespace vitrine::nodes
