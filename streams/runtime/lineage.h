#pragma once
// Lineage: which incarnations a log has had, each with the position at which it began. Kept by the
// log's own App, in the commit that follows such a beginning, so that whoever has read the log
// under an earlier incarnation can tell whether what he has read is still in it.
//
// A log from before this was kept knows its incarnations from then on only; what was before counts
// as one history.
#include <vector>

#include "base/bytes.h"
#include "streams/log/record.h"

namespace vitrine {

class Lineage {
 public:
  static Lineage decode(BytesView bytes);
  Bytes encode() const;

  // The log goes on under `incarnation` from `end` on; false: it is the one it has had.
  bool begins(Incarnation incarnation, Position end);
  // Records below are those that the log had under `known`. Of an incarnation that is not in here,
  // as of a log that was restored since, nothing is known but what came before all of them.
  Position same_below(Incarnation known) const;

 private:
  struct Since {
    Incarnation incarnation;
    Position from;
  };
  static constexpr std::size_t kKept = 256;
  std::vector<Since> since_;
};

}  // namespace vitrine
