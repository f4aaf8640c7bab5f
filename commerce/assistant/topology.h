#pragma once
// Adds the assistant to an App: show.chat, show.timeline, insight.commands -> show.insights, one
// show a key; and its sources, shop.events -> insight.shelf, insight.commands -> shop.faq, one shop
// a key, which every show's questions look up.
//
// State, bounded by groups.h and desk.h, by show: assistant-open (numbers of the groups' first
// messages, the longest unasked first), assistant-shows, assistant-said (what the host answered),
// assistant-figures; by "show|number": assistant-groups, assistant-told (a question's answer). By
// shop: assistant-shelf (one row a product), assistant-faq.
#include "vitrine/app.h"

namespace vitrine::assistant {

void add_assistant(App& app);

}  // namespace vitrine::assistant
