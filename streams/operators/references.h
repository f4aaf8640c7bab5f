#pragma once
// Which rows refer to which key: a set of rows for each key, all of it in a named state, nothing in
// memory beside it. The typed nodes that use it are those of foreign_join_node.h.
//
// The rows of a key are numbered from 0 without a gap; one that goes gives its number to the last.
// So their order follows from what was added and removed, and is the same after a restart.
//
// Threads: the task's only. Cost: three look-ups and changes to add or remove, one look-up a row to
// visit. State: two rows of state for each row, one for each key that is referred to.
#include <functional>
#include <string>

#include "streams/store/typed_store.h"
#include "streams/topology/graph.h"
#include "streams/topology/scoped_row.h"

namespace vitrine::nodes {

class References {
 public:
  static StateSpec spec(const std::string& state);
  References(const std::string& state, Wiring& wiring);

  void add(BytesView key, BytesView row);     // nothing when it is there already
  void remove(BytesView key, BytesView row);  // nothing when it is not there
  // `visit` may not add or remove.
  void for_each(BytesView key, const std::function<void(BytesView row)>& visit);

 private:
  std::uint64_t size_of(BytesView key);
  void resize(BytesView key, std::uint64_t size);
  Store<ScopedRow, std::string>& store_;  // it lives where the key lives
};

}  // namespace vitrine::nodes
