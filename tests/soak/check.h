#pragma once
// Holds what a soaked App committed against the ledger, and against what the same App makes of the
// same input one record after the other, in memory.
#include <cstdint>
#include <string>

#include "tests/soak/life.h"

namespace vitrine::soak {

struct Verdict {
  std::uint64_t inputs = 0, outputs = 0, topics = 0;
  std::uint64_t lost = 0, doubled = 0, out_of_order = 0;  // records; keys of a topic
  std::string first;  // what is wrong first; empty: nothing is
  bool good() const { return first.empty() && lost == 0 && doubled == 0 && out_of_order == 0; }
};

// After the last life; its log is read as a reader beside the program would.
Verdict check(const Life& life, const Ledger& ledger);

// Flips a bit of the journal's files `times` times, one after the other, and reads all of it: it
// must be refused, be the same, or have lost its last group and say so.
struct Flips {
  std::uint64_t refused = 0, harmless = 0, cut = 0;
  std::string wrong;
};
Flips flip_bits(const std::string& folder, std::uint64_t seed, std::uint64_t times);

}  // namespace vitrine::soak
