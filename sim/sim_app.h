#pragma once
// The App that is simulated, and what its log must hold. Every input has a number; each operator's
// output can be checked by counting numbers.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "vitrine/app.h"
#include "vitrine/engine.h"

namespace vitrine::sim {

struct Op {
  std::uint64_t id = 0;  // dense, in the order of the appends
  std::string kind;      // "plain", "bad": its code throws, "ring": sets a timer
  std::int64_t delay_ms = 0;
  auto fields() { return std::tie(id, kind, delay_ms); }
};

struct Seen {
  std::uint64_t count = 0, last = 0;
  auto fields() { return std::tie(count, last); }
};

// What the outside knows: the appends, in order, and which were acknowledged.
struct SimLedger {
  struct Sent {
    std::string key;
    Op op;
    std::uint64_t position = 0;  // as acknowledged; 0: not
  };
  std::vector<Sent> sent;  // by id
};

inline const Topic<std::string, Op> sim_input{"in"};
App sim_app();
std::vector<std::string> sim_topics();  // all of it

// Compares the committed log with the ledger. Empty, or the first broken promise. `settled`: all
// windows have closed and all timers have fired. Appends that are not in the log and were never
// acknowledged are marked as lost in the ledger.
std::string check_log(const Engine& engine, const SimLedger& ledger, bool settled);

}  // namespace vitrine::sim
