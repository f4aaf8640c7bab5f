#pragma once
// The rules of a show: draft -> scheduled -> live -> paused -> ended, up to three pins, one open
// poll at a time, one vote a person. Who may ask is the gateway's business, and so is whether a
// pinned sku exists.
#include <string>
#include <vector>

#include "base/time.h"
#include "commerce/shows/tables.h"
#include "streams/log/record.h"

namespace vitrine::shows {

using Events = std::vector<ShowEvent>;

// Where a show may go from here, as words: {"live", "scheduled"}.
std::vector<ShowState> ways_from(ShowState state);
std::string word_of(ShowState state);

// `show` is the id it has or will have; polls born here are poll_<position>. A person's second vote
// is answered with the first (ShowAnsweredAgain with the unchanged poll).
Events decide(const ShowView& view, const ShowCommand& command, Time at, Position position,
              const std::string& show);
void evolve(ShowTables& tables, const ShowEvent& event);

// decide and evolve behind the idempotency keys, which the caller forgets after 24 h by
// drop_answer.
Events take(ShowTables& tables, const ShowCommand& command, Time at, Position position,
            const std::string& show);

}  // namespace vitrine::shows
