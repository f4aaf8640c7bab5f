#pragma once
// Adds the assistant to an App: show.chat, insight.commands -> show.insights, one show a key.
//
// State, bounded by groups.h: assistant-open (show -> numbers of the groups' first messages, the
// longest unasked first), assistant-groups ("show|number" -> group).
#include "vitrine/app.h"

namespace vitrine::assistant {

void add_assistant(App& app);

}  // namespace vitrine::assistant
