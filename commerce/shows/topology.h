#pragma once
// Adds the shows' writer to an App: show.commands -> show.timeline, one show a key.
// State: show-shows by show; show-polls, show-votes, show-idempotency by "<show>|<id>".
#include "vitrine/app.h"

namespace vitrine::shows {

void add_shows(App& app);

}  // namespace vitrine::shows
