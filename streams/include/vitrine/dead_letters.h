#pragma once
// What to do with dead letters once their cause is mended: look at them, and append them again.
#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "streams/log/record.h"
#include "streams/topology/dead_letter.h"

namespace vitrine {

class Engine;
class Journal;

// The dead letters of a topic ("orders", "orders.dlq") in an engine's journal, oldest first, with
// their own positions.
Result<void> read_dead_letters(
    const Journal& journal, const std::string& topic,
    const std::function<void(const Positioned&, const DeadLetter&)>& visit);

struct ReplayDeadLetters {
  Position from{1};          // of dead letters, as they are listed
  std::uint64_t count = ~0ULL;
  bool keep_time = false;    // append with the record's first time; else it is of now
};

struct ReplayedDeadLetters {
  std::uint64_t appended = 0;
  std::uint64_t already = 0;  // were replayed before
  std::uint64_t timers = 0;   // came from a timer or window: there is no record to append
};

// Appends the records of a topic's dead letters to that topic again, in this engine, which must be
// started; returns when they are committed. Each under the correlation
// "replay/<topic>.dlq/<position>", by which a later call finds what was replayed before: a dead
// letter is appended once, however often this is called and wherever it was interrupted, as long as
// the topic keeps its records and nobody else replays at the same time. A record that throws again
// becomes a new dead letter.
Result<ReplayedDeadLetters> replay_dead_letters(Engine& engine, const std::string& topic,
                                                const ReplayDeadLetters& which = {});

}  // namespace vitrine
