#pragma once
// Adds the autopilot to an App: the alerts of the room beside it (commerce/sentiment),
// insight.commands, and what show.timeline and show.chat tell of the show -> show.insights, one
// show a key.
//
// State: autopilot-shows by show, bounded by state.h; a timer an open action, at its deadline.
#include "vitrine/app.h"
#include "vitrine/stream.h"

#include "commerce/model/proto/insight.pb.h"
#include "commerce/model/serde.h"

namespace vitrine::autopilot {

void add_autopilot(App& app, const Stream<std::string, InsightEvent>& alerts);

}  // namespace vitrine::autopilot
