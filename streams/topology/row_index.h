#pragma once
// Rows in order of their bytes: an index in memory over what a node keeps in a store, for nodes
// that ask for ranges. Rebuilt after a restart; changes made while a record is worked on can be
// taken back with it, as those of Alarms.
//
// Threads: the task's thread only. Cost: one ordered-set operation a change or step.
#include <set>
#include <vector>

#include "base/bytes.h"

namespace vitrine {

class RowIndex {
 public:
  void add(Bytes row);         // nothing when it is there already
  void remove(BytesView row);  // nothing when it is not there
  void clear();
  bool contains(BytesView row) const { return rows_.contains(row); }
  // The first row that is not before `from`; null when there is none. Valid until it is removed.
  const Bytes* at_or_after(BytesView from) const;
  const Bytes* before(BytesView end) const;  // the last row that is before `end`; the same
  std::size_t size() const { return rows_.size(); }

  void begin() { changes_.clear(); }  // changes from here on can be taken back
  void undo();

 private:
  struct Change {
    Bytes row;
    bool added;
  };
  std::set<Bytes, std::less<>> rows_;
  std::vector<Change> changes_;
};

}  // namespace vitrine
