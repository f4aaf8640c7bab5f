#pragma once
// One life of a soaked App: an engine on the real disk that appends what is due and is killed
// meanwhile, and what its parent knows of it.
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <string>
#include <vector>

#include "streams/log/journal.h"
#include "tests/soak/soak_app.h"

namespace vitrine::soak {

// Shared by parent and child: what a killed child wrote here stays. All ids below `appended` were
// given; those that close all windows begin at `closing_from`. Of several shards each acknowledges
// in its own order.
struct Ledger {
  static constexpr std::uint64_t kIds = 1U << 17U;
  std::atomic<std::uint64_t> appended{0};
  std::atomic<std::uint64_t> closing_from{~std::uint64_t{0}};
  std::array<std::atomic<bool>, kIds> acknowledged{};
  bool open() const {  // something was given and is not acknowledged
    return std::count(acknowledged.begin(), acknowledged.end(), true) <
           static_cast<std::int64_t>(appended.load());
  }
};

// What record `id` of a seed is; both inputs share the ids.
struct Given {
  const Topic<std::string, Item>& topic;
  std::string key;
  Item item;
  Time time;
};
Given given(std::uint64_t seed, std::uint64_t id, bool closing);

// The wall clock of all lives: it stands behind the last record.
Time wall();

// Of all topics, in order of their positions.
Result<std::vector<Positioned>> read_all(const Journal& journal);

struct Life {
  std::uint64_t seed = 0;
  std::string folder;
  std::uint64_t number = 0;   // chooses the engine's bounds
  std::uint64_t records = 0;  // to append
  bool last = false;          // ends by itself, and in order
};

std::uint32_t shards_of(const Life& life);

// For a process of its own. Returns when the life is over, with what was wrong; one that is not the
// last waits to be killed.
std::string live(const Life& life, Ledger& ledger);

}  // namespace vitrine::soak
