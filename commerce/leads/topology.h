#pragma once
// Adds lead scoring to an App: show.chat, viewer.activity, shop.events, insight.commands ->
// show.insights, one show a key.
//
// State: leads-scorers by show; leads-profiles by "show|viewer", gone six hours after their last
// act. leads.acts carries what viewers did under the show's key.
#include "vitrine/app.h"

namespace vitrine::leads {

void add_leads(App& app);

}  // namespace vitrine::leads
