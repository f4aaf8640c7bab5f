#pragma once
// Runs a query over a block of events: one thread, the library's Task and stores, no journal. A
// record is an undo mark, a call and what it emits; every kCommitEvery records the changed state is
// drained as the journal would get it, and counts as committed. The wall clock is the records' own:
// it ticks whenever the timestamp changes, and an hour after the last record, so that all windows
// and timers end.
#include <functional>

#include "bench/nexmark/generator.h"
#include "vitrine/app.h"

namespace vitrine::nexmark {

inline constexpr std::size_t kCommitEvery = 10'000;

struct Outcome {
  std::uint64_t records_out = 0;
  std::uint32_t hash = 0;  // CRC-32C over all keys and values, in order
  std::uint64_t deltas = 0;
};

using Keep = std::function<void(BytesView key, BytesView value)>;  // borrowed for the call

// Ends the process, saying why, when the topology has problems or a record is dead-lettered: the
// queries have no errors. `keep` may be empty.
Outcome run_query(const App& app, const Block& block, const Keep& keep = {});

}  // namespace vitrine::nexmark
