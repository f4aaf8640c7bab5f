#pragma once
// State on a simulated disk, under the contract of RocksDB without its write-ahead log: whole
// writes, in order, of which a crash keeps any beginning that holds at least what was flushed; and
// many rows at once, a file, which it keeps whatever it takes of what was written before.
#include <map>
#include <memory>
#include <vector>

#include "sim/sim_env.h"
#include "streams/store/store.h"

namespace vitrine::sim {

class SimState {
 public:
  // A backend over what the last crash left. One at a time.
  std::unique_ptr<StateBackend> open();
  // From now on the open backend refuses to write; what it wrote and never flushed is kept up to a
  // random point.
  void crash(SeededRandom& random);
  void lose_all();  // the folder is gone: everything comes from the journal

 private:
  class Backend;
  struct Batch {
    std::vector<StateBackend::Change> changes;
    Epoch applied;
    bool file = false;  // says nothing of what is applied
  };
  struct Kept {
    std::map<Bytes, Bytes, std::less<>> values;
    Epoch applied;
    bool written = false;
    void add(const Batch& batch);
  };
  Kept flushed_;
  std::vector<Batch> unflushed_;
  std::uint64_t generation_ = 0;  // of the backend that may write
};

}  // namespace vitrine::sim
