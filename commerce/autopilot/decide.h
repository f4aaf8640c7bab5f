#pragma once
// The rules of actions that happen by themselves unless somebody says no. Pure: a show's state and
// what has happened in, what is to be told out.
//
//   alert -> pending -> due -> done -> undoing -> undone
//               |        |
//               |        +-> failed: the show said no
//               +-> vetoed, or dropped: nothing left to do, switched off, or too late
//
// `due` and `undoing` are decisions: whoever carries them out (gateway/autopilot_adapter.h) sends a
// command with this action as its cause, at least once; the other domain does it once, and its
// event comes back here. An alert acts at most once, and a kind has one open action at a time.
#include <string_view>
#include <vector>

#include "commerce/autopilot/state.h"

namespace vitrine::autopilot {

using Told = std::vector<InsightEvent>;

Told on_alert(Pilot& pilot, const HostAlert& alert, std::int64_t now_ms);
// The answer is the first. Nothing: the command is another room's.
Told on_command(Pilot& pilot, const InsightCommand& command, std::int64_t now_ms);
Told on_deadline(Pilot& pilot, std::string_view action, std::int64_t now_ms);
Told on_timeline(Pilot& pilot, const ShowEvent& event, std::int64_t now_ms);
Told on_slow_mode(Pilot& pilot, const SlowModeSet& set, std::int64_t now_ms);

}  // namespace vitrine::autopilot
